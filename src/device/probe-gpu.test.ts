import { expect, test } from 'vitest';
import { probeGpu } from './probe-gpu.ts';

const adapter = {
  features: new Set(['subgroups', 'shader-f16']),
  limits: { maxBufferSize: 2 ** 31, maxTextureDimension2D: 8192 },
  info: { vendor: 'nvidia', architecture: 'hopper', device: '', description: '', isFallbackAdapter: false },
};

test('probeGpu() tells the adapter, its features in order and the limits of computing', async () => {
  expect(await probeGpu({ requestAdapter: async () => adapter })).toEqual({
    kind: 'adapter',
    vendor: 'nvidia',
    architecture: 'hopper',
    device: '',
    description: '',
    isSoftware: false,
    features: ['shader-f16', 'subgroups'],
    limits: { maxBufferSize: 2 ** 31 },
  });
});

test.each([
  ['by its flag', { ...adapter, info: { ...adapter.info, isFallbackAdapter: true } }],
  ['by the flag where it was first', { ...adapter, info: { vendor: 'x' }, isFallbackAdapter: true }],
  ['by the name SwiftShader', { ...adapter, info: { vendor: 'google', architecture: 'swiftshader' } }],
  ['by the name llvmpipe', { ...adapter, info: { description: 'llvmpipe (LLVM 19, 256 bits)' } }],
])('probeGpu() knows software %s', async (_, software) => {
  expect(await probeGpu({ requestAdapter: async () => software })).toMatchObject({ kind: 'adapter', isSoftware: true });
});

test('probeGpu() waits for no adapter that does not come, and says why there is none', async () => {
  const reason = async (requestAdapter: () => Promise<null>): Promise<unknown> => probeGpu({ requestAdapter }, 20);
  expect(await reason(() => new Promise(() => {}))).toEqual({
    kind: 'none',
    reason: 'WebGPU is there, and no adapter: it did not answer within 0.02 seconds',
  });
  expect(await reason(async () => null)).toEqual({ kind: 'none', reason: 'WebGPU is there, and no adapter' });
  expect(await reason(() => Promise.reject(new Error('The GPU process was lost.')))).toEqual({
    kind: 'none',
    reason: 'WebGPU is there, and no adapter: The GPU process was lost',
  });
  // Node has no WebGPU.
  expect(await probeGpu()).toEqual({ kind: 'none', reason: 'this browser has no WebGPU here' });
});
