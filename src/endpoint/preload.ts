import type { Device } from '../runtime/device.ts';
import { fleetOf, type FleetOptions } from './fleet.ts';

/** Which engine is started, and how long it waits for a model. */
export interface PreloadOptions extends Pick<FleetOptions, 'assets' | 'threads'> {
  /** @default 'wasm' */
  device?: Device;
  /** Milliseconds for which the engine waits for a model; then it ends, and its memory comes back. @default 60,000 */
  keepMs?: number;
  /** Aborting ends the engine, unless a model has come to it. */
  signal?: AbortSignal;
}

const defaultKeepMs = 60_000;

/**
 * Starts ONNX Runtime in its worker before it is known which model is wanted: while the visitor reads, or points at the
 * button. A `deploy()` with the same `assets` and `threads` takes the engine over.
 *
 * ```ts
 * button.addEventListener('pointerenter', () => void preload(), { once: true });
 * ```
 *
 * @throws {InferenceError} `runtime-failed`, or `device-unavailable`
 * @throws {WorkerError} when a worker does not start
 */
export async function preload({
  device = 'wasm',
  keepMs = defaultKeepMs,
  signal,
  ...options
}: PreloadOptions = {}): Promise<void> {
  signal?.throwIfAborted();
  const lease = fleetOf(options).lease(device, false, false);
  const timer = setTimeout(() => void lease.release(), keepMs);
  signal?.addEventListener('abort', () => (clearTimeout(timer), void lease.release()), { once: true });
  try {
    await lease.engine.started;
    lease.ready();
  } catch (error) {
    clearTimeout(timer);
    void lease.release();
    throw signal?.aborted ? signal.reason : error;
  }
}
