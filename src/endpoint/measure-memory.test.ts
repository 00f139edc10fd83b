import { expect, test } from 'vitest';
import { measureMemory, summed } from './measure-memory.ts';

test('summed() tells the page, the workers by their scripts, and what is shared', () => {
  const page = { scope: 'Window', url: 'https://example.com/' };
  const engine = { scope: 'DedicatedWorkerGlobalScope', url: 'https://example.com/assets/engine-worker-7QK5WZ2A.js' };
  const archive = { scope: 'DedicatedWorkerGlobalScope', url: 'https://example.com/assets/archive-worker.js' };
  const own = { scope: 'DedicatedWorkerGlobalScope', url: 'https://example.com/own.js' };
  const measurement = {
    bytes: 230,
    breakdown: [
      { bytes: 40, attribution: [page] },
      { bytes: 100, attribution: [engine] },
      { bytes: 50, attribution: [engine] },
      { bytes: 20, attribution: [archive] },
      { bytes: 10, attribution: [own] },
      { bytes: 0, attribution: [{ scope: 'DedicatedWorkerGlobalScope', url: 'https://example.com/nothing.js' }] },
      { bytes: 7, attribution: [page, engine] },
      { bytes: 3, attribution: [] },
    ],
  };
  expect(summed(measurement)).toEqual({
    bytes: 230,
    pageBytes: 40,
    workers: [
      { url: engine.url, role: 'engine', bytes: 150 },
      { url: archive.url, role: 'archive', bytes: 20 },
      { url: own.url, role: 'other', bytes: 10 },
    ],
    sharedBytes: 10,
  });
});

test('measureMemory() gives nothing where the platform cannot tell', async () => {
  expect(await measureMemory()).toBe(undefined);
});

test('measureMemory() rejects with the reason of an abort', async () => {
  await expect(measureMemory({ signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
});
