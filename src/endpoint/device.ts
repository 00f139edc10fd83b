import { abortable } from '../abortable.ts';
import type { BrowserName, DeviceReport } from '../device/device-report.ts';
import { probeGpu } from '../device/probe-gpu.ts';
import { measureThere } from '../worker/measure-there.ts';
import { packageVersion, runtimeVersion } from '../worker/protocol.ts';
import { spawnDeviceWorker, type Assets } from './assets.ts';

/** How a device is measured. */
export interface DeviceOptions {
  assets?: Assets;
  /** Aborting rejects with `signal.reason`. */
  signal?: AbortSignal;
}

/**
 * Tries what this browser can do on this device: what models run on, with how many threads, where they are kept, and why.
 * Takes a part of a second, and 20 seconds at the most. A worker of its own does it, which ends with it; what is written is
 * removed, and nothing is sent anywhere.
 *
 * ```ts
 * const report = await device();
 * console.log(report.means.reasons.join('\n'), JSON.stringify(report, null, 2));
 * ```
 */
export async function device({ assets, signal }: DeviceOptions = {}): Promise<DeviceReport> {
  signal?.throwIfAborted();
  return abortable(measure(assets), signal);
}

async function measure(assets: Assets | undefined): Promise<DeviceReport> {
  const { hardwareConcurrency: cores, deviceMemory: memoryGiB } = navigator as Navigator & {
    deviceMemory?: number;
  };
  const page = {
    isSecure: isSecureContext,
    isIsolated: crossOriginIsolated,
    hasOpaqueOrigin: origin === 'null',
    isFramed: window !== top,
    webgpu: await probeGpu(),
    webnn: 'ml' in navigator,
  };
  const base = { inpoint: packageVersion, onnxruntime: runtimeVersion, browser: browserName(), cores, memoryGiB, page };
  return { ...base, ...(await measureThere(() => spawnDeviceWorker(assets?.deviceWorker), { page, cores })) };
}

/** What browsers of Chromium's family say of themselves. https://wicg.github.io/ua-client-hints/ */
interface UserAgentData {
  readonly brands: readonly { readonly brand: string; readonly version: string }[];
  readonly mobile: boolean;
  readonly platform: string;
}

function browserName(): BrowserName {
  const { userAgent, userAgentData: told } = navigator as Navigator & { userAgentData?: UserAgentData };
  // One brand of the list is made up, so that nobody relies on it.
  const brands = told?.brands.filter(({ brand }) => !/not.a.brand/i.test(brand)) ?? [];
  return {
    name: brands.map(({ brand, version }) => `${brand} ${version}`).join(', ') || userAgent,
    platform: told?.platform,
    isMobile: told?.mobile,
  };
}
