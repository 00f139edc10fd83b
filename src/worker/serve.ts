import type { Handler } from '../model.ts';
import { startWasm } from '../runtime/wasm.ts';
import { serveOn } from './serve-on.ts';

export type { Handler, HandlerContext } from '../model.ts';
export type { Manifest } from '../manifest/index.ts';
export type { TensorInfo } from '../runtime/session.ts';
export { tensor } from '../tensor.ts';
export type { DataType, NamedTensors, Tensor } from '../tensor.ts';
export { InputError } from '../errors.ts';

/**
 * Makes this worker an engine: it loads models and answers calls. With a handler it serves models that Inpoint
 * does not know: the handler turns an input into the model's tensors, and the model's tensors into an answer.
 *
 * ```ts
 * serve({
 *   preprocess: (samples: Float32Array) => ({ x: tensor('float32', samples, [1, samples.length]) }),
 *   postprocess: ({ y }) => y.data,
 * });
 * ```
 *
 * The page makes the worker, so that its bundler sees it: `deploy(url, { worker: () => new Worker(…) })`.
 */
export function serve(handler?: Handler): void {
  serveOn(startWasm, handler);
}
