import type { Pixels } from './resize.ts';

/** Gives RGB pixels as BGR, or the other way round. Grey pixels are copied. The result has memory of its own. */
export function reverseChannels(pixels: Pixels): Pixels {
  const { data, channels } = pixels;
  const reversed = new Uint8ClampedArray(data.length);
  for (let at = 0; at < data.length; at += channels) {
    for (let channel = 0; channel < channels; channel++) reversed[at + channel] = data[at + channels - 1 - channel]!;
  }
  return { ...pixels, data: reversed };
}
