/** Where Inpoint's own files are. By default they lie beside the page's script, where bundlers put them. */
export interface Assets {
  /** The engine worker: its address, or a function that makes it. */
  engineWorker?: WorkerSource;
  /** The engine worker on WebGPU: its address, or a function that makes it. */
  webgpuWorker?: WorkerSource;
  /** The archive worker: its address, or a function that makes it. */
  archiveWorker?: WorkerSource;
  /** The worker that `device()` measures in: its address, or a function that makes it. */
  deviceWorker?: WorkerSource;
  /** The folder that holds ONNX Runtime's files, `ort-wasm-simd-threaded.js`, `.wasm` and those of WebGPU. */
  wasm?: string | URL;
}

/** A `TrustedScriptURL` counts as an address: pages under Trusted Types make one by their policy. */
export type WorkerSource = string | URL | TrustedScriptURL | (() => Worker);

/** An address blessed by a Trusted Types policy. */
export interface TrustedScriptURL {
  /** The address. */
  toString(): string;
}

export function spawnArchiveWorker(source?: WorkerSource): Worker {
  return source
    ? spawn(source)
    : new Worker(new URL('./archive-worker.js', import.meta.url), { type: 'module', name: 'inpoint-archive' });
}

export function spawnDeviceWorker(source?: WorkerSource): Worker {
  return source
    ? spawn(source)
    : new Worker(new URL('./device-worker.js', import.meta.url), { type: 'module', name: 'inpoint-device' });
}

export function spawnEngineWorker(source?: WorkerSource): Worker {
  return source
    ? spawn(source)
    : new Worker(new URL('./engine-worker.js', import.meta.url), { type: 'module', name: 'inpoint-engine' });
}

export function spawnWebgpuWorker(source?: WorkerSource): Worker {
  return source
    ? spawn(source)
    : new Worker(new URL('./webgpu-worker.js', import.meta.url), { type: 'module', name: 'inpoint-webgpu' });
}

/** The folder's absolute address with a slash at its end, for a worker to build addresses on. */
export function runtimeFolder({ wasm }: Assets): string | undefined {
  if (wasm === undefined) return undefined;
  const { href } = new URL(wasm, document.baseURI);
  return href.endsWith('/') ? href : `${href}/`;
}

function spawn(source: WorkerSource): Worker {
  return typeof source === 'function' ? source() : new Worker(source as string, { type: 'module' });
}
