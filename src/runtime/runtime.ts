import type { Device, RuntimeReport } from './device.ts';
import type { ModelFiles } from './model-files.ts';
import type { Session, SessionOptions } from './session.ts';

export interface RuntimeOptions {
  /** Where ONNX Runtime's files are, as an absolute address that ends in `/`. @default beside this module */
  assets?: string;
  /** Threads of one run. @default half the cores, up to 4, where the page is cross-origin isolated; else 1 */
  threads?: number;
  /** What the worker for WebGPU computes with. @default 'webgpu' */
  device?: Exclude<Device, 'wasm'>;
  /** The bytes of its `.wasm`, for where `fetch` does not reach files. */
  wasmBinary?: Uint8Array;
}

/** ONNX Runtime Web, started. There is one a worker. */
export interface Runtime {
  readonly report: RuntimeReport;
  /**
   * Resolves with the reason once nothing that this runtime gives can be relied on any more: its memory is broken, or its
   * device is lost. Only another worker helps.
   */
  readonly broken: Promise<Error>;
  /** @throws {InferenceError} `model-invalid` when the runtime refuses the model; `model-too-large`; `out-of-memory` */
  createSession(files: ModelFiles, options?: SessionOptions): Promise<Session>;
}

/** Starts ONNX Runtime. @throws {InferenceError} `runtime-failed`, or `device-unavailable` */
export type StartRuntime = (options: RuntimeOptions) => Promise<Runtime>;
