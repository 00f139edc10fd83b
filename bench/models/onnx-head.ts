import { join, lengthOf, message, number, text } from './protobuf.ts';

/**
 * What comes before the weights of an ONNX model that gathers one of them by its index. Its graph and its initializer
 * stand last, so that the file ends with the weights.
 * Source: onnx.proto3 of ONNX 1.17.
 *
 * @param count of the weights, 32-bit floats
 */
export function onnxHead(count: number): Uint8Array {
  const tensor = join([number(1, count), number(2, 1), text(8, 'W'), lengthOf(9, count * 4)]);
  const node = join([text(1, 'W'), text(1, 'i'), text(2, 'y'), text(4, 'Gather')]);
  const rest = join([message(1, node), text(2, 'g'), message(11, value('i', 7)), message(12, value('y', 1))]);
  const initializer = join([lengthOf(5, tensor.length + count * 4), tensor]);
  const graph = join([rest, initializer]);
  return join([number(1, 8), message(8, number(2, 13)), lengthOf(7, graph.length + count * 4), graph]);
}

/** A tensor of one number, by its name and the number of its type. */
function value(name: string, type: number): Uint8Array {
  const shape = message(1, number(1, 1));
  return join([text(1, name), message(2, message(1, join([number(1, type), message(2, shape)])))]);
}
