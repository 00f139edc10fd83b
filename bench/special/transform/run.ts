// A table through the penguins model: as a transform job, and in a loop of awaited calls over the same file; and how far
// memory rises for one ten times as long. node bench/special/transform/run.ts [--rounds 3] [--rows 100000] [--only rate,memory] [--batch 256]

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { launchProfile } from '../../../test/chromium.ts';
import { isolation, serve } from '../../../test/serve.ts';
import { peakOf } from '../../browser/process-memory.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    rows: { type: 'string', default: '100000' },
    only: { type: 'string', default: 'rate,memory' },
    batch: { type: 'string', default: '' },
    concurrent: { type: 'string', default: '' },
  },
});
const rows = Number(values.rows);
const options = {
  ...(values.batch && { batchSize: Number(values.batch) }),
  ...(values.concurrent && { maxConcurrentTransforms: Number(values.concurrent) }),
};

const repository = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const folder = join(tmpdir(), 'inpoint-bench-transform');
await mkdir(folder, { recursive: true });
for (const [name, target] of [
  ['dist', 'dist'],
  ['page', 'bench/special/transform'],
  ['models', 'public/models'],
] as const) {
  await rm(join(folder, name), { force: true });
  await symlink(join(repository, target), join(folder, name));
}
await using site = await serve(folder, { headers: { ...isolation, 'cache-control': 'no-cache' } });

interface Run {
  readonly ms: number;
  readonly digest: string;
  readonly bytes: number;
}

type Scenarios = {
  warm(): Promise<void>;
  loop(url: string): Promise<Run>;
  job(url: string, options: object): Promise<Run>;
};

if (values.only.includes('rate')) await measureRate();
if (values.only.includes('memory')) await measureMemory();

async function measureRate(): Promise<void> {
  await using browser = await launchProfile();
  const page = await openPage(browser.context);
  const table = await writeTable(rows);
  const ratios: number[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const order = round % 2 === 0 ? (['loop', 'job'] as const) : (['job', 'loop'] as const);
    const took: Record<string, Run> = {};
    for (const name of order) {
      took[name] = await page.evaluate(([what, url, given]) => (globalThis as never as Scenarios)[what](url, given), [
        name,
        table,
        options,
      ] as const);
    }
    const { loop, job } = took as Record<'loop' | 'job', Run>;
    if (loop.digest !== job.digest) throw new Error(`The outputs differ: ${loop.bytes} and ${job.bytes} bytes.`);
    ratios.push(loop.ms / job.ms);
    console.log(
      `${rows} rows: loop ${perSecond(loop.ms)} rows/s, job ${perSecond(job.ms)} rows/s, ${ratios.at(-1)!.toFixed(2)} ×`,
    );
  }
  console.log(`median ${ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)]!.toFixed(2)} ×`);
}

/** Each length in a browser of its own: memory that was taken once is seldom given back. */
async function measureMemory(): Promise<void> {
  const peaks: number[] = [];
  for (const count of [rows, 10 * rows]) {
    await using browser = await launchProfile();
    const page = await openPage(browser.context);
    const table = await writeTable(count);
    const { value, peakMB, beforeMB } = await peakOf(browser.folder, () =>
      page.evaluate(([url, given]) => (globalThis as never as Scenarios).job(url, given), [table, options] as const),
    );
    peaks.push(beforeMB + peakMB);
    console.log(
      `${count} rows: peak ${(beforeMB + peakMB).toFixed(0)} MB, ${peakMB.toFixed(0)} MB above the warm page; ${(value.bytes / 1e6).toFixed(1)} MB written`,
    );
  }
  console.log(`${(peaks[1]! / peaks[0]!).toFixed(2)} × for ten times the rows`);
}

async function openPage(context: { newPage(): Promise<Page> }): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${site.url}/page/page.html`);
  await page.waitForFunction(() => document.title === 'ready');
  await page.evaluate(() => (globalThis as never as Scenarios).warm());
  return page;
}

/** Writes a table of penguins, the same each time, and gives its address. */
async function writeTable(count: number): Promise<string> {
  const name = `penguins-${count}.csv`;
  const file = createWriteStream(join(folder, name));
  file.write('island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex\n');
  let seed = 1;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const islands = ['Biscoe', 'Dream', 'Torgersen', ''];
  for (let row = 0; row < count; row++) {
    const bill = `${(33 + random(260) / 10).toFixed(1)},${(13 + random(80) / 10).toFixed(1)}`;
    const rest = `${170 + random(61)},${2700 + 25 * random(140)},${['female', 'male', ''][random(3)]}`;
    if (!file.write(`${islands[random(4)]},${bill},${rest}\n`)) await once(file, 'drain');
  }
  file.end();
  await finished(file);
  return `/${name}`;
}

function perSecond(ms: number): string {
  return Math.round((rows / ms) * 1000).toLocaleString('en');
}
