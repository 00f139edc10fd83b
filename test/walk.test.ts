import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { afterAll, expect, test } from 'vitest';
import { runPages, type PageOutcome } from './browser/run-pages.ts';
import { difference, revive } from '../src/golden.ts';
import { taskNames } from '../src/manifest/inference-json.ts';
import { taskFixtures, taskFolder } from './task-fixtures.ts';

/**
 * The whole way of a model, once a task: `inpoint pack`, `inspect`, `verify` and `predict` as a person types them, then
 * the page, which has to give what `predict` gave.
 */
const run = promisify(execFile);
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const packed = await mkdtemp(join(tmpdir(), 'inpoint-walk-'));
afterAll(() => rm(packed, { recursive: true }));

interface Sample {
  readonly input: unknown;
  readonly options?: object;
  readonly answer?: unknown;
}

async function inpoint(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [cli, ...args], { cwd, maxBuffer: 64 * 2 ** 20 });
  return stdout;
}

/** A sample's input as it is typed on a command line. */
function typed(input: unknown): string {
  if (typeof input === 'string') return input;
  const [[key, path] = []] = Object.entries(input as object);
  return key === '$file' ? String(path) : JSON.stringify(input);
}

async function walk(task: string): Promise<void> {
  const name = taskFixtures.find((one) => one === task) ?? taskFixtures.find((one) => one.startsWith(`${task}--`));
  expect(name, `test/fixtures/tasks has no folder for ${task}`).toBeDefined();
  const folder = join(taskFolder, name!);
  const archive = join(packed, `${task}.tar.gz`);
  const again = join(packed, `${task}.again.tar.gz`);
  await inpoint(folder, 'pack', '.', '-o', archive);
  await inpoint(folder, 'pack', '.', '-o', again);
  expect((await readFile(archive)).equals(await readFile(again)), 'packed twice, the bytes differ').toBe(true);
  await rm(again);
  const inspected = JSON.parse(await inpoint(packed, 'inspect', archive, '--json')) as { task: string };
  expect(inspected.task).toBe(task);
  await inpoint(packed, 'verify', archive);
  const { samples, tolerance = 1e-4 } = JSON.parse(await readFile(join(folder, 'golden.json'), 'utf8')) as {
    samples: Sample[];
    tolerance?: number;
  };
  const { input, options = {}, answer } = samples.find((one) => one.answer !== undefined)!;
  const line = await inpoint(folder, 'predict', archive, typed(input), '--json', '--options', JSON.stringify(options));
  const predicted = JSON.parse(line) as unknown;
  const expected = await revive(answer, (path) => new Blob([readFileSync(join(folder, path))]), true);
  expect(difference(expected, predicted, tolerance)).toBeUndefined();
  await writeFile(join(packed, `${task}.json`), JSON.stringify({ name, input, options, answer: predicted, tolerance }));
}

const pair = JSON.stringify({
  task: 'pipeline',
  stages: [
    { name: 'labels', from: 'image-classification.tar.gz' },
    { name: 'features', from: 'image-feature-extraction.tar.gz' },
  ],
});

const walks = new Map<string, Promise<void>>();
// Two at a time: what they wait for is mostly a process that starts.
const queue = [...taskNames];
await Promise.all(
  [1, 2].map(async () => {
    for (let task = queue.shift(); task; task = queue.shift()) {
      const walked = walk(task);
      walks.set(task, walked);
      await walked.catch(() => {});
    }
  }),
);
/** A pipeline whose stages are archives beside it, and no other file. */
await writeFile(
  join(packed, 'pair.tar.gz'),
  gzipSync(await packTar([{ header: { name: 'inference.json', size: pair.length, type: 'file' }, body: pair }])),
);
const pages: PageOutcome[] = [];
for await (const outcome of runPages([{ page: 'walk' }], { packed })) pages.push(outcome);
const [page] = pages;

test.each(taskNames)(
  'a model for %s is packed, inspected, verified and predicts, and the page gives the same',
  async (task) => {
    await walks.get(task);
    const shown = page!.results.find(({ name }) => name === task);
    expect(shown, 'the page did not come to it').toBeDefined();
    if (shown!.error) throw new Error(shown!.error);
  },
);

test('a pipeline of archives is deployed with those that lie beside it', () => {
  const shown = page!.results.find(({ name }) => name === 'pair');
  expect(shown).toBeDefined();
  if (shown!.error) throw new Error(shown!.error);
});

test('the page that walked came to its end with nothing uncaught', () => expect(page!.uncaught).toEqual([]));
