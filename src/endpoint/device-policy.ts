import type { Device } from '../runtime/device.ts';

/** What a deployment is to run on: the fastest that gives right answers, or one of them. */
export type DeviceChoice = 'auto' | Device;

/** What was found out about a model on a device, for the next visit. */
export interface Verdict {
  readonly device: Device;
  /** A sentence. */
  readonly reason: string;
}

/** What a model starts on. */
export function firstDevice(choice: DeviceChoice, verdict: Verdict | undefined): Device {
  return choice === 'auto' ? (verdict?.device ?? 'wasm') : choice;
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
