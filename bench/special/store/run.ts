// How long opening, keeping and reopening an archive takes, against fetching and unpacking it for nothing, and how much
// memory. node bench/special/store/run.ts [--sizes 100] [--rounds 7] [--kinds packed,plain] [--only floor,opened] [--memory]

import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { launchProfile } from '../../../test/chromium.ts';
import { serve } from '../../../test/serve.ts';
import { makeArchive, type BenchArchive } from './archives.ts';
import { peakOf } from '../../browser/process-memory.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '7' },
    kinds: { type: 'string', default: 'packed,plain' },
    only: { type: 'string', default: 'floor,opened,integrity,always,reopened' },
    memory: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});

const repository = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const folder = join(tmpdir(), 'inpoint-bench-store');
const list = (text: string): string[] => text.split(',').filter((part) => part !== '');

interface Row {
  readonly kind: string;
  readonly megabytes: number;
  readonly scenario: string;
  /** Milliseconds of each round. */
  readonly ms: number[];
  /** To the floor of the same round. */
  readonly ratios: number[];
  /** Peak of private memory above that before, in MB, of all processes of the browser. */
  readonly memory: number[];
}

await mkdir(folder, { recursive: true });
for (const [name, target] of [
  ['dist', 'dist'],
  ['page', 'bench/special/store'],
] as const) {
  await rm(join(folder, name), { force: true });
  await symlink(join(repository, target), join(folder, name));
}
const rows: Row[] = [];
for (const megabytes of list(values.sizes).map(Number)) {
  for (const kind of list(values.kinds) as ('packed' | 'plain')[]) {
    const archive = await makeArchive(folder, kind, megabytes);
    rows.push(...(await measure(kind, megabytes, archive)));
  }
}
const result = { date: new Date().toISOString(), cpu: cpus()[0]?.model, cores: cpus().length, rows };
if (values.out) await writeFile(values.out, `${JSON.stringify(result, undefined, 2)}\n`);

async function measure(kind: string, megabytes: number, archive: BenchArchive): Promise<Row[]> {
  const made = list(values.only).map((scenario): Row => ({
    kind,
    megabytes,
    scenario,
    ms: [],
    ratios: [],
    memory: [],
  }));
  await using site = await serve(folder, {
    headers: {
      'cache-control': 'no-cache',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    },
  });
  await using browser = await launchProfile();
  const page = await browser.context.newPage();
  await page.goto(`${site.url}/page/page.html`);
  await page.waitForFunction(() => document.title === 'ready');
  for (let round = 0; round <= Number(values.rounds); round++) {
    let floor = Number.NaN;
    for (const row of made) {
      const run = (): Promise<number> => runScenario(page, row.scenario, archive);
      const { value: ms, peakMB } = values.memory
        ? await peakOf(browser.folder, run)
        : { value: await run(), peakMB: 0 };
      if (row.scenario === 'floor') floor = ms;
      // The first round warms the disk's cache and the compiler's.
      if (round === 0) continue;
      row.ms.push(ms);
      row.ratios.push(ms / floor);
      row.memory.push(peakMB);
    }
  }
  for (const row of made) console.log(shown(row, archive.bytes));
  return made;
}

async function runScenario(page: Page, name: string, archive: BenchArchive): Promise<number> {
  if (name !== 'reopened' && name !== 'loaded')
    await page.evaluate(() => (globalThis as never as { clear(): Promise<void> }).clear());
  return page.evaluate(
    async ([run, url, integrity]) => {
      const { scenarios } = globalThis as never as {
        scenarios: Record<string, (url: string, options: object) => Promise<{ ms: number }>>;
      };
      return (await scenarios[run]!(url, { integrity })).ms;
    },
    [name, `../${archive.file}`, archive.integrity] as const,
  );
}

function shown({ kind, megabytes, scenario: name, ms, ratios, memory }: Row, bytes: number): string {
  const figures = `${median(ms).toFixed(0)} ms, ${median(ratios).toFixed(2)} × floor (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
  const peak = values.memory ? `, ${median(memory).toFixed(0)} MB more at its peak` : '';
  return `${kind} ${megabytes} MB (${(bytes / 1e6).toFixed(1)} on the line)  ${name.padEnd(9)} ${figures}${peak}`;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
