import { chooseThreads } from '../runtime/device.ts';
import type { DeviceMeaning, DeviceReport, GpuFindings, WorkerFindings } from './device-report.ts';

/** What was found of a device before anything is concluded. */
export type Found = Pick<DeviceReport, 'page' | 'cores'> & {
  readonly worker: Extract<WorkerFindings, { kind: 'ran' }>;
};

/** What a device means for Inpoint, and why. */
export function judgeDevice(found: Found): DeviceMeaning {
  const { wasm, webgpu } = found.worker;
  const computes = computesWith(wasm);
  const kept = keepsIn(found);
  if (computes !== undefined) {
    return { runs: 'nothing', threads: 0, keeps: kept.keeps, reasons: [computes, ...kept.reasons] };
  }
  const { threads, reason } = chooseThreads(undefined, {
    crossOriginIsolated: found.page.isIsolated && wasm.threads,
    cores: found.cores,
  });
  const reasons = [
    'Models run by WebAssembly with SIMD.',
    gpuSentence(webgpu),
    `${threads === 1 ? 'One thread computes' : `${threads} threads compute`}: ${reason}.`,
  ];
  if (wasm.largestMemoryBytes < mostWasmBytes)
    reasons.push(`WebAssembly gets ${wasm.largestMemoryBytes / 2 ** 30} GiB of memory here, where it could have 4.`);
  const runs = webgpu.kind === 'adapter' && !webgpu.isSoftware ? 'webgpu' : 'wasm';
  return { runs, threads, keeps: kept.keeps, reasons: [...reasons, ...kept.reasons] };
}

/** WebAssembly's memory ends there. */
const mostWasmBytes = 4 * 2 ** 30;

/** Why nothing can be computed; undefined where it can. */
function computesWith({ simd, compiles }: Found['worker']['wasm']): string | undefined {
  if (!simd) return 'No model runs: this browser has no WebAssembly with SIMD, which ONNX Runtime is built with.';
  return compiles.works ? undefined : `No model runs: WebAssembly cannot be used here: ${compiles.reason}.`;
}

function gpuSentence(webgpu: GpuFindings): string {
  if (webgpu.kind === 'none') return `Workers have no graphics adapter: ${webgpu.reason}.`;
  const name = [webgpu.vendor, webgpu.architecture].filter(Boolean).join(' ') || 'one without a name';
  if (webgpu.isSoftware) return `WebGPU is there by software alone (${name}), which is slower than WebAssembly.`;
  return `Workers have a graphics adapter by WebGPU: ${name}, ${webgpu.features.includes('shader-f16') ? 'with' : 'without'} float16.`;
}

/** The same choice as the store's own, by what was tried. */
function keepsIn({ page, worker: { storage, features } }: Found): Pick<DeviceMeaning, 'keeps' | 'reasons'> {
  const { opfs, cacheStorage, webLocks } = storage;
  for (const [name, finding] of Object.entries({
    'Web Locks': webLocks,
    WebCrypto: features.webCrypto,
    BroadcastChannel: features.broadcastChannel,
  })) {
    if (finding.works) continue;
    const why = page.isSecure ? finding.reason : 'this page is not served securely';
    return { keeps: 'memory', reasons: [`Models are gone with the page: tabs share files by ${name}, and ${why}.`] };
  }
  if (opfs.works) return { keeps: 'opfs', reasons: ['Models are kept on this device, in files of this site (OPFS).'] };
  if (cacheStorage.works) {
    return {
      keeps: 'cache-storage',
      reasons: [
        `Models are kept on this device in Cache Storage, and a download does not go on in a later visit: OPFS cannot be used: ${opfs.reason}.`,
      ],
    };
  }
  return {
    keeps: 'memory',
    reasons: [`Models are gone with the page: OPFS: ${opfs.reason}; Cache Storage: ${cacheStorage.reason}.`],
  };
}
