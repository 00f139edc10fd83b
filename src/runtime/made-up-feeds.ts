import type { TensorInfo } from './session.ts';
import { tensor, type DataType, type NamedTensors, type TensorData } from '../tensor.ts';

/** Values of a dimension that is free: enough for a window or a patch where a picture's size is, and few of all else. */
const freeSizes: readonly { readonly name: RegExp; readonly size: number }[] = [
  { name: /height|width|^h$|^w$/i, size: 64 },
  { name: /past/i, size: 0 },
  { name: /batch|^n$|^b$/i, size: 1 },
];

/**
 * An input for any model, the same each time: numbers between -1 and 1, small whole numbers, free dimensions small. What
 * it gives means nothing, and is the same wherever it is computed rightly.
 */
export function madeUpFeeds(inputs: readonly TensorInfo[]): NamedTensors {
  const feeds: NamedTensors = {};
  for (const [position, { name, type, shape }] of inputs.entries()) {
    if (!type) continue;
    const dims = shape.map((dim, axis) =>
      typeof dim === 'number' ? dim : (freeSizes.find((one) => one.name.test(dim))?.size ?? (axis === 0 ? 1 : 8)),
    );
    const count = dims.reduce((product, dim) => product * dim, 1);
    feeds[name] = tensor(type, values(type, count, position), dims);
  }
  return feeds;
}

function values(type: DataType, count: number, seed: number): TensorData[DataType] {
  const real = (_: unknown, i: number): number => Math.sin(i * 0.7 + seed);
  const whole = (_: unknown, i: number): number => 1 + ((i + seed) % 3);
  const length = { length: count };
  const makers: Record<DataType, () => TensorData[DataType]> = {
    float32: () => Float32Array.from(length, real),
    float64: () => Float64Array.from(length, real),
    // 0.5 to just under 2, as bits.
    float16: () => Uint16Array.from(length, (_, i) => 0x3800 + ((i * 37 + seed) % 0x800)),
    int8: () => Int8Array.from(length, whole),
    uint8: () => Uint8Array.from(length, whole),
    int16: () => Int16Array.from(length, whole),
    uint16: () => Uint16Array.from(length, whole),
    int32: () => Int32Array.from(length, whole),
    uint32: () => Uint32Array.from(length, whole),
    int64: () => BigInt64Array.from(length, (_, i) => BigInt(whole(_, i))),
    uint64: () => BigUint64Array.from(length, (_, i) => BigInt(whole(_, i))),
    int4: () => Int8Array.from({ length: Math.ceil(count / 2) }, () => 0x11),
    uint4: () => Uint8Array.from({ length: Math.ceil(count / 2) }, () => 0x11),
    bool: () => new Uint8Array(count).fill(1),
    string: () => Array.from(length, () => 'a'),
  };
  return makers[type]();
}
