import { InputError, StoreError } from '../../errors.ts';
import { sendInput } from '../send-input.ts';

/** An input as it is kept: what of it is large is in files of its own. */
export interface KeptInput {
  /** A structured clone, with nothing in the places of `parts`. */
  readonly value: unknown;
  readonly parts: readonly KeptPart[];
}

/** A large part of an input. */
interface KeptPart {
  /** Where it is: keys of the objects around it, the outermost first; none of an input that is one part. */
  readonly path: readonly (string | number)[];
  /** What the file is called. */
  readonly file: string;
  readonly kind: PartKind;
}

type PartKind =
  | { readonly of: 'Blob'; readonly type: string }
  | { readonly of: 'File'; readonly type: string; readonly name: string; readonly lastModified: number }
  | { readonly of: 'ArrayBuffer' }
  | { readonly of: 'ImageData'; readonly width: number; readonly height: number }
  | { readonly of: 'view'; readonly name: string };

/** An input that can be kept, and what is to be written of it before. */
export interface KeepableInput {
  readonly input: KeptInput;
  /** By their names. */
  readonly files: ReadonlyMap<string, Blob>;
}

/** Bytes from which on a part has a file of its own. */
const largeBytes = 2 ** 20;

/** Objects within objects that are looked through. */
const mostDepth = 4;

/**
 * Makes an input ready to be kept: what only a page has becomes pixels or samples, as they are now.
 *
 * @param inFiles whether there is a place for files; the input is taken before that is known
 * @throws {InputError} what can be neither cloned nor kept
 */
export async function keepableInput(input: unknown, inFiles: Promise<boolean>): Promise<KeepableInput> {
  const sent = await sendInput(input, false, undefined);
  try {
    const value = await pixelsOf(sent.input, 1);
    const files = new Map<string, Blob>();
    const parts: KeptPart[] = [];
    const rest = (await inFiles) ? withoutLarge(value, [], parts, files) : value;
    return { input: { value: clone('input', rest), parts }, files };
  } finally {
    sent.release?.();
  }
}

/** A value as it is now, and can be kept. @throws {InputError} on `field` */
export function clone<T>(field: string, value: T): T {
  try {
    return structuredClone(value);
  } catch (cause) {
    throw new InputError(
      field,
      `The ${field} cannot be kept for later: ${(cause as Error).message} Pass plain data, a Blob, a File, or an array of numbers.`,
      { cause },
    );
  }
}

/**
 * An input as it was given, once it is needed.
 *
 * @param kept undefined where it was removed
 * @param read opens a file by its name
 * @throws {StoreError} `store-failed` where it, or one of its files, is gone
 */
export async function keptInput(
  kept: KeptInput | undefined,
  read: (file: string) => Promise<File | undefined>,
): Promise<unknown> {
  if (!kept) throw gone();
  const { value, parts } = kept;
  let whole = value;
  for (const { path, file, kind } of parts) {
    const found = await read(file);
    if (!found) throw gone();
    const part = await partOf(found, kind);
    const last = path.at(-1);
    if (last === undefined) whole = part;
    else Object.assign(path.slice(0, -1).reduce(inner, whole) as object, { [last]: part });
  }
  return whole;
}

function gone(): StoreError {
  return new StoreError('store-failed', 'The input of this request is gone from this device. Make the request anew.');
}

function inner(outer: unknown, key: string | number): unknown {
  return (outer as Record<string | number, unknown>)[key];
}

/** Bitmaps and frames cannot be kept, their pixels can. */
async function pixelsOf(value: unknown, depth: number): Promise<unknown> {
  if (isA(value, 'ImageBitmap')) {
    const pixels = drawn(value as ImageBitmap);
    (value as ImageBitmap).close();
    return pixels;
  }
  if (isA(value, 'VideoFrame')) return pixelsOf(await createImageBitmap(value as VideoFrame), depth);
  if (depth < 0 || !isPlain(value)) return value;
  const entries = Object.entries(value).map(async ([key, item]) => [key, await pixelsOf(item, depth - 1)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function drawn(bitmap: ImageBitmap): ImageData {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height);
}

/** Takes large parts out of a value, which stays as it is. */
function withoutLarge(
  value: unknown,
  path: readonly (string | number)[],
  parts: KeptPart[],
  files: Map<string, Blob>,
): unknown {
  const large = largePart(value);
  if (large) {
    const file = crypto.randomUUID();
    files.set(file, large.bytes);
    parts.push({ path, file, kind: large.kind });
    return null;
  }
  if (path.length >= mostDepth) return value;
  if (Array.isArray(value)) {
    if (typeof value[0] !== 'object') return value;
    return value.map((item: unknown, index) => withoutLarge(item, [...path, index], parts, files));
  }
  if (!isPlain(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, withoutLarge(item, [...path, key], parts, files)]);
  return Object.fromEntries(entries) as unknown;
}

function largePart(value: unknown): { bytes: Blob; kind: PartKind } | undefined {
  if (value instanceof Blob) {
    if (value.size < largeBytes) return undefined;
    const { type } = value;
    if (!(value instanceof File)) return { bytes: value, kind: { of: 'Blob', type } };
    return { bytes: value, kind: { of: 'File', type, name: value.name, lastModified: value.lastModified } };
  }
  if (value instanceof ArrayBuffer) {
    return value.byteLength < largeBytes ? undefined : { bytes: new Blob([value]), kind: { of: 'ArrayBuffer' } };
  }
  if (value instanceof ImageData && value.colorSpace === 'srgb') {
    const { data, width, height } = value;
    if (data.byteLength < largeBytes || isA(data, 'Float16Array')) return undefined;
    return { bytes: new Blob([data]), kind: { of: 'ImageData', width, height } };
  }
  if (!ArrayBuffer.isView(value) || value.byteLength < largeBytes) return undefined;
  return { bytes: new Blob([value as BlobPart]), kind: { of: 'view', name: tagOf(value) } };
}

function partOf(file: File, kind: PartKind): unknown {
  switch (kind.of) {
    case 'Blob':
      return file.slice(0, file.size, kind.type);
    case 'File':
      return new File([file], kind.name, kind);
    case 'ArrayBuffer':
      return file.arrayBuffer();
    case 'ImageData':
      return file.arrayBuffer().then((bytes) => new ImageData(new Uint8ClampedArray(bytes), kind.width, kind.height));
    default:
      return file.arrayBuffer().then((bytes) => viewOf(bytes, kind.name));
  }
}

function viewOf(bytes: ArrayBuffer, name: string): unknown {
  const View = (globalThis as unknown as Record<string, new (buffer: ArrayBuffer) => unknown>)[name]!;
  return new View(bytes);
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function isA(value: unknown, tag: string): boolean {
  return typeof value === 'object' && value !== null && tagOf(value) === tag;
}

/** The platform's name for a value's kind, the same for values of other frames. */
function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
