import { convertIndexedToRgb, decode, type DecodedPng } from 'fast-png';
import { onWhite } from '../preprocess/pixels.ts';
import type { Pixels } from '../preprocess/resize.ts';

/**
 * Decodes a PNG of any kind to RGB on white paper. Of 16 bits the upper 8 stay, as in Pillow; colour profiles and gamma
 * are not applied.
 *
 * @throws what fast-png throws for what is no PNG, or is damaged.
 */
export function readPng(bytes: Uint8Array): Pixels {
  const image = decode(bytes, { checkCrc: true });
  const { width, height } = image;
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  const { data, channels, key } = samplesOf(image);
  const hasAlpha = channels === 2 || channels === 4;
  const colours = hasAlpha ? channels - 1 : channels;
  const top = image.depth === 16 ? 8 : 0;
  for (let from = 0, to = 0; to < rgba.length; from += channels, to += 4) {
    for (let colour = 0; colour < 3; colour++) rgba[to + colour] = data[from + (colours === 3 ? colour : 0)]! >> top;
    if (hasAlpha) rgba[to + 3] = data[from + channels - 1]! >> top;
    else if (key?.every((value, colour) => data[from + colour] === value)) rgba[to + 3] = 0;
  }
  return onWhite(rgba, width, height);
}

interface PngSamples {
  readonly data: Uint8Array | Uint16Array | Uint8ClampedArray;
  /** Grey, grey and alpha, RGB, or RGBA. */
  readonly channels: number;
  /** The colour that is transparent, before any scaling. */
  readonly key?: ArrayLike<number> &
    Iterable<number> & { every(test: (value: number, index: number) => boolean): boolean };
}

/** One sample a place, whatever the file packs into a byte. */
function samplesOf(image: DecodedPng): PngSamples {
  if (image.palette) return { data: convertIndexedToRgb(image), channels: image.palette[0]!.length };
  const { depth, width, height, channels } = image;
  if (depth >= 8) return { data: image.data, channels, ...(image.transparency && { key: image.transparency }) };
  const rowBytes = Math.ceil((width * depth) / 8);
  const highest = 2 ** depth - 1;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = image.data[y * rowBytes + (bit >> 3)]!;
      data[y * width + x] = (((byte >> (8 - depth - (bit & 7))) & highest) * 255) / highest;
    }
  }
  const key = image.transparency && Uint16Array.from(image.transparency, (value) => (value * 255) / highest);
  return { data, channels, ...(key && { key }) };
}
