/** The arrays that hold a tensor's values, by element type. `bool` is 0 or 1 a byte; `int4` and `uint4` are two to a byte. */
export interface TensorData {
  float32: Float32Array;
  float64: Float64Array;
  /** `Float16Array` where the browser has it, else the raw bits. */
  float16: Uint16Array | Float16Array;
  int8: Int8Array;
  uint8: Uint8Array | Uint8ClampedArray;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  int4: Int8Array;
  uint4: Uint8Array;
  bool: Uint8Array;
  string: string[];
}

/** The element types that a tensor may have. */
export type DataType = keyof TensorData;

/** A named element type, its values in row-major order, and its shape. A scalar has no dimensions. */
export interface Tensor<T extends DataType = DataType> {
  readonly type: T;
  readonly data: TensorData[T];
  readonly dims: readonly number[];
}

/** Tensors by the names that the model gives its inputs or outputs. */
export type NamedTensors = Record<string, Tensor>;

/**
 * Makes a tensor, and keeps `data` without copying it.
 *
 * @throws {TypeError} when `data` is not the array that `type` asks for.
 * @throws {RangeError} when `dims` and the number of values disagree.
 */
export function tensor<T extends DataType>(type: T, data: TensorData[T], dims: readonly number[]): Tensor<T> {
  const problem = tensorProblem({ type, data, dims });
  if (problem) throw new (problem.field === 'dims' ? RangeError : TypeError)(problem.message);
  return { type, data, dims };
}

/** Which field of a would-be tensor is wrong and why, or undefined when it is sound. */
export function tensorProblem(value: unknown): { field: '' | 'type' | 'data' | 'dims'; message: string } | undefined {
  if (typeof value !== 'object' || value === null) {
    return { field: '', message: 'A tensor is an object { type, data, dims }.' };
  }
  const { type, data, dims } = value as Partial<Tensor>;
  const constructors = Object.hasOwn(arrays, String(type)) ? arrays[type as DataType] : undefined;
  if (!constructors) {
    return {
      field: 'type',
      message: `The type of a tensor is one of ${Object.keys(arrays).join(', ')}, not ${typeof type === 'object' ? 'an object' : String(type)}.`,
    };
  }
  if (!constructors.includes(Object.prototype.toString.call(data).slice(8, -1))) {
    return { field: 'data', message: `The data of a ${type} tensor is ${constructors.map(article).join(' or ')}.` };
  }
  if (type === 'string' && !Array.from(data as unknown[]).every((item) => typeof item === 'string')) {
    return { field: 'data', message: 'The data of a string tensor holds strings only.' };
  }
  if (!Array.isArray(dims) || !Array.from(dims).every((dim) => Number.isSafeInteger(dim) && Number(dim) >= 0)) {
    return { field: 'dims', message: 'The dims of a tensor are whole numbers of 0 or more.' };
  }
  const values = dims.reduce((product, dim) => product * dim, 1);
  const stored = type === 'int4' || type === 'uint4' ? Math.ceil(values / 2) : values;
  const { length } = data as ArrayLike<unknown>;
  if (stored !== length) {
    return {
      field: 'dims',
      message: `The dims [${dims.join(', ')}] ask for ${stored} values, and data holds ${length}.`,
    };
  }
  return undefined;
}

const arrays: Record<DataType, string[]> = {
  float32: ['Float32Array'],
  float64: ['Float64Array'],
  float16: ['Float16Array', 'Uint16Array'],
  int8: ['Int8Array'],
  uint8: ['Uint8Array', 'Uint8ClampedArray'],
  int16: ['Int16Array'],
  uint16: ['Uint16Array'],
  int32: ['Int32Array'],
  uint32: ['Uint32Array'],
  int64: ['BigInt64Array'],
  uint64: ['BigUint64Array'],
  int4: ['Int8Array'],
  uint4: ['Uint8Array'],
  bool: ['Uint8Array'],
  string: ['Array'],
};

function article(name: string): string {
  return /^[AEIOU]/.test(name) && !name.startsWith('U') ? `an ${name}` : `a ${name}`;
}
