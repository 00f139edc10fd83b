import { InputError } from '../errors.ts';
import { audioSamples } from './send-audio.ts';

/** An input as it can cross to an engine, with what is given away with it. */
export interface SentInput {
  readonly input: unknown;
  readonly transfer: Transferable[];
}

/**
 * Takes out of an input what only a page has: a canvas, `<img>` or `<video>` becomes a bitmap of what it shows now,
 * which is given away; a `URL` becomes its address. They may stand alone or in a field of an object.
 * Other data are copied, or with `giveAway` handed over: buffers, bitmaps and frames are then empty afterwards.
 *
 * @param sampleRate samples a second that the model wants, where it is for sound
 */
export async function sendInput(
  input: unknown,
  giveAway: boolean,
  sampleRate: number | undefined,
  signal?: AbortSignal,
): Promise<SentInput> {
  const transfer = new Set<Transferable>();
  const readable = sampleRate === undefined ? input : await audioSamples(input, sampleRate, 'audio', signal);
  // Samples that were decoded just now are nobody else's.
  const sent = await convert(readable, 'input', giveAway || readable !== input, transfer, 1);
  return { input: sent, transfer: [...transfer] };
}

/** True when an input crosses as it is, which spares a call the wait for a conversion. */
export function crossesAsItIs(input: unknown, sampleRate: number | undefined): boolean {
  if (sampleRate !== undefined) return false;
  return (
    typeof input === 'string' ||
    input instanceof Blob ||
    (typeof ImageData !== 'undefined' && input instanceof ImageData)
  );
}

async function convert(
  value: unknown,
  field: string,
  giveAway: boolean,
  transfer: Set<Transferable>,
  depth: number,
): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof URL) return value.href;
  if (tagOf(value) === 'AudioBuffer') return audioSamples(value, (value as AudioBuffer).sampleRate, field);
  if (isDrawable(value)) {
    const bitmap = await bitmapOf(value, field === 'input' ? 'image' : field);
    transfer.add(bitmap);
    return bitmap;
  }
  if (giveAway) for (const owned of transferables(value)) transfer.add(owned);
  else if (isSmallPart(value)) return value.slice();
  const isPlain = Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain || depth < 0) return value;
  const entries = Object.entries(value).map(
    async ([key, item]) => [key, await convert(item, key, giveAway, transfer, depth - 1)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

type Drawable = HTMLCanvasElement | OffscreenCanvas | HTMLImageElement | HTMLVideoElement;

function isDrawable(value: object): value is Drawable {
  return ['HTMLCanvasElement', 'OffscreenCanvas', 'HTMLImageElement', 'HTMLVideoElement'].includes(tagOf(value));
}

async function bitmapOf(source: Drawable, field: string): Promise<ImageBitmap> {
  try {
    if ('decode' in source && !source.complete) await source.decode();
    return await createImageBitmap(source, { premultiplyAlpha: 'none', colorSpaceConversion: 'none' });
  } catch (cause) {
    throw new InputError(
      field,
      `The ${field} is a ${tagOf(source)} that cannot be read: it is empty or not loaded, or shows pixels of another origin without crossorigin.`,
      { cause },
    );
  }
}

type TypedArray = Float32Array | Uint8Array;

/** A view's whole buffer is copied with it: a small part of a large one is better copied by itself before. */
function isSmallPart(value: object): value is TypedArray {
  if (!ArrayBuffer.isView(value) || !('slice' in value)) return false;
  return value.buffer.byteLength > spareBytes && value.byteLength < value.buffer.byteLength / 2;
}

/** Bytes that are copied in no time. */
const spareBytes = 2 ** 16;

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
