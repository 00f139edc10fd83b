import type { DataType, Tensor } from '../tensor.ts';

/**
 * A value as JSON that golden samples are written in, and from which it comes back: tensors as `{ "$tensor": … }`,
 * typed arrays as `{ "$float32": [] }`. Bytes are given to `file`, which keeps them and says under what path.
 * Infinite values and NaN become null, which stands for NaN.
 */
export function toGoldenJson(value: unknown, file: (bytes: Uint8Array) => string): unknown {
  if (value instanceof Uint8Array || value instanceof Uint8ClampedArray) {
    return { $file: file(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) };
  }
  if (ArrayBuffer.isView(value)) return { [`$${typeName(value)}`]: plainList(value) };
  if (isTensor(value)) return { $tensor: plainTensor(value) };
  return mapped(value, (item) => toGoldenJson(item, file));
}

/** A value as JSON for people and scripts: lists are plain lists, NaN and infinite values null. */
export function toPlainJson(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return plainList(value);
  if (isTensor(value)) return plainTensor(value);
  return mapped(value, toPlainJson);
}

function mapped(value: unknown, each: (item: unknown) => unknown): unknown {
  if (typeof value === 'bigint') return plainNumber(value);
  if (Array.isArray(value)) return value.map(each);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, each(item)]));
}

/** True for `{ type, data, dims }`. */
export function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'type' in value && 'data' in value && 'dims' in value;
}

function plainTensor({ type, dims, data }: Tensor): object {
  return { type, dims, data: Array.isArray(data) ? data : plainList(data) };
}

function plainList(view: ArrayBufferView): (number | string)[] {
  return Array.from(view as unknown as ArrayLike<number | bigint>, plainNumber);
}

/** Whole numbers that a double cannot hold become strings. */
function plainNumber(value: number | bigint): number | string {
  if (typeof value === 'number') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function typeName(view: ArrayBufferView): DataType {
  const name = Object.prototype.toString.call(view).slice(8, -1);
  return ({ BigInt64Array: 'int64', BigUint64Array: 'uint64' }[name] ??
    name.replace('Array', '').toLowerCase()) as DataType;
}
