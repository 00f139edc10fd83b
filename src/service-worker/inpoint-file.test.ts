import { describe, expect, test } from 'vitest';
import { isArchive, isInpointFile, filesOfWorker, withoutHash } from './inpoint-file.ts';

const at = (path: string): URL => new URL(path, 'https://example.org');

describe('isInpointFile()', () => {
  test.each([
    '/assets/engine-worker-DgFh2kLq.js', // Vite, Rollup
    '/archive-worker-7QK5WZ2A.js', // esbuild
    '/ort-wasm-simd-threaded.3f2a91bc.wasm', // Parcel
    '/static/media/ort-wasm-simd-threaded-D3x_a-9k.js',
    '/vendor/ort-wasm-simd-threaded.wasm', // `assets`
    '/vendor/engine-worker.js?v=3',
    '/node_modules/inpoint/dist/index.js', // a plain page
    '/inpoint/dist/worker.js',
    '/assets/webgpu-worker-DgFh2kLq.js',
    '/assets/inpoint-generation-DgFh2kLq.js',
    '/assets/ort-wasm-simd-threaded.jspi-D3x_a-9k.wasm',
  ])('knows %s', (path) => expect(isInpointFile(at(path))).toBe(true));

  test.each([
    '/',
    '/assets/index-DgFh2kLq.js',
    '/my-engine-worker.js',
    '/engine-workers.js',
    '/engine-worker.html',
    '/ffmpeg.wasm',
    '/inpoint/dist/model.tar.gz',
    '/inpoint/index.js',
  ])('leaves %s alone', (path) => expect(isInpointFile(at(path))).toBe(false));
});

describe('withoutHash()', () => {
  test('is alike for all versions of a file', () => {
    const name = 'https://example.org/assets/engine-worker-.js';
    expect(withoutHash(at('/assets/engine-worker-DgFh2kLq.js').href)).toBe(name);
    expect(withoutHash(at('/assets/engine-worker-abcdef1_.js').href)).toBe(name);
    expect(withoutHash(at('/assets/ort-wasm-simd-threaded.3f2a91bc.wasm').href)).not.toBe(name);
  });

  test('tells the builds of the runtime apart', () => {
    const of = (file: string): string | undefined => withoutHash(at(`/assets/${file}`).href);
    expect(of('ort-wasm-simd-threaded-D3x_a-9k.wasm')).toBe('https://example.org/assets/ort-wasm-simd-threaded-.wasm');
    expect(of('ort-wasm-simd-threaded.jspi-D3x_a-9k.wasm')).toBe(
      'https://example.org/assets/ort-wasm-simd-threaded.jspi-.wasm',
    );
  });

  test.each([
    '/engine-worker.js',
    '/ort-wasm-simd-threaded.wasm',
    '/ort-wasm-simd-threaded.asyncify.wasm',
    '/engine-worker-v2.js',
    '/index-DgFh2kLq.js',
  ])('is undefined for %s, which may change under its name', (path) =>
    expect(withoutHash(at(path).href)).toBeUndefined(),
  );
});

test('isArchive() knows archives whatever their query', () => {
  expect(isArchive(at('/models/digits/model.tar.gz?X-Amz-Signature=1'))).toBe(true);
  expect(isArchive(at('/model.tgz'))).toBe(true);
  expect(isArchive(at('/model.tar.gz.js'))).toBe(false);
});

describe('filesOfWorker()', () => {
  const address = 'https://example.org/assets/engine-worker-DgFh2kLq.js';

  test('finds what writes texts', () => {
    const script = 'import(new URL("./inpoint-generation-D3x_a-9k.js", import.meta.url).href)';
    expect(filesOfWorker(script, address)).toEqual(['https://example.org/assets/inpoint-generation-D3x_a-9k.js']);
  });

  test('finds what stands beside the package as it is', () => {
    const script = `const a = new URL('ort-wasm-simd-threaded.js', assets), b = new URL("./ort-wasm-simd-threaded.wasm", import.meta.url)`;
    expect(filesOfWorker(script, address)).toEqual(['https://example.org/assets/ort-wasm-simd-threaded.wasm']);
  });

  test('finds what a bundler has put elsewhere, and not the name it would have without', () => {
    const script =
      'new URL("/static/ort-wasm-simd-threaded-D3x_a-9k.wasm", l), new URL(`ort-wasm-simd-threaded.wasm`, o)';
    expect(filesOfWorker(script, address)).toEqual(['https://example.org/static/ort-wasm-simd-threaded-D3x_a-9k.wasm']);
  });

  test('of the builds for WebGPU, finds the one that this engine starts', () => {
    const script =
      'new URL("./ort-wasm-simd-threaded.jspi.wasm", m), new URL("./ort-wasm-simd-threaded.asyncify.wasm", m)';
    const build = 'Suspending' in WebAssembly ? 'jspi' : 'asyncify';
    expect(filesOfWorker(script, address)).toEqual([`https://example.org/assets/ort-wasm-simd-threaded.${build}.wasm`]);
  });
});
