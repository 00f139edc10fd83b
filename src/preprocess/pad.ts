import type { Pixels } from './resize.ts';

/** What an image is padded to, and where in it it lies. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Pixels left of the image. */
  readonly left: number;
  /** Pixels above the image. */
  readonly top: number;
}

/**
 * Gives `pixels` within a frame of `color`, a byte a channel or one for all, as `numpy.pad(…, constant_values=color)`.
 *
 * The result has memory of its own. Throws `RangeError` when the image is not within the frame.
 */
export function pad(pixels: Pixels, frame: Frame, color: readonly number[]): Pixels {
  check(pixels, frame);
  const { width, height, left, top } = frame;
  const { data, channels } = pixels;
  const padded = new Uint8ClampedArray(width * height * channels);
  if (color.some((value) => value !== 0)) {
    for (let i = 0; i < padded.length; i++) padded[i] = color[color.length === 1 ? 0 : i % channels]!;
  }
  const row = pixels.width * channels;
  for (let y = 0; y < pixels.height; y++) {
    padded.set(data.subarray(y * row, (y + 1) * row), ((top + y) * width + left) * channels);
  }
  return { data: padded, width, height, channels };
}

/**
 * Gives `pixels` within a frame of their own mirror image, the pixels at the border twice, as
 * `numpy.pad(…, mode='symmetric')`.
 *
 * The result has memory of its own. Throws `RangeError` when the image is not within the frame.
 */
export function padSymmetric(pixels: Pixels, frame: Frame): Pixels {
  check(pixels, frame);
  const { width, height, left, top } = frame;
  const { data, channels } = pixels;
  const padded = new Uint8ClampedArray(width * height * channels);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = mirrored(y - top, pixels.height) * pixels.width;
    for (let x = 0; x < width; x++) {
      const from = (row + mirrored(x - left, pixels.width)) * channels;
      for (let channel = 0; channel < channels; channel++) padded[to++] = data[from + channel]!;
    }
  }
  return { data: padded, width, height, channels };
}

/** `… 1 0 | 0 1 2 | 2 1 0 | 0 1 …` for a length of 3. */
function mirrored(index: number, length: number): number {
  const period = 2 * length;
  const place = ((index % period) + period) % period;
  return place < length ? place : period - 1 - place;
}

function check(pixels: Pixels, { width, height, left, top }: Frame): void {
  const fits = left >= 0 && top >= 0 && left + pixels.width <= width && top + pixels.height <= height;
  if (!(fits && [width, height, left, top].every(Number.isInteger)))
    throw new RangeError(
      `Cannot pad ${pixels.width}x${pixels.height} at (${left}, ${top}) to ${width}x${height}: it does not lie within.`,
    );
}
