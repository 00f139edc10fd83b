import type { Pixels } from './resize.ts';

/** A rectangle in pixels of an image; `xmax` and `ymax` are just outside of it. */
export interface Box {
  readonly xmin: number;
  readonly ymin: number;
  readonly xmax: number;
  readonly ymax: number;
}

/**
 * The part of an image that a box shows, grown on each side by `margin` of the box's size, rounded to whole pixels
 * outwards, and cut to the image. Undefined where nothing of it lies in the image.
 */
export function cropBox(pixels: Pixels, { xmin, ymin, xmax, ymax }: Box, margin: number): Pixels | undefined {
  const across = (xmax - xmin) * margin;
  const down = (ymax - ymin) * margin;
  const left = Math.max(0, Math.floor(xmin - across));
  const top = Math.max(0, Math.floor(ymin - down));
  const width = Math.min(pixels.width, Math.ceil(xmax + across)) - left;
  const height = Math.min(pixels.height, Math.ceil(ymax + down)) - top;
  if (!(width > 0 && height > 0)) return undefined;
  const { channels } = pixels;
  const data = new Uint8ClampedArray(width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * pixels.width + left) * channels;
    data.set(pixels.data.subarray(from, from + width * channels), y * width * channels);
  }
  return { data, width, height, channels };
}
