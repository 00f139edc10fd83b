import type { AdapterReport } from '../adapter.ts';

/** What a model is computed by. WebNN is there for who wants to try it: browsers have it behind a flag. */
export type Device = 'wasm' | 'webgpu' | 'webnn';

/** How an engine computes. */
export interface RuntimeReport {
  readonly device: Device;
  /** Threads of one run. */
  readonly threads: number;
  /** Why it is not more, where it could be. */
  readonly reason: string;
  /** The graphics adapter behind WebGPU; undefined on WASM. */
  readonly adapter?: AdapterReport | undefined;
}

/**
 * How many threads a run gets: more than one needs shared memory, which a page has only when it is cross-origin
 * isolated. By default half the cores, four at the most, as ONNX Runtime has it: the page needs cores too, and small
 * models lose more by waiting for each other than they gain.
 */
export function chooseThreads(
  wanted: number | undefined,
  { crossOriginIsolated, cores }: { crossOriginIsolated: boolean; cores: number },
): Pick<RuntimeReport, 'threads' | 'reason'> {
  if (wanted !== undefined && wanted <= 1) return { threads: 1, reason: 'one thread was asked for' };
  if (!crossOriginIsolated) {
    return { threads: 1, reason: 'the page is not cross-origin isolated (COOP and COEP headers)' };
  }
  const threads = Math.min(wanted ?? Math.min(4, Math.ceil(cores / 2)), Math.max(1, cores));
  return { threads, reason: `the device has ${cores} cores` };
}
