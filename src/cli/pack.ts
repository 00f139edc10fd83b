import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { unpackArtifact, type Artifact, type ArtifactFile } from '../artifact/index.ts';
import { memoryStore, type FileStore } from '../artifact/store/index.ts';
import { ManifestError } from '../errors.ts';
import { formatBytes } from '../format-bytes.ts';
import type { Golden } from '../golden.ts';
import { readJson, type DescribeOptions } from '../manifest/index.ts';
import type { Model } from '../model.ts';
import { digestFile } from '../artifact/file-digest.ts';
import { manifestPath, packArtifact, signaturePath } from '../pack/index.ts';
import { manifestJson, type CardFields } from '../pack/manifest-json.ts';
import type { CommandContext } from './command.ts';
import { exitCode, UnreadableError, UsageError } from './exit-code.ts';
import { goldenIn, goldenOf, goldenPath, recordGolden } from './golden-samples.ts';
import { handlerFiles } from './handler/index.ts';
import { withFileSpool } from './file-spool.ts';
import { explainFolder } from './inspect/explain-folder.ts';
import { emptyFolder, withPartsBeside } from './open-archive.ts';
import { progressOn } from './progress.ts';
import { readFolder } from './read-folder.ts';
import { runGolden } from './run-golden.ts';
import { readSigningKey } from './signing-key.ts';
import { painter, printable } from './terminal.ts';
import { writablePath, writeWhole } from './write-file.ts';

export interface PackFlags {
  readonly output: string | undefined;
  readonly describe: DescribeOptions;
  readonly golden: string | undefined;
  readonly withHandler: boolean;
  readonly card: CardFields;
  /** File of the private key that signs the archive. */
  readonly sign: string | undefined;
  readonly json: boolean;
}

