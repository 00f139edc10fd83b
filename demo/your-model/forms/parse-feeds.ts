import { tensor, type DataType, type NamedTensors, type Tensor, type TensorData } from 'inpoint';

/**
 * Reads tensors from `{ name: { type, dims, data } }`, where `data` is a list of values in row-major order, nested or
 * not, or one value for all. Integers that a JSON number cannot hold are strings.
 *
 * @throws {TypeError} {RangeError} {SyntaxError} with a message for who wrote it
 */
export function parseFeeds(json: string): NamedTensors {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    throw new SyntaxError(`This is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new TypeError('The tensors are an object: { "name": { "type", "dims", "data" } }.');
  }
  return Object.fromEntries(Object.entries(parsed).map(([name, given]) => [name, parseTensor(name, given)]));
}

function parseTensor(name: string, given: unknown): Tensor {
  const { type, dims, data } = (given ?? {}) as { type?: unknown; dims?: unknown; data?: unknown };
  const convert = converters[type as DataType] as (typeof converters)[DataType] | undefined;
  if (!convert)
    throw new TypeError(
      `"${name}" has the type ${JSON.stringify(type)}; known are ${Object.keys(converters).join(', ')}.`,
    );
  if (!Array.isArray(dims) || !dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) {
    throw new TypeError(`The dims of "${name}" are a list of whole numbers, not ${JSON.stringify(dims)}.`);
  }
  const values = (dims as number[]).reduce((product, dim) => product * dim, 1);
  if (values > mostValues)
    throw new RangeError(`"${name}" would have ${values.toLocaleString('en')} values, too many for this form.`);
  const list = Array.isArray(data) ? (data.flat(Infinity) as unknown[]) : Array.from({ length: values }, () => data);
  try {
    return tensor(type as DataType, convert(list), dims as number[]);
  } catch (cause) {
    throw new TypeError(`"${name}": ${(cause as Error).message}`, { cause });
  }
}

/** Enough for a photo of 1024 × 1024 pixels in three channels. */
const mostValues = 2 ** 22;

const converters: { [Type in DataType]: (values: unknown[]) => TensorData[Type] } = {
  float32: (values) => Float32Array.from(values, number),
  float64: (values) => Float64Array.from(values, number),
  float16: (values) => halves(values.map(number)),
  int8: (values) => Int8Array.from(values, number),
  uint8: (values) => Uint8Array.from(values, number),
  int16: (values) => Int16Array.from(values, number),
  uint16: (values) => Uint16Array.from(values, number),
  int32: (values) => Int32Array.from(values, number),
  uint32: (values) => Uint32Array.from(values, number),
  int64: (values) => BigInt64Array.from(values, bigint),
  uint64: (values) => BigUint64Array.from(values, bigint),
  int4: (values) => new Int8Array(nibbles(values.map(number)).buffer),
  uint4: (values) => nibbles(values.map(number)),
  bool: (values) => Uint8Array.from(values, (value) => (value === true ? 1 : number(value === false ? 0 : value))),
  string: (values) => values.map(String),
};

function number(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new TypeError(`${JSON.stringify(value)} is not a number.`);
}

function bigint(value: unknown): bigint {
  if (Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d+$/.test(value)))
    return BigInt(value as number | string);
  throw new TypeError(`${JSON.stringify(value)} is not a whole number; one past 2^53 has to be in quotes.`);
}

function halves(values: number[]): TensorData['float16'] {
  if (typeof Float16Array === 'undefined') throw new TypeError('This browser has no float16.');
  return Float16Array.from(values);
}

/** Two values a byte, the first in the lower half, as ONNX has them. */
function nibbles(values: number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil(values.length / 2));
  values.forEach((value, index) => (bytes[index >> 1]! |= (value & 15) << (index % 2 === 0 ? 0 : 4)));
  return bytes;
}
