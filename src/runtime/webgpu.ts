import * as ort from 'onnxruntime-web/webgpu';
import { adapterReport, type Adapter } from '../adapter.ts';
import { InferenceError } from '../errors.ts';
import type { RuntimeReport } from './device.ts';
import { createRuntime, startBuild } from './ort.ts';
import type { Runtime, RuntimeOptions } from './runtime.ts';

/**
 * Starts ONNX Runtime on WebGPU, or on WebNN: by the build that waits with JSPI where the engine has it, which is 10 MB smaller, else
 * by the one that waits with Asyncify.
 *
 * @throws {InferenceError} `device-unavailable` where there is no adapter; `runtime-failed` when its files cannot be loaded.
 */
export async function startWebgpu(options: RuntimeOptions): Promise<Runtime> {
  const { device = 'webgpu' } = options;
  const report: RuntimeReport = {
    device,
    threads: 1,
    reason: 'what it does not compute is computed by one thread',
    adapter: device === 'webgpu' ? adapterReport(await requestAdapter()) : undefined,
  };
  if (device === 'webnn') await checkWebnn();
  const build = { ort, ...('Suspending' in WebAssembly ? jspi(options) : asyncify(options)) };
  await startBuild(build, device, { ...options, threads: 1 });
  if (device === 'webnn') return createRuntime(build, report);
  return createRuntime(build, report, lostDevice(await ort.env.webgpu.device));
}

function jspi({ assets }: RuntimeOptions): { mjs: URL; wasm: URL } {
  return assets
    ? {
        mjs: new URL('ort-wasm-simd-threaded.jspi.js', assets),
        wasm: new URL('ort-wasm-simd-threaded.jspi.wasm', assets),
      }
    : {
        mjs: new URL('./ort-wasm-simd-threaded.jspi.js', import.meta.url),
        wasm: new URL('./ort-wasm-simd-threaded.jspi.wasm', import.meta.url),
      };
}

function asyncify({ assets }: RuntimeOptions): { mjs: URL; wasm: URL } {
  return assets
    ? {
        mjs: new URL('ort-wasm-simd-threaded.asyncify.js', assets),
        wasm: new URL('ort-wasm-simd-threaded.asyncify.wasm', assets),
      }
    : {
        mjs: new URL('./ort-wasm-simd-threaded.asyncify.js', import.meta.url),
        wasm: new URL('./ort-wasm-simd-threaded.asyncify.wasm', import.meta.url),
      };
}

/** The parts of the platform's `GPU` and `GPUDevice` that are used here. */
interface Gpu {
  requestAdapter(): Promise<Adapter | null>;
}

interface Device extends EventTarget {
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
}

async function requestAdapter(): Promise<Adapter> {
  const { gpu } = navigator as { gpu?: Gpu };
  if (!gpu) throw unavailable(isSecureContext ? 'this browser has no WebGPU' : 'the page is not served securely');
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw unavailable('this browser has no adapter for this device');
  return adapter;
}

/** Some browsers have WebNN, and nothing that it could compute with. */
async function checkWebnn(): Promise<void> {
  const { ml } = navigator as { ml?: { createContext(): Promise<unknown> } };
  if (!ml) throw unavailable('this browser has no WebNN, or has it behind a flag');
  try {
    await ml.createContext();
  } catch (error) {
    throw unavailable((error as Error).message.replace(/\.$/, ''));
  }
}

function unavailable(reason: string): InferenceError {
  return new InferenceError(
    'device-unavailable',
    `What the model is to run on is not there: ${reason}. Deploy it with { device: 'auto' }.`,
  );
}

/**
 * Resolves when a device is gone, or reports an error that nobody caught: a shader that does not compile, memory that is
 * not there. Runs go on then, and what they give is not what the model computes.
 */
function lostDevice(device: Device): Promise<Error> {
  return new Promise((resolve) => {
    const tell = (what: string, message: string): void =>
      resolve(new InferenceError('device-lost', `${what}${message ? `: ${message}` : ''}.`));
    void device.lost.then(({ message }) => tell('The graphics device was lost', message.trim().replace(/\.$/, '')));
    device.addEventListener('uncapturederror', (event) => {
      const { error } = event as Event & { error: Error };
      tell('The graphics device reported an error', error.message.trim().split('\n')[0]!.replace(/\.$/, ''));
    });
  });
}
