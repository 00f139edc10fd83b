import { manifestPath, signaturePath } from '../artifact/packed-index.ts';
import { checkTrust } from '../artifact/trust.ts';
import type { DescribeOptions } from '../manifest/index.ts';
import { checkDigests } from '../pack/check-digests.ts';
import type { CommandContext } from './command.ts';
import { exitCode, UsageError } from './exit-code.ts';
import { goldenIn } from './golden-samples.ts';
import { openArchive } from './open-archive.ts';
import { progressOn } from './progress.ts';
import { runGolden } from './run-golden.ts';
import { readTrust } from './signing-key.ts';
import { painter, printable } from './terminal.ts';

/** One thing that was looked at. */
interface Check {
  readonly name: 'archive' | 'digests' | 'signature' | 'model' | 'golden';
  readonly state: 'ok' | 'skipped' | 'failed';
  readonly message: string;
  readonly problems: readonly string[];
}

/**
 * Checks an archive as far as it can be: that it unpacks with its checksums right, that every file has the digest it was
 * packed with, that its description holds and its model loads, and that its golden samples get their answers.
 */
export async function verify(
  [file, ...rest]: readonly string[],
  flags: { readonly json: boolean; readonly describe: DescribeOptions; readonly trust: string | undefined },
  { terminal, engine }: CommandContext,
): Promise<number> {
  if (!file || rest.length > 0) throw new UsageError('verify takes one archive: inpoint verify model.tar.gz');
  const { artifact, from } = await openArchive(file, terminal, flags.describe, false, true);
  const checks: Check[] = [];
  if (from === 'archive') {
    const what = `${artifact.files.length} ${artifact.files.length === 1 ? 'file' : 'files'}, checksums right`;
    checks.push({ name: 'archive', state: 'ok', message: what, problems: [] });
  }
  const progress = progressOn(terminal);
  const totalBytes = artifact.files.reduce((total, { size }) => total + size, 0);
  let doneBytes = 0;
  try {
    checks.push(
      await checked('digests', async () => {
        const report = await checkDigests(artifact.files, {
          signal: terminal.signal,
          onChunk: (bytes) => progress.update('Checking digests', (doneBytes += bytes), totalBytes),
        });
        if (!report) return skipped('digests', 'there are none in inference.json: it was not made by inpoint pack');
        const { sound, problems } = report;
        const message = `${sound} ${sound === 1 ? 'file is' : 'files are'} as packed`;
        return { name: 'digests', state: problems.length > 0 ? 'failed' : 'ok', message, problems };
      }),
    );
    if (flags.trust !== undefined) checks.push(await signatureCheck(flags.trust));
    progress.update('Loading the model');
    checks.push(...(await modelChecks()));
  } finally {
    progress.clear();
  }
  terminal.signal.throwIfAborted();
  const failed = checks.some(({ state }) => state === 'failed');
  if (flags.json) await terminal.write(`${JSON.stringify({ ok: !failed, checks }, undefined, 2)}\n`);
  else await terminal.write(shown(checks));
  return failed ? exitCode.wrong : exitCode.ok;

  async function signatureCheck(given: string): Promise<Check> {
    const trust = [await readTrust(given, terminal.cwd)];
    const bytesOf = async (path: string): Promise<Uint8Array<ArrayBuffer> | undefined> => {
      const found = artifact.files.find((one) => one.path === path);
      return found && new Uint8Array(await found.blob.arrayBuffer());
    };
    return checked('signature', async () => {
      const [manifest, signature] = await Promise.all([manifestPath, signaturePath].map(bytesOf));
      await checkTrust({ manifest, signature }, artifact.files, trust);
      return { name: 'signature', state: 'ok', message: 'signed by the key that is trusted', problems: [] };
    });
  }

  async function modelChecks(): Promise<Check[]> {
    let model: Awaited<ReturnType<typeof engine.load>>;
    try {
      model = await engine.load(artifact, flags.describe);
    } catch (error) {
      return [failure('model', error)];
    }
    const { manifest } = model;
    const loaded: Check = { name: 'model', state: 'ok', message: `loads, and serves ${manifest.task}`, problems: [] };
    try {
      const golden = await checked('golden', async () => {
        const samples = await goldenIn(artifact, manifest);
        if (!samples) return skipped('golden', 'there are no samples to compare with');
        if ('reason' in samples) return skipped('golden', samples.reason);
        progress.update('Running golden samples');
        const results = await runGolden(model, samples, terminal.signal);
        const wrong = results.filter(({ problem }) => problem !== undefined);
        const origin = samples.recorded ? 'recorded at packing' : `from ${samples.source ?? 'an unnamed source'}`;
        return {
          name: 'golden',
          state: wrong.length > 0 ? 'failed' : 'ok',
          message: `${results.length - wrong.length} of ${results.length} samples agree, ${origin}`,
          problems: wrong.map(({ name, problem }) => `${name}: ${problem}`),
        };
      });
      return [loaded, golden];
    } finally {
      await model.dispose();
    }
  }

  async function checked(name: Check['name'], work: () => Promise<Check>): Promise<Check> {
    try {
      return await work();
    } catch (error) {
      terminal.signal.throwIfAborted();
      return failure(name, error);
    }
  }

  function shown(all: readonly Check[]): string {
    const paint = painter(terminal);
    const marks = { ok: paint.green('✓'), skipped: paint.yellow('–'), failed: paint.red('✗') };
    const width = Math.max(8, ...all.map(({ name }) => name.length));
    return all
      .map(({ name, state, message, problems }) => {
        const lines = problems.flatMap((problem) => problem.split('\n'));
        const details = lines.map((line) => `    ${printable(line)}\n`).join('');
        return `${marks[state]} ${name.padEnd(width)} ${printable(message)}\n${details}`;
      })
      .join('');
  }
}

function skipped(name: Check['name'], message: string): Check {
  return { name, state: 'skipped', message, problems: [] };
}

function failure(name: Check['name'], error: unknown): Check {
  return {
    name,
    state: 'failed',
    message: 'cannot be used',
    problems: [error instanceof Error ? error.message : String(error)],
  };
}
