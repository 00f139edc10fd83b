import type { Artifact } from './artifact/index.ts';
import { ManifestError } from './errors.ts';
import { readJson, type Manifest } from './manifest/index.ts';
import type { DataType } from './tensor.ts';

/** Inputs with the answers that they should get, kept in the archive behind the model. */
export interface Golden {
  /** What computed the answers: `transformers 4.30.2`. */
  readonly source: string | undefined;
  /** Whether the model itself did, at packing: such samples catch drift, and not a wrong preprocessing. */
  readonly recorded: boolean;
  readonly samples: readonly GoldenSample[];
}

export interface GoldenSample {
  readonly name: string;
  /** In the terms of the task, ready to be given to it. */
  readonly input: unknown;
  readonly options: object;
  readonly expected:
    | { readonly kind: 'answer'; readonly answer: unknown }
    | { readonly kind: 'error'; readonly error: ExpectedError };
  /** Numbers may differ by `tolerance * max(1, |expected|)`. */
  readonly tolerance: number;
}

interface ExpectedError {
  readonly code: string;
  readonly field?: string;
}

/**
 * The golden samples of an artifact; undefined where it has none. They are JSON, with these for what JSON lacks:
 * `{ "$file": path }` a file of the archive, `{ "$tensor": { type, dims, data } }` a tensor, and `{ "$float32": [] }`
 * or another type of number a typed array.
 *
 * @throws {ManifestError} `file-missing` or `file-invalid`
 */
export async function readGolden(
  artifact: Artifact,
  { golden }: Pick<Manifest, 'golden'>,
): Promise<Golden | undefined> {
  if (golden === undefined) return undefined;
  const file = (path: string): Blob => {
    const found = artifact.files.find((one) => one.path === path);
    if (found) return found.blob;
    throw new ManifestError(
      'file-missing',
      `${JSON.stringify(artifact.name)} has no ${JSON.stringify(path)}, which its golden samples name. Add it.`,
    );
  };
  const blob = file(golden);
  const json = await readJson(artifact.name, { path: golden, size: blob.size, blob });
  const { samples, tolerance = defaultTolerance, source, recorded } = json;
  const wrong = (reason: string): ManifestError =>
    new ManifestError('file-invalid', `${JSON.stringify(golden)} of ${JSON.stringify(artifact.name)} ${reason}.`);
  if (!Array.isArray(samples)) throw wrong('has no list of samples');
  if (typeof tolerance !== 'number') throw wrong('has a tolerance that is no number');
  return {
    source: typeof source === 'string' ? source : undefined,
    recorded: recorded === true,
    samples: await Promise.all(
      samples.map(async (sample: Record<string, unknown>, index) => {
        if (typeof sample !== 'object' || sample === null)
          throw wrong(`has a sample that is no object, samples[${index}]`);
        const { answer } = sample;
        const error = sample['error'] as ExpectedError | undefined;
        if (answer === undefined && error === undefined)
          throw wrong(`has a sample without an answer, samples[${index}]`);
        if (error !== undefined && !isExpectedError(error))
          throw wrong(`has at samples[${index}].error no object with a "code"`);
        return {
          name: typeof sample['name'] === 'string' ? sample['name'] : `sample ${index}`,
          input: await revive(sample['input'], file),
          options: (await revive(sample['options'], file)) ?? {},
          expected: error ? { kind: 'error', error } : { kind: 'answer', answer: await revive(answer, file, true) },
          tolerance: typeof sample['tolerance'] === 'number' ? sample['tolerance'] : tolerance,
        };
      }),
    ),
  };
}

const defaultTolerance = 1e-4;

function isExpectedError(error: unknown): error is ExpectedError {
  if (typeof error !== 'object' || error === null) return false;
  const { code, field } = error as { code?: unknown; field?: unknown };
  return typeof code === 'string' && (field === undefined || typeof field === 'string');
}

/**
 * Where an answer differs from the one expected, and by how much; undefined where it does not. Fields that the expected
 * answer leaves out are not looked at.
 */
