import type { Pixels } from './resize.ts';

/**
 * Gives the middle `width` × `height` of `pixels`, with black around an image that is smaller, as `center_crop` of
 * Hugging Face transformers does (`src/transformers/image_transforms.py`): where the difference is odd, the crop
 * leaves the larger part on the right and below, and the padding has it on the left and above.
 *
 * The result has memory of its own. Throws `RangeError` for a size that is not a positive integer, and for data of
 * another length than its size.
 */
export function centerCrop(pixels: Pixels, width: number, height: number): Pixels {
  const { data, channels } = pixels;
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side <= 0) {
      throw new RangeError(`Cannot crop to ${width}x${height}: each side must be a positive integer.`);
    }
  }
  if (data.length !== pixels.width * pixels.height * channels) {
    throw new RangeError(
      `Cannot crop: ${pixels.width}x${pixels.height} with ${channels} channels is not ${data.length} bytes.`,
    );
  }
  const cropped = new Uint8ClampedArray(width * height * channels);
  const across = overlap(pixels.width, width);
  const down = overlap(pixels.height, height);
  for (let y = 0; y < down.length; y++) {
    const from = ((down.from + y) * pixels.width + across.from) * channels;
    const row = data.subarray(from, from + across.length * channels);
    cropped.set(row, ((down.to + y) * width + across.to) * channels);
  }
  return { data: cropped, width, height, channels };
}

/** Along one axis: `length` pixels from `from` in the image go to `to` in the crop. */
interface Overlap {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

function overlap(image: number, crop: number): Overlap {
  const offset = Math.floor((image - crop) / 2);
  return { from: Math.max(0, offset), to: Math.max(0, -offset), length: Math.min(image, crop) };
}
