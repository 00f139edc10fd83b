/** A part of an image that a model gave. */
export interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** `x * factor_c + offset_c`, a number a channel, or one for all. */
export interface LinearStep {
  readonly factor: readonly number[];
  readonly offset: readonly number[];
}

/**
 * Gives the RGBA bytes of `part` of an image `[channels, height, width]` of 1 or 3 channels: each value through `steps`,
 * in float32 as NumPy does, cut to 0 to 255, and rounded to the nearest, ties to even. Alpha is 255. What is not a number
 * becomes 0.
 */
export function rgbaOf(
  values: ArrayLike<number>,
  image: { channels: number; width: number; height: number; channelsLast: boolean },
  steps: readonly LinearStep[],
  part: Part,
): Uint8ClampedArray<ArrayBuffer> {
  const { channels, width, height, channelsLast } = image;
  const rgba = new Uint8ClampedArray(part.width * part.height * 4).fill(255);
  const [perChannel, perPixel] = channelsLast ? [1, channels] : [width * height, 1];
  for (let c = 0; c < 3; c++) {
    const channel = Math.min(c, channels - 1);
    const apply = linear(steps, channel);
    let to = c;
    for (let y = part.top; y < part.top + part.height; y++) {
      for (let x = part.left; x < part.left + part.width; x++, to += 4) {
        // A clamped array cuts, and rounds ties to even.
        rgba[to] = apply(values[channel * perChannel + (y * width + x) * perPixel]!);
      }
    }
  }
  return rgba;
}

function linear(steps: readonly LinearStep[], channel: number): (value: number) => number {
  const own = steps.map(({ factor, offset }) => ({
    factor: Math.fround(factor[Math.min(channel, factor.length - 1)]!),
    offset: Math.fround(offset[Math.min(channel, offset.length - 1)]!),
  }));
  return (value) =>
    own.reduce((result, { factor, offset }) => Math.fround(Math.fround(result * factor) + offset), Math.fround(value));
}
