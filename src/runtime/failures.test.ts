import { expect, test } from 'vitest';
import { InferenceError } from '../errors.ts';
import { decodeError, encodeError } from '../worker/error-transport.ts';
import { loadFailure, runFailure, startFailure } from './failures.ts';
import { isBroken } from './is-broken.ts';

const sized = (size: number): Blob => ({ size }) as Blob;
const small = { model: sized(1000), externalData: [] };
const files = { mjs: 'https://a.example/ort.js', wasm: 'https://a.example/ort.wasm' };

test('a bare number becomes words, and tells that the runtime is broken, on both sides of a worker', () => {
  for (const error of [runFailure(6_412_448), loadFailure(6_412_448, small)]) {
    expect(error.message).toContain('a C++ exception without words (6412448)');
    expect(error.message).toContain('It broke the runtime itself');
    expect(isBroken(error)).toBe(true);
    expect(isBroken(decodeError(structuredClone(encodeError(error))))).toBe(true);
  }
});

test.each([
  new WebAssembly.RuntimeError('unreachable'),
  new WebAssembly.RuntimeError('memory access out of bounds'),
  new WebAssembly.RuntimeError('Aborted(OOM). Build with -sASSERTIONS for more info.'),
  new RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded'),
  new RangeError('Maximum call stack size exceeded'),
  new Error('failed to call OrtRun(). ERROR_CODE: 6, ERROR_MESSAGE: std::bad_alloc'),
  new WebAssembly.Exception(new WebAssembly.Tag({ parameters: [] }), []),
  12,
])('isBroken() is true of %s', (cause) => {
  expect(isBroken(cause)).toBe(true);
  expect(isBroken(runFailure(cause))).toBe(true);
});

test.each([
  new Error('failed to call OrtRun(). ERROR_CODE: 2, ERROR_MESSAGE: Invalid rank for input: x'),
  new TypeError('x is undefined'),
  new DOMException('gone', 'NotReadableError'),
  new InferenceError('inference-failed', 'The model failed on this input: RuntimeError: Aborted(OOM).'),
  'a word',
  undefined,
])('isBroken() is false of %s', (cause) => expect(isBroken(cause)).toBe(false));

test('what ONNX Runtime says is kept where nobody knows it, without the place in its source', () => {
  const cause = new Error(
    "Can't create a session. ERROR_CODE: 1, ERROR_MESSAGE: /a/onnxruntime/core/x.cc:12 void onnxruntime::F(const std::unordered_map<std::string, int> &, bool) const Something new.\n",
  );
  const error = loadFailure(cause, small);
  expect(error.message).toBe('The model cannot be loaded. ONNX Runtime says: Something new.');
  expect(error.cause).toBe(cause);
  expect(runFailure(new Error('Something new')).message).toBe('The model failed on this input: Something new.');
  expect(startFailure(new Error('Something new'), files).message).toMatch(
    /^ONNX Runtime did not start: Something new\. /,
  );
});

test('a model that no heap holds is too large, whatever the runtime says of it', () => {
  const huge = { model: sized(2e6), externalData: [{ path: 'w', blob: sized(5e9) }] };
  const error = loadFailure(new Error('offset out of range'), huge);
  expect(error.code).toBe('model-too-large');
  expect(error.message).toContain('it has 5.0 GB');
  const half = { model: sized(2.5e9), externalData: [] };
  expect(loadFailure(new Error('std::bad_alloc'), half).code).toBe('model-too-large');
  expect(loadFailure(new Error('std::bad_alloc'), small).code).toBe('out-of-memory');
});

test('an error of Inpoint stays as it is', () => {
  const error = new InferenceError('model-too-large', 'words');
  expect(loadFailure(error, small)).toBe(error);
  expect(runFailure(error)).toBe(error);
});

test('a start for which there is no memory says so', () => {
  const cause = new RangeError('WebAssembly.Memory(): could not allocate memory');
  expect(startFailure(cause, files)).toMatchObject({ code: 'out-of-memory', name: 'InferenceError' });
});