export function difference(
  expected: unknown,
  actual: unknown,
  tolerance: number,
  at: string = 'answer',
): string | undefined {
  if (typeof expected === 'number' || typeof expected === 'bigint') {
    const isNumber = typeof actual === 'number' || typeof actual === 'bigint';
    // Null stands for NaN, which JSON lacks.
    if (!isNumber) return `${at} is ${shown(actual)}, not ${expected}`;
    const off = Math.abs(Number(actual) - Number(expected));
    return off <= tolerance * Math.max(1, Math.abs(Number(expected)))
      ? undefined
      : `${at} is ${actual}, not ${expected} (± ${tolerance})`;
  }
  if (isList(expected)) {
    if (!isList(actual)) return `${at} is ${shown(actual)}, not a list`;
    if (actual.length !== expected.length) return `${at} has ${actual.length} values, not ${expected.length}`;
    for (let i = 0; i < expected.length; i++) {
      const found = difference(expected[i], actual[i], tolerance, `${at}[${i}]`);
      if (found) return found;
    }
    return undefined;
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) return `${at} is ${shown(actual)}, not an object`;
    for (const [key, value] of Object.entries(expected)) {
      const found = difference(value, (actual as Record<string, unknown>)[key], tolerance, `${at}.${key}`);
      if (found) return found;
    }
    return undefined;
  }
  if (expected === null && typeof actual === 'number' && Number.isNaN(actual)) return undefined;
  return expected === actual ? undefined : `${at} is ${shown(actual)}, not ${shown(expected)}`;
}

type List = ArrayLike<unknown>;

function isList(value: unknown): value is List {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);
}

function shown(value: unknown): string {
  const text = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/**
 * JSON with what it lacks put in: files, tensors and typed arrays, as `readGolden()` tells of them.
 *
 * @param bytes whether files are given as their bytes instead of as themselves
 * @throws {ManifestError} `file-invalid` for values that cannot be what they are called, and for more than 100 levels.
 */
export async function revive(
  value: unknown,
  file: (path: string) => Blob | Promise<Blob>,
  bytes: boolean = false,
  levels: number = maxDepth,
): Promise<unknown> {
  if (levels < 0) throw invalid(`The values are nested more than ${maxDepth} levels deep.`);
  if (Array.isArray(value)) return Promise.all(value.map((item) => revive(item, file, bytes, levels - 1)));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [key, content] = entries.length === 1 ? entries[0]! : ['', undefined];
  if (key === '$file') {
    const blob = await file(String(content));
    return bytes ? new Uint8Array(await blob.arrayBuffer()) : blob;
  }
  if (key === '$tensor') {
    const { type, dims, data } = (content ?? {}) as { type?: DataType; dims?: number[]; data?: unknown[] };
    if (typeof type !== 'string' || !Array.isArray(dims) || !Array.isArray(data))
      throw invalid('A "$tensor" is an object with a type, a list of dims and a list of data.');
    return { type, dims, data: typed(type, data) };
  }
  if (key.startsWith('$') && Array.isArray(content)) return typed(key.slice(1) as DataType, content);
  const revived = entries.map(async ([name, item]) => [name, await revive(item, file, bytes, levels - 1)] as const);
  return Object.fromEntries(await Promise.all(revived));
}

function typed(type: DataType, data: unknown[]): unknown {
  if (type === 'string') return data.map(String);
  if (type === 'int64') return BigInt64Array.from(data, wholeNumber);
  if (type === 'uint64') return BigUint64Array.from(data, wholeNumber);
  const make = Object.hasOwn(arrays, type) ? arrays[type] : undefined;
  if (!make) throw invalid(`There are no golden values of the type ${JSON.stringify(type)}.`);
  // JSON has no NaN: null stands for it.
  return make(data.map((value) => (value === null ? NaN : Number(value))));
}

function wholeNumber(value: unknown): bigint {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return BigInt(value);
  throw invalid(`Among 64-bit integers there is ${shown(value)}, which is none.`);
}

function invalid(message: string): ManifestError {
  return new ManifestError('file-invalid', message);
}

/** As deep as JSON files may be. */
const maxDepth = 100;

const arrays: Partial<Record<DataType, (data: number[]) => ArrayBufferView>> = {
  float32: (data) => Float32Array.from(data),
  float64: (data) => Float64Array.from(data),
  float16: (data) => Uint16Array.from(data),
  int8: (data) => Int8Array.from(data),
  uint8: (data) => Uint8Array.from(data),
  int16: (data) => Int16Array.from(data),
  uint16: (data) => Uint16Array.from(data),
  int32: (data) => Int32Array.from(data),
  uint32: (data) => Uint32Array.from(data),
  bool: (data) => Uint8Array.from(data),
};
