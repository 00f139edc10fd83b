import { readFile } from 'node:fs/promises';
import type { Route } from '../serve.ts';

const script = readFile(new URL('../../dist/ort-wasm-simd-threaded.js', import.meta.url));
const wasm = readFile(new URL('../../dist/ort-wasm-simd-threaded.wasm', import.meta.url));
/** Of another build of the same version. */
const other = new URL('../../node_modules/onnxruntime-web/dist/', import.meta.url);
const otherScript = readFile(new URL('ort-wasm-simd-threaded.jsep.mjs', other));
const otherWasm = readFile(new URL('ort-wasm-simd-threaded.jsep.wasm', other));

interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly body?: Promise<Buffer> | string;
  /** How much of the body is sent, and whether its length was said to be all. */
  readonly cutAt?: number;
  readonly drops?: boolean;
  /** Without what lets an isolated page start it as a thread. */
  readonly bare?: boolean;
}

const html: Answer = { type: 'text/html', body: '<!doctype html><title>App</title><div id="root"></div>' };

/** ONNX Runtime's two files as servers, proxies and caches may have them. */
const cases: Record<string, { script?: Answer; wasm?: Answer }> = {
  sound: {},
  'script-404': { script: { status: 404, body: 'no' } },
  'script-as-text': { script: { type: 'text/plain' } },
  'script-is-a-page': { script: html },
  'script-is-cut': { script: { cutAt: 15_000 } },
  'script-of-another': { script: { body: otherScript } },
  'script-without-coep': { script: { bare: true } },
  'wasm-404': { wasm: { status: 404, type: 'text/plain', body: 'no' } },
  'wasm-500': { wasm: { status: 500, type: 'text/plain', body: '' } },
  'wasm-as-text': { wasm: { type: 'text/plain' } },
  'wasm-is-a-page': { wasm: html },
  'wasm-is-empty': { wasm: { body: '' } },
  'wasm-is-cut': { wasm: { cutAt: 5_000_000 } },
  'wasm-drops': { wasm: { cutAt: 1_000_000, drops: true } },
  'wasm-of-another': { wasm: { body: otherWasm } },
};

export function badRuntimes(): Record<string, Route> {
  return Object.fromEntries(
    Object.entries(cases).flatMap(([name, files]) => [
      [
        `/bad/runtimes/${name}/ort-wasm-simd-threaded.js`,
        route({ type: 'text/javascript', body: script, ...files.script }),
      ],
      [
        `/bad/runtimes/${name}/ort-wasm-simd-threaded.wasm`,
        route({ type: 'application/wasm', body: wasm, ...files.wasm }),
      ],
    ]),
  );
}

function route({ status = 200, type = 'text/plain', body = '', cutAt, drops = false, bare = false }: Answer): Route {
  return async (_, response) => {
    const bytes = Buffer.from(await body);
    if (bare) response.removeHeader('cross-origin-embedder-policy');
    response.writeHead(status, { 'content-type': type, ...(drops ? { 'content-length': bytes.length } : {}) });
    response.write(bytes.subarray(0, cutAt));
    if (drops) setTimeout(() => response.destroy(), 50);
    else response.end();
  };
}
