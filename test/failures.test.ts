import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InferenceError, type ErrorCode } from '../src/errors.ts';
import { isBroken } from '../src/runtime/is-broken.ts';
import type { Runtime } from '../src/runtime/runtime.ts';
import { startWasm } from '../src/runtime/wasm.ts';
import type { Session } from '../src/runtime/session.ts';
import { tensor, type NamedTensors, type Tensor } from '../src/tensor.ts';
import { decodeError, encodeError } from '../src/worker/error-transport.ts';

const dist = new URL('../dist/', import.meta.url);
const folder = new URL('fixtures/models/broken/', import.meta.url);
let runtime: Runtime;
beforeAll(async () => {
  const wasmBinary = readFileSync(new URL('ort-wasm-simd-threaded.wasm', dist));
  runtime = await startWasm({ assets: dist.href, threads: 1, wasmBinary });
});

const open: Session[] = [];
afterAll(async () => {
  for (const session of open) await session.dispose();
});

async function load(bytes: Uint8Array): Promise<Session> {
  const session = await runtime.createSession({ model: new Blob([bytes as BlobPart]), externalData: [] });
  open.push(session);
  return session;
}

function model(name: string): Uint8Array {
  return readFileSync(new URL(`${name}.onnx`, folder));
}

async function failure(promise: Promise<unknown>): Promise<InferenceError> {
  const error: unknown = await promise.then(
    () => 'nothing was thrown',
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(InferenceError);
  return error as InferenceError;
}

/** No numbers for words, nothing of the machine that built the runtime, and no endless messages. */
function expectReadable({ message }: Error): void {
  expect(message).not.toMatch(/azure|ERROR_CODE|\.\.$|(?:input|loaded): \d+/);
  expect(message.length).toBeLessThan(800);
}

function floats(values: number[], dims: number[]): Tensor {
  return tensor('float32', Float32Array.from(values), dims);
}

async function expectSound(): Promise<void> {
  const session = await load(model('sound'));
  const { y } = await session.run({ x: floats([2], [1]) });
  expect([...(y!.data as Float32Array)]).toEqual([2]);
}

const refused: [name: string, says: RegExp][] = [
  ['no-opset', /does not say which operator set/],
  ['opset-too-new', /newer ONNX than this runtime knows/],
  ['ir-too-new', /newer ONNX than this runtime knows/],
  ['unknown-operator', /operator that this runtime does not have.* Foo /],
  ['undeclared-domain', /operator that this runtime does not have.*my\.domain/],
  ['unknown-domain', /operator that this runtime does not have.*my\.domain:Foo/],
  ['no-kernel', /type of number that this runtime has no code for.*Relu/],
  ['unknown-edge', /contradicts itself.*'z'/],
  ['unknown-output', /contradicts itself.*\(q\)/],
  ['cycle', /contradicts itself.*acyclic/],
  ['twice', /contradicts itself.*\(y\)/],
  ['wrong-type', /do not fit each other.*int64/],
  ['wrong-shape', /do not fit each other.*matrix multiplication/],
  ['no-attribute', /do not fit each other.*'to' is missing/],
  ['unknown-attribute', /do not fit each other.*foo/],
  ['too-many-inputs', /do not fit each other.*input size 2/],
  ['short-weights', /weights do not fit.*8 bytes/],
  ['negative-dims', /weights do not fit/],
  ['unknown-number-type', /weights do not fit.*valid data type/],
  ['absent-weights', /file of their own.*absent\.bin/],
];

test.each(refused)('a model is refused by its reason: %s', async (name, says) => {
  const error = await failure(load(model(name)));
  expect(error.code).toBe('model-invalid');
  expect(error.message).toMatch(says);
  expectReadable(error);
  expect(isBroken(error)).toBe(false);
});

test.each([
  ['nothing', new Uint8Array(0)],
  ['text', new TextEncoder().encode('hello, this is no model')],
  ['a model that was cut', model('sound').subarray(0, 40)],
])('%s is no model', async (_, bytes) => {
  const error = await failure(load(bytes));
  expect(error.code).toBe('model-invalid');
  expect(error.message).toMatch(/not an ONNX model, or is damaged|contradicts itself|operator set/);
  expectReadable(error);
});

const x = floats([1, 2, 3], [3]);
const failing: [name: string, code: ErrorCode, broken: boolean, says: RegExp, feeds: NamedTensors][] = [
  ['sound', 'inference-failed', false, /left out or has another name.*inputs/, {}],
  ['sound', 'inference-failed', false, /another shape/, { x: floats([1], [1, 1]) }],
  ['sound', 'inference-failed', false, /another shape/, { x }],
  ['sound', 'inference-failed', false, /another type/, { x: tensor('int32', Int32Array.from([1]), [1]) }],
  [
    'reshape',
    'inference-failed',
    false,
    /\{3\}.*\{2,2\}/,
    { x, s: tensor('int64', BigInt64Array.from([2n, 2n]), [2]) },
  ],
  [
    'gather',
    'inference-failed',
    false,
    /beyond what the model knows/,
    { x, i: tensor('int64', BigInt64Array.from([9n]), [1]) },
  ],
  [
    'divide',
    'inference-failed',
    false,
    /division by zero/,
    { x: tensor('int32', Int32Array.from([1]), [1]), z: tensor('int32', Int32Array.from([0]), [1]) },
  ],
  [
    'expand',
    'out-of-memory',
    false,
    /smaller input/,
    { x: floats([1], [1]), s: tensor('int64', BigInt64Array.from([70_000n, 70_000n]), [2]) },
  ],
  [
    'expand',
    'out-of-memory',
    true,
    /bad_alloc.*smaller input/,
    { x: floats([1], [1]), s: tensor('int64', BigInt64Array.from([1_073_000_000n]), [1]) },
  ],
  // WASM traps where C++ leaves open what a quotient of 2³¹ is.
  [
    'divide',
    'inference-failed',
    true,
    /RuntimeError: divide result unrepresentable.*broke the runtime itself/,
    { x: tensor('int32', Int32Array.from([-(2 ** 31)]), [1]), z: tensor('int32', Int32Array.from([-1]), [1]) },
  ],
];

test.each(failing)('a run of %s fails with %s (broken: %s), and says %s', async (name, code, broken, says, feeds) => {
  const session = await load(model(name));
  const error = await failure(session.run(feeds));
  expect(error.code).toBe(code);
  expect(error.message).toMatch(says);
  expectReadable(error);
  expect(isBroken(error)).toBe(broken);
  expect(isBroken(decodeError(structuredClone(encodeError(error))))).toBe(broken);
  if (!broken) await expectSound();
});

test('a model for which there is no memory left is named so', async () => {
  // Each becomes 1 GB of weights as it is loaded, and the heap has 4 GiB.
  const held: Session[] = [];
  const error = await failure(
    (async () => {
      for (let i = 0; i < 5; i++) held.push(await load(model('large-constant')));
    })(),
  );
  expect(error.code).toBe('out-of-memory');
  expect(error.message).toMatch(/no memory left for it: close other endpoints/);
  expectReadable(error);
  expect(isBroken(error)).toBe(true);
  for (const session of held) await session.dispose();
  await expectSound();
});
