import type { Tensor } from './tensor.ts';

/**
 * A value as JSON for people and scripts: lists are plain lists, NaN and infinite values null. What is such a value already
 * is given back as it is.
 */
export function toPlainJson(value: unknown): unknown {
  return isPlain(value) ? value : converted(value);
}

function converted(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return plainList(value);
  if (isTensor(value)) return plainTensor(value);
  return mapped(value, converted);
}

/** Whether there is nothing to convert in it: most answers are names and numbers, and copies of them cost most of the time. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'bigint';
  if (Array.isArray(value)) return value.every(isPlain);
  if (ArrayBuffer.isView(value) || isTensor(value)) return false;
  for (const name in value) if (!isPlain((value as Readonly<Record<string, unknown>>)[name])) return false;
  return true;
}

/** The same with each item of a list, or value of an object, as `each` has it. */
export function mapped(value: unknown, each: (item: unknown) => unknown): unknown {
  if (typeof value === 'bigint') return plainNumber(value);
  if (Array.isArray(value)) return value.map(each);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, each(item)]));
}

/** True for `{ type, data, dims }`. */
export function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'type' in value && 'data' in value && 'dims' in value;
}

/** A tensor with its data as a list. */
export function plainTensor({ type, dims, data }: Tensor): object {
  return { type, dims, data: Array.isArray(data) ? data : plainList(data) };
}

/** Numbers of a typed array. */
export function plainList(view: ArrayBufferView): (number | string)[] {
  return Array.from(view as unknown as ArrayLike<number | bigint>, plainNumber);
}

/** Whole numbers that a double cannot hold become strings. */
function plainNumber(value: number | bigint): number | string {
  if (typeof value === 'number') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
