import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeMedia } from '../src/cli/node-media.ts';
import { InpointError } from '../src/errors.ts';
import { difference, readGolden } from '../src/golden.ts';
import { loadModel, type Model } from '../src/model.ts';
import { startWasm } from '../src/runtime/wasm.ts';
import { artifactOf, taskFixtures, taskFolder } from './task-fixtures.ts';

const dist = new URL('../dist/', import.meta.url);
const runtime = startWasm({
  assets: dist.href,
  threads: 1,
  wasmBinary: readFileSync(new URL('ort-wasm-simd-threaded.wasm', dist)),
});

describe.each(taskFixtures)('%s in Node', async (name) => {
  const artifact = artifactOf(join(taskFolder, name));
  const golden = (await readGolden(artifact, { golden: 'golden.json' }))!;
  let model: Model;
  beforeAll(async () => {
    model = await loadModel(artifact, runtime, { media: nodeMedia(dist) });
  });
  afterAll(() => model.dispose());
  test('is served as the task that its folder names', () => expect(model.manifest.task).toBe(name.split('--')[0]));
  for (const { name: sample, input, options, expected, tolerance } of golden.samples) {
    test(`${sample}, as ${golden.source} has it`, async () => {
      const prediction = await model.predict(input, options, new AbortController().signal);
      if (expected.kind === 'answer') {
        if (prediction.kind === 'failure') throw prediction.error;
        expect(difference(expected.answer, prediction.answer, tolerance)).toBeUndefined();
      } else {
        if (prediction.kind === 'answer') throw new Error(`It was answered: ${JSON.stringify(prediction.answer)}`);
        expect(prediction.error).toBeInstanceOf(InpointError);
        expect(prediction.error).toMatchObject(expected.error);
      }
    });
  }
});
