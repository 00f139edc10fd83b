import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeMedia } from '../src/cli/node-media.ts';
import { InferenceError, InputError, ManifestError } from '../src/errors.ts';
import { difference, readGolden } from '../src/golden.ts';
import { loadModel, type LoadOptions, type Model } from '../src/model.ts';
import { startWasm } from '../src/runtime/wasm.ts';
import { artifactOf, taskFixtures, taskFolder } from './task-fixtures.ts';
import { changed } from './wrong-inputs/change.ts';
import { misnamed } from './wrong-inputs/judge.ts';
import { Made, type ReadFile } from './wrong-inputs/row.ts';
import { wrongArchives, wrongCalls } from './wrong-inputs/table.ts';

const dist = new URL('../dist/', import.meta.url);
const runtime = startWasm({
  assets: dist.href,
  threads: 1,
  wasmBinary: readFileSync(new URL('ort-wasm-simd-threaded.wasm', dist)),
});
const options: LoadOptions = { media: nodeMedia(dist) };
const { signal } = new AbortController();

/** Nothing that is wrong takes longer to be refused. */
const deadlineMs = 5000;

const fixtures = [...new Set(wrongCalls.map(({ fixture }) => fixture))];

describe.each(fixtures)('%s in Node', (fixture) => {
  const artifact = artifactOf(join(taskFolder, fixture));
  const read: ReadFile = async (path) => {
    const { blob } = artifact.files.find((file) => file.path === path)!;
    return new Uint8Array(await blob.arrayBuffer());
  };
  let model: Model;
  beforeAll(async () => {
    model = await loadModel(artifact, runtime, options);
  });
  afterAll(() => model.dispose());

  for (const row of wrongCalls.filter((one) => one.fixture === fixture)) {
    test(
      `refuses ${row.name}`,
      async () => {
        const input = row.input instanceof Made ? await row.input.make(read) : row.input;
        const prediction = await model.predict(input, row.options, signal);
        if (prediction.kind === 'answer') throw new Error('It was answered.');
        expect(misnamed(prediction.error, { ...row, code: 'input-invalid' })).toBeUndefined();
        expect(prediction.error).toBeInstanceOf(InputError);
      },
      deadlineMs,
    );
  }

  test('answers as before after all that', async () => {
    const golden = (await readGolden(artifact, { golden: 'golden.json' }))!;
    const {
      input,
      options: given,
      expected,
      tolerance,
    } = golden.samples.find((one) => one.expected.kind === 'answer')!;
    const prediction = await model.predict(input, given, signal);
    if (prediction.kind === 'failure') throw prediction.error;
    if (expected.kind === 'error') throw new Error('No sample has an answer.');
    expect(difference(expected.answer, prediction.answer, tolerance)).toBeUndefined();
  });
});

describe.each([...new Set(wrongArchives.map(({ fixture }) => fixture))])('loadModel() of %s', (fixture) => {
  const artifact = artifactOf(join(taskFolder, fixture));
  const description = artifact.files.find(({ path }) => path === 'inference.json')?.blob;

  for (const { name, change, code, says } of wrongArchives.filter((one) => one.fixture === fixture)) {
    test(
      `refuses ${name}`,
      async () => {
        const given = JSON.parse((await description?.text()) ?? '{}') as object;
        const error: unknown = await loadModel(changed(artifact, change, given), runtime, {
          ...options,
          ...change.options,
        }).catch((thrown: unknown) => thrown);
        expect(misnamed(error, { code, says })).toBeUndefined();
        expect(error).toBeInstanceOf(code === 'model-invalid' ? InferenceError : ManifestError);
      },
      deadlineMs,
    );
  }
});

test('the table has more than 200 wrong things, of every task, and no two alike', () => {
  const rows = [...wrongCalls, ...wrongArchives];
  expect(rows.length).toBeGreaterThan(500);
  const kind = (row: object): string => ('change' in row ? 'archive' : 'call');
  expect(new Set(rows.map((row) => `${kind(row)} ${row.fixture}: ${row.name}`)).size).toBe(rows.length);
  // What is made of files is told apart by its name alone.
  const given = rows.flatMap((row) =>
    'change' in row
      ? [inspect([row.fixture, row.change], { depth: 20, maxStringLength: 200 })]
      : row.input instanceof Made || row.input instanceof Blob
        ? []
        : [inspect([row.fixture, row.input, row.options], { depth: 20, maxStringLength: 200 })],
  );
  expect(given.filter((one, index) => given.indexOf(one) < index)).toEqual([]);
  const tasks = (names: readonly string[]): string[] =>
    [...new Set(names.map((name) => name.split('--')[0]!))].toSorted();
  expect(tasks(wrongCalls.map(({ fixture }) => fixture))).toEqual(tasks(taskFixtures));
});
