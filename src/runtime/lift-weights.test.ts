import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web/wasm';
import { expect, test } from 'vitest';
import { liftWeights } from './lift-weights.ts';

const dist = new URL('../../dist/', import.meta.url);
ort.env.wasm.wasmBinary = readFileSync(new URL('ort-wasm-simd-threaded.wasm', dist));
ort.env.wasm.wasmPaths = { mjs: new URL('ort-wasm-simd-threaded.js', dist).href };
ort.env.wasm.numThreads = 1;
const model = readFileSync(new URL('../../test/fixtures/models/weights.onnx', import.meta.url));

async function answers(session: ort.InferenceSession): Promise<Float32Array[]> {
  const outputs: Float32Array[] = [];
  for (const x of [
    [1, 2, 3, 4],
    [-1, -2, -3, -4],
  ]) {
    const { y } = await session.run({ x: new ort.Tensor('float32', x, [1, 4]) });
    outputs.push(y!.data as Float32Array);
  }
  return outputs;
}

test('a model whose weights are lifted answers as before', async () => {
  const lifted = (await liftWeights(new Blob([model]), 'itself'))!;
  // What stays: a tensor of 32 kB in each branch, and one in a `Constant`.
  expect(lifted.length).toBeGreaterThan(3 * 2 ** 15);
  expect(lifted.length).toBeLessThan(3 * 2 ** 15 + 2000);
  const externalData = [{ path: 'itself', data: new Uint8Array(model) }];
  const before = await answers(await ort.InferenceSession.create(new Uint8Array(model)));
  const after = await answers(await ort.InferenceSession.create(lifted, { externalData }));
  expect(after).toEqual(before);
  expect(before[0]![1]).not.toBe(before[1]![1]);
});

test('of a model without large weights there is nothing to lift', async () => {
  const small = readFileSync(new URL('../../test/fixtures/models/slow.onnx', import.meta.url));
  expect(await liftWeights(new Blob([small]), 'itself')).toBeUndefined();
});

test.each([20, 1000, model.length - 5])('a model cut after %s bytes is no protobuf', async (length) => {
  await expect(liftWeights(new Blob([model.subarray(0, length)]), 'itself')).rejects.toThrow(RangeError);
});
