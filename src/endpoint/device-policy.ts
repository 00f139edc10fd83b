import type { AdapterReport } from '../adapter.ts';
import type { Device } from '../runtime/device.ts';
import type { SelfTest } from '../self-test.ts';

/** What a deployment is to run on: the fastest that gives right answers, or one of them. */
export type DeviceChoice = 'auto' | Device;

/** What was found out about a model on a device, for the next visit. */
export interface Verdict {
  readonly device: Device;
  /** A sentence. */
  readonly reason: string;
}

/** How much of the time on WASM an answer may take on WebGPU, for it to be worth the memory of another engine. */
const worthwhile = 0.8;

/** What a model starts on. */
export function firstDevice(choice: DeviceChoice, verdict: Verdict | undefined): Device {
  return choice === 'auto' ? (verdict?.device ?? 'wasm') : choice;
}

/** Why WebGPU is not worth a try; undefined where it is. */
export function reasonAgainst(adapter: AdapterReport | undefined, allowsSoftware: boolean): string | undefined {
  if (!adapter) return 'this browser has no WebGPU adapter';
  if (adapter.isSoftware && !allowsSoftware) return `the WebGPU adapter (${adapter.name}) is played by the processor`;
  return undefined;
}

/** Which of two engines a model is served by, now that both were tested. */
export function judge(wasm: SelfTest, webgpu: SelfTest): Verdict {
  if (webgpu.failure !== undefined) return { device: 'wasm', reason: `on WebGPU ${webgpu.failure}` };
  if (webgpu.by === 'nothing' || wasm.ms === undefined || webgpu.ms === undefined)
    return { device: 'wasm', reason: 'there are no samples to test WebGPU with' };
  const figures = `an answer takes ${shown(webgpu.ms)} on WebGPU and ${shown(wasm.ms)} on WASM`;
  return { device: webgpu.ms <= wasm.ms * worthwhile ? 'webgpu' : 'wasm', reason: figures };
}

/** Engines that may be lost one after the other without an answer between them. */
export const mostLosses = 6;

/** Engines on WebGPU that may be lost before a model is no longer tried there. */
const mostGpuLosses = 2;

/** Losses so far, the one just now counted. */
export interface Losses {
  /** Without an answer since. */
  readonly inARow: number;
  readonly onWebgpu: number;
}

/**
 * Where a model goes after its engine was lost: from WebGPU to WASM, where that may be; else it starts again, after a
 * while that doubles each time. Undefined when that was tried often enough.
 */
export function afterLoss(
  choice: DeviceChoice,
  device: Device,
  { inARow }: Losses,
): { readonly device: Device; readonly waitMs: number } | undefined {
  if (inARow >= mostLosses) return undefined;
  const waitMs = inARow <= 1 ? 0 : Math.min(2000, 50 * 2 ** (inARow - 2));
  if (choice === 'auto') return { device: 'wasm', waitMs: device === 'webgpu' ? 0 : waitMs };
  return { device, waitMs };
}

/** Whether a model that came back from WebGPU may be tried there again. */
export function mayReturn({ onWebgpu }: Pick<Losses, 'onWebgpu'>): boolean {
  return onWebgpu < mostGpuLosses;
}

function shown(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}
