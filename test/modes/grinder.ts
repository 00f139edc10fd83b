import { packArtifact } from '../../src/pack/index.ts';
import { encodeOnnx, type Graph } from './encode-onnx.ts';

/** What such a model is. */
export interface GrinderOptions {
  /** What it adds, by which its answers are told from those of others. */
  readonly bias: number;
  /** Bytes of weights. */
  readonly bytes?: number;
  /** Whether it answers with the sum of what its conversation has said, in the place of `x`. */
  readonly isStateful?: boolean;
}

/** Numbers in a row of the matrices that it multiplies. */
const size = 256;

/** Rounds at the most: so many of its weights are what it adds. */
const mostRounds = 8192;

/**
 * An archive of a model that computes for as long as it is asked to: y = 2 x + bias, after `rounds` products of matrices of
 * 256 × 256, of some milliseconds each. One of them turns the columns by one place: the product is right only if all were.
 */
export async function packGrinder({ bias, bytes = 0, isStateful = false }: GrinderOptions): Promise<Buffer> {
  const turn = new Float32Array(size * size);
  for (let row = 0; row < size; row++) turn[row * size + ((row + 1) % size)] = 1;
  // Numbers that gzip finds nothing in, as in trained weights.
  const weights = new Float32Array(Math.max(mostRounds, Math.ceil(bytes / 4))).fill(bias);
  let state = 1;
  for (let i = mostRounds; i < weights.length; i++) {
    state = (state * 48271) % 2147483647;
    weights[i] = state / 2147483647;
  }
  const body: Graph = {
    inputs: [
      { name: 'round', type: 'int64', dims: [] },
      { name: 'go_in', type: 'bool', dims: [] },
      { name: 'value_in', type: 'float32', dims: [size, size] },
    ],
    outputs: [
      { name: 'go_out', type: 'bool', dims: [] },
      { name: 'value_out', type: 'float32', dims: [size, size] },
    ],
    nodes: [
      { op: 'Identity', inputs: ['go_in'], outputs: ['go_out'] },
      { op: 'MatMul', inputs: ['value_in', 'turn'], outputs: ['value_out'] },
    ],
  };
  const given = isStateful ? 'sumN' : 'x';
  const onnx = encodeOnnx({
    inputs: [
      { name: 'x', type: 'float32', dims: [1] },
      { name: 'rounds', type: 'int64', dims: [1] },
      ...(isStateful ? [{ name: 'sum', type: 'float32', dims: [1] } as const] : []),
    ],
    outputs: [
      { name: 'y', type: 'float32', dims: [1] },
      ...(isStateful ? [{ name: 'sumN', type: 'float32', dims: [1] } as const] : []),
    ],
    initializers: [
      { name: 'turn', dims: [size, size], data: turn },
      { name: 'ones', dims: [size, size], data: new Float32Array(size * size).fill(1) },
      { name: 'go', dims: [], data: Uint8Array.of(1) },
      { name: 'scalar', dims: [0], data: new BigInt64Array(0) },
      { name: 'two', dims: [1], data: Float32Array.of(2) },
      { name: 'weights', dims: [weights.length], data: weights },
    ],
    nodes: [
      ...(isStateful ? [{ op: 'Add', inputs: ['x', 'sum'], outputs: ['sumN'] }] : []),
      { op: 'Reshape', inputs: ['rounds', 'scalar'], outputs: ['count'] },
      { op: 'Mul', inputs: [given, 'ones'], outputs: ['start'] },
      { op: 'Loop', inputs: ['count', 'go', 'start'], outputs: ['end'], attributes: { body } },
      { op: 'ReduceMax', inputs: ['end'], outputs: ['late'], attributes: { keepdims: 0 } },
      { op: 'Mul', inputs: ['late', 'two'], outputs: ['twice'] },
      { op: 'Gather', inputs: ['weights', 'rounds'], outputs: ['bias'] },
      { op: 'Add', inputs: ['twice', 'bias'], outputs: ['y'] },
    ],
  });
  const manifest = { task: 'tensor', ...(isStateful && { feeds: { sum: { state: 'sumN', dims: [1] } } }) };
  const chunks: Uint8Array[] = [];
  for await (const chunk of packArtifact([{ path: 'model.onnx', blob: new Blob([onnx]) }], { manifest }))
    chunks.push(chunk);
  return Buffer.concat(chunks);
}
