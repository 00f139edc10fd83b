import type { DataType, Tensor, TensorData } from './tensor.ts';

/**
 * The same values in another type of number, rounded as the type demands; the tensor itself where it has that type
 * already, or where the model does not say what it wants.
 *
 * @throws {TypeError} for types between which values cannot be carried over, strings among them.
 */
export function castTensor(from: Tensor, type: DataType | undefined): Tensor {
  if (type === undefined || from.type === type) return from;
  const make = makers[type];
  if (!make || from.type === 'string' || from.type === 'int4' || from.type === 'uint4')
    throw new TypeError(`A ${from.type} tensor cannot become ${type}.`);
  const values =
    from.type === 'float16' ? halvesToNumbers(from.data as Uint16Array) : (from.data as ArrayLike<number | bigint>);
  return { type, data: make(values), dims: from.dims };
}

type Values = ArrayLike<number | bigint>;

const makers: { [T in DataType]?: (values: Values) => TensorData[T] } = {
  float32: (values) => Float32Array.from(values, Number),
  float64: (values) => Float64Array.from(values, Number),
  float16: (values) => {
    const bits = new Uint16Array(values.length);
    for (let i = 0; i < bits.length; i++) bits[i] = half(Number(values[i]));
    return bits;
  },
  int8: (values) => Int8Array.from(values, Number),
  uint8: (values) => Uint8Array.from(values, Number),
  int16: (values) => Int16Array.from(values, Number),
  uint16: (values) => Uint16Array.from(values, Number),
  int32: (values) => Int32Array.from(values, Number),
  uint32: (values) => Uint32Array.from(values, Number),
  int64: (values) => BigInt64Array.from(values, whole),
  uint64: (values) => BigUint64Array.from(values, whole),
  bool: (values) => Uint8Array.from(values, (value) => (Number(value) === 0 ? 0 : 1)),
};

function whole(value: number | bigint): bigint {
  return typeof value === 'bigint' ? value : BigInt(Math.trunc(value));
}

const one = new DataView(new ArrayBuffer(4));

/** The bits of IEEE 754 binary16, rounded to nearest, ties to even. */
function half(value: number): number {
  one.setFloat32(0, value);
  const bits = one.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const rounded = magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1);
    return sign | (rounded >>> 13);
  }
  // Below 2^-14 the steps are of 2^-24.
  const steps = Math.abs(value) * 2 ** 24;
  const down = Math.floor(steps);
  const rest = steps - down;
  return sign | (rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down);
}

/** Values of halves, whether they come as bits or as the platform's own array of them. */
function halvesToNumbers(data: Uint16Array | ArrayLike<number>): Float32Array {
  if (!(data instanceof Uint16Array)) return Float32Array.from(data);
  return Float32Array.from(data, (bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >>> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}