/** Makes an archive of a folder, once its model has been loaded and its golden samples got their answers. */
export async function pack(
  [folder, ...rest]: readonly string[],
  flags: PackFlags,
  { terminal, engine, assets, version }: CommandContext,
): Promise<number> {
  if (!folder || rest.length > 0) throw new UsageError('pack takes one folder: inpoint pack ./model -o model.tar.gz');
  if (!flags.output) throw new UsageError('pack wants to know where to write: -o model.tar.gz');
  // Before minutes of work, and not after.
  const output = await writablePath(resolve(terminal.cwd, flags.output), flags.output);
  const key = flags.sign === undefined ? undefined : await readSigningKey(flags.sign, terminal.cwd);
  const root = resolve(terminal.cwd, folder);
  const found = await stat(root).catch(() => undefined);
  if (found?.isFile())
    throw new UsageError(
      `${JSON.stringify(folder)} is a file, and pack takes a folder. Put it into one, with all that belongs to the model.`,
    );
  if (!found?.isDirectory()) throw new UnreadableError(`There is no folder ${JSON.stringify(folder)}.`);
  // An archive that was made into its own folder before is no part of it.
  const files = await readFolder(root, { signal: terminal.signal, except: output });
  if (files.length === 0) throw emptyFolder(folder);
  const progress = progressOn(terminal);
  let artifact = await withPartsBeside({ name: folder, files, downloadedBytes: 0 }, dirname(output), terminal.signal);
  try {
    progress.update('Loading the model');
    const model = await load(artifact);
    let note: string | undefined;
    let golden: Golden | undefined;
    let description: Record<string, unknown>;
    try {
      let goldenAt = flags.golden === undefined ? model.manifest.golden : goldenPath;
      if (flags.golden === undefined) {
        const own = await goldenIn(artifact, model.manifest);
        if (own && 'reason' in own) note = `The folder's own are not used: ${own.reason}.`;
        else golden = own;
      } else {
        const given = await goldenOf(flags.golden, terminal.cwd);
        ({ golden } = given);
        artifact = await withGolden(artifact, given.files, flags.golden);
      }
      if (golden) {
        progress.update('Running golden samples');
        await check(model, golden);
      } else {
        progress.update('Recording golden samples');
        const recorded = await recordGolden(model, artifact, version, terminal.signal);
        if ('reason' in recorded) {
          const why = `No golden samples: ${recorded.reason}. Give some with --golden.`;
          note = note === undefined ? why : `${note} ${why}`;
          goldenAt = undefined;
        } else {
          golden = recorded.golden;
          goldenAt = recorded.path;
          artifact = withFiles(artifact, recorded.files);
        }
      }
      const stated = await statedBy(artifact);
      const isChosen = flags.describe.model !== undefined || flags.describe.dtype !== undefined;
      // Whoever chose one has chosen it for all readers.
      const kept = isChosen ? { ...stated, model: undefined } : stated;
      description = manifestJson({ ...model.manifest, golden: goldenAt }, kept, flags.card);
      if (flags.withHandler) artifact = withFiles(artifact, await handlerFiles(model, artifact, assets));
    } finally {
      await model.dispose();
    }
    const bytes = await withFileSpool(output, (spool) =>
      writeWhole(
        output,
        packArtifact(artifact.files, {
          manifest: description,
          spool,
          sign: key && ((manifest) => key.sign(manifest)),
          signal: terminal.signal,
          onProgress: ({ phase, doneBytes, totalBytes }) =>
            progress.update(phase === 'digest' ? 'Hashing' : 'Writing', doneBytes, totalBytes),
        }),
        async (written) => {
          await unpackArtifact(written, {
            files: nowhere,
            trust: key && [key.publicKey],
            signal: terminal.signal,
            onProgress: ({ loadedBytes, totalBytes }) => progress.update('Reading back', loadedBytes, totalBytes),
          });
        },
      ),
    );
    progress.clear();
    const own = new Set([manifestPath, signaturePath]);
    const count = artifact.files.filter(({ path }) => !own.has(path)).length + (key ? 2 : 1);
    const unpackedBytes = artifact.files.reduce((total, { size }) => total + size, 0);
    await report({
      output: flags.output,
      bytes,
      unpackedBytes,
      files: count,
      task: String(description['task']),
      golden,
      note,
      publicKey: key?.publicKey,
    });
    return exitCode.ok;
  } finally {
    progress.clear();
  }

  /** What cannot be served is explained, since there may be a way. */
  async function load(from: Artifact): Promise<Model> {
    try {
      return await engine.load(from, flags.describe);
    } catch (error) {
      const steps = error instanceof ManifestError ? await explainFolder(from.files) : undefined;
      if (!steps || !(error instanceof ManifestError)) throw error;
      throw new ManifestError(error.code, `${error.message}\n\n${steps}`, { cause: error });
    }
  }

  async function check(model: Model, samples: Golden): Promise<void> {
    const wrong = (await runGolden(model, samples, terminal.signal)).filter(({ problem }) => problem !== undefined);
    if (wrong.length === 0) return;
    const list = wrong.slice(0, 5).map(({ name, problem }) => `  ${printable(name)}: ${printable(problem!)}`);
    const more = wrong.length > 5 ? `\n  and ${wrong.length - 5} more` : '';
    throw new ManifestError(
      'file-invalid',
      `Nothing was packed: ${wrong.length} of ${samples.samples.length} golden samples get another answer than ${samples.source ?? 'they should'}.\n${list.join('\n')}${more}\nThe steps before or after the model are probably not those of training: see "preprocess" and "postprocess" of inference.json.`,
    );
  }

  async function report(made: {
    output: string;
    bytes: number;
    unpackedBytes: number;
    files: number;
    task: string;
    golden: Golden | undefined;
    note: string | undefined;
    publicKey: string | undefined;
  }): Promise<void> {
    const samples = made.golden?.samples.length ?? 0;
    if (flags.json) {
      const { golden, ...figures } = made;
      const json = { ...figures, golden: golden && { samples, recorded: golden.recorded, source: golden.source } };
      await terminal.write(`${JSON.stringify(json, undefined, 2)}\n`);
      return;
    }
    const paint = painter(terminal);
    const how = made.golden?.recorded ? 'recorded' : 'checked';
    await terminal.write(
      `${paint.bold(made.output)}  ${formatBytes(made.bytes)} (${made.files} files, ${formatBytes(made.unpackedBytes)} unpacked)\n` +
        `task    ${made.task}\n` +
        (made.golden ? `golden  ${samples} ${samples === 1 ? 'sample' : 'samples'} ${how}\n` : '') +
        (made.publicKey === undefined ? '' : `signed  trust it with the public key ${made.publicKey}\n`) +
        (made.note === undefined ? '' : `golden  ${paint.yellow(printable(made.note))}\n`),
    );
  }
}

/** Takes files and keeps nothing of them: what matters is that a reader comes to their end. */
const nowhere: FileStore = {
  ...memoryStore(),
  create: async () => ({ async write() {}, async finish() {}, async abandon() {} }),
};

/**
 * Puts samples with their files into an artifact.
 *
 * @throws {ManifestError} where one of these is another file of the same path, which may be the model.
 */
async function withGolden(artifact: Artifact, added: readonly ArtifactFile[], given: string): Promise<Artifact> {
  for (const { path, blob } of added) {
    const there = path === goldenPath ? undefined : artifact.files.find((file) => file.path === path);
    if (!there || (await isSame(there.blob, blob))) continue;
    throw new ManifestError(
      'file-invalid',
      `Nothing was packed: ${JSON.stringify(given)} names ${JSON.stringify(path)} beside it, and the folder has another file of that path. Rename one of them.`,
    );
  }
  return withFiles(artifact, added);
}

async function isSame(one: Blob, other: Blob): Promise<boolean> {
  if (one.size !== other.size) return false;
  const [{ chunks: first }, { chunks: second }] = await Promise.all([digestFile(one), digestFile(other)]);
  return first.every((digest, index) => digest === second[index]);
}

/** Files of the same path take the place of those that are there. */
function withFiles(artifact: Artifact, added: readonly ArtifactFile[]): Artifact {
  const paths = new Set(added.map(({ path }) => path));
  return { ...artifact, files: [...artifact.files.filter(({ path }) => !paths.has(path)), ...added] };
}

async function statedBy({ name, files }: Artifact): Promise<Readonly<Record<string, unknown>>> {
  const file = files.find(({ path }) => path === manifestPath);
  return file ? readJson(name, file) : {};
}
