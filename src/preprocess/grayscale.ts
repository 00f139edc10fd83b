import type { Pixels } from './resize.ts';

/**
 * Gives the luma of RGB `pixels` in one channel, bit for bit as Pillow's `Image.convert('L')`: ITU-R BT.601 weights
 * in 16-bit fixed point (Pillow's `src/libImaging/Convert.c`). Pixels that are grey already are copied.
 *
 * The result has memory of its own. Throws `RangeError` for channels other than 1 or 3, and for data of another
 * length than its size.
 */
export function grayscale(pixels: Pixels): Pixels {
  const { data, width, height, channels } = pixels;
  if ((channels !== 1 && channels !== 3) || data.length !== width * height * channels) {
    throw new RangeError(
      `Cannot make ${width}x${height} with ${channels} channels in ${data.length} bytes grey: it takes 1 or 3 channels of a byte a pixel.`,
    );
  }
  if (channels === 1) return { ...pixels, data: data.slice() };
  const luma = new Uint8ClampedArray(width * height);
  for (let i = 0, at = 0; i < luma.length; i++, at += 3) {
    luma[i] = (data[at]! * 19595 + data[at + 1]! * 38470 + data[at + 2]! * 7471 + 0x8000) >> 16;
  }
  return { data: luma, width, height, channels: 1 };
}
