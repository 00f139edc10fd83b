import { InputError } from '../errors.ts';
import type { Pixels } from './resize.ts';

/**
 * Pixels that somebody has already, as RGB: `{ data, width, height }` with 1, 3 or 4 bytes a pixel, an `ImageData` among
 * them. What is transparent shows white paper. Undefined for what is no such thing.
 *
 * @throws {InputError} on `field` when its parts do not fit each other.
 */
export function pixelsOf(value: unknown, field: string): Pixels | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { data, width, height } = value as Partial<Pixels>;
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) return undefined;
  if (!Number.isInteger(width) || !Number.isInteger(height)) return undefined;
  if (width! < 0 || height! < 0) {
    throw new InputError(field, `The ${field} has ${width} × ${height} pixels: no side is under 0.`);
  }
  const area = width! * height!;
  if (area === 0) throw new InputError(field, `The ${field} is empty: it has no pixels.`);
  const channels = data.length / area;
  if (channels === 4) return onWhite(data, width!, height!);
  if (channels === 3) return { data, width: width!, height: height!, channels };
  if (channels === 1) return { data: inThree(data), width: width!, height: height!, channels: 3 };
  throw new InputError(
    field,
    `The ${field} of ${width} × ${height} pixels has ${data.length} bytes; it takes 1 (grey), 3 (RGB) or 4 (RGBA) a pixel.`,
  );
}

/** RGBA on white paper, as RGB. */
export function onWhite(data: Uint8Array | Uint8ClampedArray, width: number, height: number): Pixels {
  const rgb = new Uint8ClampedArray(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    const alpha = data[from + 3]!;
    if (alpha === 255) {
      rgb[to] = data[from]!;
      rgb[to + 1] = data[from + 1]!;
      rgb[to + 2] = data[from + 2]!;
      continue;
    }
    const paper = 255 - alpha;
    for (let channel = 0; channel < 3; channel++) rgb[to + channel] = (data[from + channel]! * alpha) / 255 + paper;
  }
  return { data: rgb, width, height, channels: 3 };
}

function inThree(grey: Uint8Array | Uint8ClampedArray): Uint8ClampedArray {
  const rgb = new Uint8ClampedArray(grey.length * 3);
  for (let i = 0; i < rgb.length; i++) rgb[i] = grey[Math.floor(i / 3)]!;
  return rgb;
}

/** What a value is, for messages. */
export function shownType(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value !== 'object') return `a ${typeof value}`;
  return `of the kind ${Object.prototype.toString.call(value).slice(8, -1)}`;
}
