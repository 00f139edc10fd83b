import { InputError } from '../errors.ts';
import type * as sendAudio from './send-audio.ts';

/** An input as it can cross to an engine, with what is given away with it. */
export interface SentInput {
  readonly input: unknown;
  readonly transfer: readonly Transferable[];
  /** The same input once more, for another engine; undefined of what the caller gave away. */
  readonly renew: (() => Promise<SentInput>) | undefined;
  /** Lets go of what was kept for that. */
  release?(): void;
}

/**
 * Takes out of an input what only a page has: a canvas, `<img>` or `<video>` becomes a bitmap of what it shows now; a `URL`
 * becomes its address. They may stand alone or in a field of an object. Other data are copied at once, so that the caller
 * may change them, or with `giveAway` handed over: buffers, bitmaps and frames are then empty afterwards.
 *
 * @param sampleRate samples a second that the model wants, where it is for sound
 */
export async function sendInput(
  input: unknown,
  giveAway: boolean,
  sampleRate: number | undefined,
  signal?: AbortSignal,
): Promise<SentInput> {
  const own = giveAway ? input : copyOf(input, 3);
  const readable =
    sampleRate === undefined ? own : await (await sound()).audioSamples(own, sampleRate, 'audio', signal);
  const made = new Set<ImageBitmap>();
  const converted = await convert(readable, 'input', made, 1);
  if (!giveAway) return made.size === 0 ? asItIs(converted) : withBitmaps(converted, made);
  const transfer = new Set<Transferable>(made);
  collectTransferables(converted, transfer, 1);
  return { input: converted, transfer: [...transfer], renew: undefined };
}

/** An input that crosses by being copied, as often as it has to. */
export function asItIs(input: unknown): SentInput {
  const sent: SentInput = { input, transfer: [], renew: async () => sent };
  return sent;
}

/**
 * The same of what is nothing but data, without waiting.
 *
 * @returns undefined where something in it may be for `sendInput()` to convert
 */
export function sendData(input: unknown): SentInput | undefined {
  const copy = copyOfData(input, 3);
  return copy === notData ? undefined : asItIs(copy);
}

const notData = Symbol('not data');

/** Data as they are now. */
function copyOfData(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Blob) return value;
  if (ArrayBuffer.isView(value)) return 'slice' in value ? (value as Float32Array).slice() : notData;
  if (Array.isArray(value)) {
    if (typeof value[0] !== 'object') return value.slice();
    const items = value.map((item) => copyOfData(item, depth - 1));
    return items.includes(notData) ? notData : items;
  }
  if (depth < 0 || !isPlain(value)) return notData;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const own = copyOfData(item, depth - 1);
    if (own === notData || key === '__proto__') return notData;
    copy[key] = own;
  }
  return copy;
}

/** Sends copies of bitmaps, which share their pixels, and keeps the bitmaps. */
async function withBitmaps(kept: unknown, made: ReadonlySet<ImageBitmap>): Promise<SentInput> {
  const transfer: ImageBitmap[] = [];
  const copied = async (value: unknown, depth: number): Promise<unknown> => {
    if (made.has(value as ImageBitmap)) {
      const bitmap = await createImageBitmap(value as ImageBitmap, unchanged);
      transfer.push(bitmap);
      return bitmap;
    }
    if (depth < 0 || !isPlain(value)) return value;
    const entries = Object.entries(value).map(async ([key, item]) => [key, await copied(item, depth - 1)] as const);
    return Object.fromEntries(await Promise.all(entries));
  };
  const input = await copied(kept, 1);
  return {
    input,
    transfer,
    renew: () => withBitmaps(kept, made),
    release() {
      for (const bitmap of made) bitmap.close();
    },
  };
}

/** What reads sound is fetched where there is some. */
const sound = (): Promise<typeof sendAudio> => import('./send-audio.ts');

/** Data as they are now. */
function copyOf(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return 'slice' in value ? (value as Float32Array).slice() : structuredClone(value);
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (typeof ImageData !== 'undefined' && value instanceof ImageData) return structuredClone(value);
  if (Array.isArray(value) && depth >= 0)
    return value.length > 0 && typeof value[0] === 'object'
      ? value.map((item) => copyOf(item, depth - 1))
      : value.slice();
  if (depth < 0 || !isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item, depth - 1)]));
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

async function convert(value: unknown, field: string, made: Set<ImageBitmap>, depth: number): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof URL) return value.href;
  if (tagOf(value) === 'AudioBuffer')
    return (await sound()).audioSamples(value, (value as AudioBuffer).sampleRate, field);
  if (isDrawable(value)) {
    const bitmap = await bitmapOf(value, field === 'input' ? 'image' : field);
    made.add(bitmap);
    return bitmap;
  }
  if (!isPlain(value) || depth < 0) return value;
  const entries = Object.entries(value).map(
    async ([key, item]) => [key, await convert(item, key, made, depth - 1)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** What of a value can be given away, in its fields too. */
function collectTransferables(value: unknown, transfer: Set<Transferable>, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  for (const owned of transferables(value)) transfer.add(owned);
  if (depth >= 0 && isPlain(value))
    for (const item of Object.values(value)) collectTransferables(item, transfer, depth - 1);
}

/** A bitmap of the very same pixels. */
const unchanged: ImageBitmapOptions = { premultiplyAlpha: 'none', colorSpaceConversion: 'none' };

type Drawable = HTMLCanvasElement | OffscreenCanvas | HTMLImageElement | HTMLVideoElement;

function isDrawable(value: object): value is Drawable {
  return ['HTMLCanvasElement', 'OffscreenCanvas', 'HTMLImageElement', 'HTMLVideoElement'].includes(tagOf(value));
}

async function bitmapOf(source: Drawable, field: string): Promise<ImageBitmap> {
  try {
    if ('decode' in source && !source.complete) await source.decode();
    return await createImageBitmap(source, unchanged);
  } catch (cause) {
    throw new InputError(
      field,
      `The ${field} is a ${tagOf(source)} that cannot be read: it is empty or not loaded, or shows pixels of another origin without crossorigin.`,
      { cause },
    );
  }
}

/** What of a value can be given away: its buffer, or the value itself. */
function transferables(value: object): Transferable[] {
  if (ArrayBuffer.isView(value)) return value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
  if (value instanceof ArrayBuffer) return [value];
  if (tagOf(value) === 'ImageBitmap' || tagOf(value) === 'VideoFrame') return [value as Transferable];
  return value instanceof ImageData ? [value.data.buffer] : [];
}

/** The platform's name for a value's kind, the same for values of other frames. */
function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
