import type { OnnxFile } from '../../manifest/onnx-file.ts';

/** What a model takes beside the page, in bytes. */
export interface MemoryEstimate {
  /** While it loads: the engine, the file, and what it becomes in the engine. */
  readonly loadingBytes: number;
  /** Afterwards, at the most; intermediate results, which grow with the input, come on top. */
  readonly runningBytes: number;
}

/** What an engine takes without any model. */
const engineBytes = 60e6;

/** The engine's memory grows in steps, and never shrinks. */
const growth = 1.25;

/**
 * Estimates memory from what a file says of its weights. ONNX Runtime keeps the file and the weights apart, and writes
 * weights of fewer bits out as float32 where it computes in float32 (all of them at the most; where it computes in whole
 * numbers, none).
 *
 * Measured on ONNX Runtime Web 1.30, one thread, heap against this: float32 of 105 MB 286 against 278 MB, float32 of 302
 * MB 748 against 771, float16 of 101 MB 572 against 520, int8 of 50 MB with `DequantizeLinear` 312 against 393.
 *
 * @param fileBytes of the model and the files of its weights
 */
export function estimateMemory({ parameters }: Pick<OnnxFile, 'parameters'>, fileBytes: number): MemoryEstimate {
  const weightBytes = parameters.reduce((total, { bytes }) => total + bytes, 0);
  const widenedBytes = parameters
    .filter(({ type }) => narrow.test(type))
    .reduce((total, { count }) => total + 4 * count, 0);
  const heapBytes = growth * (fileBytes + weightBytes + widenedBytes);
  return {
    loadingBytes: Math.round(engineBytes + fileBytes + heapBytes),
    runningBytes: Math.round(engineBytes + heapBytes),
  };
}

const narrow = /^(float16|bfloat16|u?int8|u?int4|float8.*|float4.*)$/;
