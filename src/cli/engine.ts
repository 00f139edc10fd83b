import { readFile } from 'node:fs/promises';
import type { Artifact } from '../artifact/index.ts';
import type { DescribeOptions } from '../manifest/index.ts';
import { loadModel, type Model } from '../model.ts';
import { startWasm } from '../runtime/wasm.ts';
import { nodeMedia } from './node-media.ts';

/** ONNX Runtime on WASM, in this process. */
export interface Engine {
  load(artifact: Artifact, options: DescribeOptions): Promise<Model>;
}

/**
 * Starts the engine: the same runtime and the same code that a page runs, so that answers are the same.
 *
 * @param assets the folder that ONNX Runtime's files are in
 */
export function createEngine(assets: URL): Engine {
  let runtime: ReturnType<typeof startWasm> | undefined;
  const start = async (): ReturnType<typeof startWasm> => {
    const wasmBinary = await readFile(new URL('ort-wasm-simd-threaded.wasm', assets));
    return startWasm({ assets: assets.href, threads: 1, wasmBinary });
  };
  const media = nodeMedia(assets);
  return {
    load(artifact, options) {
      runtime ??= start();
      runtime.catch(() => {});
      return loadModel(artifact, runtime, { ...options, media });
    },
  };
}
