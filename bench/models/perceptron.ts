import { join, message, number, text } from './protobuf.ts';

/**
 * An ONNX model of two layers, `features` [rows, 15] to `probabilities` [rows, 3], with weights that a formula gives: so
 * small that what is measured is the way there and back.
 * Source: onnx.proto3 of ONNX 1.17.
 */
export function perceptron(): Uint8Array {
  const nodes = [
    node('MatMul', ['features', 'w1'], 'a'),
    node('Add', ['a', 'b1'], 'b'),
    node('Relu', ['b'], 'c'),
    node('MatMul', ['c', 'w2'], 'd'),
    node('Add', ['d', 'b2'], 'e'),
    node('Softmax', ['e'], 'probabilities'),
  ];
  const weights = [tensor('w1', [15, 32]), tensor('b1', [32]), tensor('w2', [32, 3]), tensor('b2', [3])];
  const graph = join([
    ...nodes.map((one) => message(1, one)),
    text(2, 'perceptron'),
    ...weights.map((one) => message(5, one)),
    message(11, value('features', 15)),
    message(12, value('probabilities', 3)),
  ]);
  return join([number(1, 8), message(8, number(2, 13)), message(7, graph)]);
}

function node(kind: string, inputs: readonly string[], output: string): Uint8Array {
  return join([...inputs.map((input) => text(1, input)), text(2, output), text(4, kind)]);
}

function tensor(name: string, dims: readonly number[]): Uint8Array {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const data = Float32Array.from({ length: count }, (_, i) => Math.sin(i * i + name.length + dims[0]!) / 2);
  return join([
    ...dims.map((dim) => number(1, dim)),
    number(2, float),
    text(8, name),
    message(9, new Uint8Array(data.buffer)),
  ]);
}

/** So many columns, and as many rows as come. */
function value(name: string, columns: number): Uint8Array {
  const shape = join([message(1, text(2, 'rows')), message(1, number(1, columns))]);
  return join([text(1, name), message(2, message(1, join([number(1, float), message(2, shape)])))]);
}

/** TensorProto.FLOAT. */
const float = 1;
