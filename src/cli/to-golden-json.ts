import { isTensor, mapped, plainList, plainTensor } from '../plain-json.ts';
import type { DataType } from '../tensor.ts';

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

function typeName(view: ArrayBufferView): DataType {
  const name = Object.prototype.toString.call(view).slice(8, -1);
  return ({ BigInt64Array: 'int64', BigUint64Array: 'uint64' }[name] ??
    name.replace('Array', '').toLowerCase()) as DataType;
}
