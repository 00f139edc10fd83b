import { describe, expect, test } from 'vitest';
import type { Finding, GpuFindings } from './device-report.ts';
import { judgeDevice, type Found } from './judge-device.ts';

const yes = { works: true } as const;
const no = (reason: string): Finding => ({ works: false, reason });
const noGpu: GpuFindings = { kind: 'none', reason: 'this browser has no WebGPU here' };
const gpu: GpuFindings = {
  kind: 'adapter',
  vendor: 'nvidia',
  architecture: 'hopper',
  device: '',
  description: '',
  isSoftware: false,
  features: ['shader-f16'],
  limits: {},
};

const page: Found['page'] = {
  isSecure: true,
  isIsolated: true,
  hasOpaqueOrigin: false,
  isFramed: false,
  webgpu: noGpu,
  webnn: false,
};
const wasm: Found['worker']['wasm'] = {
  compiles: yes,
  simd: true,
  relaxedSimd: true,
  threads: true,
  jspi: true,
  exceptions: true,
  legacyExceptions: true,
  memory64: true,
  largestMemoryBytes: 4 * 2 ** 30,
};
const storage: Found['worker']['storage'] = {
  opfs: yes,
  cacheStorage: yes,
  indexedDB: yes,
  webLocks: yes,
  usageBytes: 0,
  quotaBytes: 1e9,
  isPersisted: false,
};
const names = [
  'decompressionStream',
  'webCrypto',
  'ed25519',
  'broadcastChannel',
  'offscreenCanvas',
  'createImageBitmap',
];
const more = ['imageDecoder', 'audioDecoder', 'fileReaderSync', 'float16Array', 'abortSignalAny', 'toSorted'];
const features = Object.fromEntries(
  [...names, ...more].map((name) => [name, yes]),
) as unknown as Found['worker']['features'];
const worker: Found['worker'] = { kind: 'ran', wasm, webgpu: noGpu, webnn: false, storage, features };
const found: Found = { page, cores: 8, worker };

describe('judgeDevice()', () => {
  test('with all but WebGPU: WebAssembly, four threads, OPFS', () => {
    expect(judgeDevice(found)).toEqual({
      runs: 'wasm',
      threads: 4,
      keeps: 'opfs',
      reasons: [
        'Models run by WebAssembly with SIMD.',
        'Workers have no graphics adapter: this browser has no WebGPU here.',
        '4 threads compute: the device has 8 cores.',
        'Models are kept on this device, in files of this site (OPFS).',
      ],
    });
  });

  test('a real graphics adapter in the worker counts, one of the page alone or by software does not', () => {
    expect(judgeDevice({ ...found, worker: { ...worker, webgpu: gpu } })).toMatchObject({ runs: 'webgpu' });
    expect(judgeDevice({ ...found, page: { ...page, webgpu: gpu } })).toMatchObject({ runs: 'wasm' });
    const software = judgeDevice({ ...found, worker: { ...worker, webgpu: { ...gpu, isSoftware: true } } });
    expect(software.runs).toBe('wasm');
    expect(software.reasons).toContain(
      'WebGPU is there by software alone (nvidia hopper), which is slower than WebAssembly.',
    );
  });

  test('one thread without isolation, and half a memory is told', () => {
    const { threads, reasons } = judgeDevice({
      ...found,
      page: { ...page, isIsolated: false },
      worker: { ...worker, wasm: { ...wasm, largestMemoryBytes: 2 ** 31 } },
    });
    expect(threads).toBe(1);
    expect(reasons).toContain('One thread computes: the page is not cross-origin isolated (COOP and COEP headers).');
    expect(reasons).toContain('WebAssembly gets 2 GiB of memory here, where it could have 4.');
  });

  test.each([
    [{ ...wasm, simd: false }, /no WebAssembly with SIMD/],
    [{ ...wasm, compiles: no('a policy forbids it') }, /cannot be used here: a policy forbids it\.$/],
  ])('nothing runs without WebAssembly or its SIMD', (poor, reason) => {
    const { runs, threads, reasons } = judgeDevice({ ...found, worker: { ...worker, wasm: poor } });
    expect([runs, threads]).toEqual(['nothing', 0]);
    expect(reasons[0]).toMatch(reason);
  });

  test.each([
    ['cache-storage', { opfs: no('no files') }, {}, /OPFS cannot be used: no files\.$/],
    [
      'memory',
      { opfs: no('no files'), cacheStorage: no('no cache') },
      {},
      /OPFS: no files; Cache Storage: no cache\.$/,
    ],
    ['memory', { webLocks: no('no locks') }, {}, /by Web Locks, and no locks\.$/],
    ['memory', {}, { webCrypto: no('no digests') }, /by WebCrypto, and no digests\.$/],
  ] as const)('keeps models in %s where %o, %o', (keeps, poorStorage, poorFeatures, reason) => {
    const meaning = judgeDevice({
      ...found,
      worker: { ...worker, storage: { ...storage, ...poorStorage }, features: { ...features, ...poorFeatures } },
    });
    expect(meaning.keeps).toBe(keeps);
    expect(meaning.reasons.at(-1)).toMatch(reason);
  });

  test('an insecure page is told that it is', () => {
    const insecure = { ...found, page: { ...page, isSecure: false } };
    const { keeps, reasons } = judgeDevice({
      ...insecure,
      worker: { ...worker, storage: { ...storage, webLocks: no('this browser does not have it') } },
    });
    expect(keeps).toBe('memory');
    expect(reasons.at(-1)).toBe(
      'Models are gone with the page: tabs share files by Web Locks, and this page is not served securely.',
    );
  });
});
