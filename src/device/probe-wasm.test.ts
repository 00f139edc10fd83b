import { expect, test } from 'vitest';
import { probeWasm } from './probe-wasm.ts';

test('probeWasm() finds what V8 has', async () => {
  expect(await probeWasm()).toMatchObject({
    compiles: { works: true },
    simd: true,
    relaxedSimd: true,
    threads: true,
    exceptions: expect.any(Boolean) as boolean,
    legacyExceptions: true,
    memory64: true,
    largestMemoryBytes: 4 * 2 ** 30,
  });
});
