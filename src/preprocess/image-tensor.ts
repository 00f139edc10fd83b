import { InputError } from '../errors.ts';
import { moved, stretched, unchanged, type ImageGeometry } from '../image-geometry.ts';
import type { ImageStep, PadStep } from '../manifest/index.ts';
import type { Tensor } from '../tensor.ts';
import { centerCrop } from './center-crop.ts';
import { grayscale } from './grayscale.ts';
import { pad, padSymmetric, type Frame } from './pad.ts';
import { resize, type Pixels } from './resize.ts';
import { resolveSize } from './resolve-size.ts';
import { reverseChannels } from './reverse-channels.ts';

/** Channel order, place of the channels, and type of number of a model's input. */
export interface ImageLayout {
  readonly channels: 1 | 3;
  /** `NHWC` is what TensorFlow exports. */
  readonly order: 'NCHW' | 'NHWC';
  /** `uint8` goes without steps on numbers. */
  readonly type: 'float32' | 'uint8';
}

/** What an image became. */
export interface ImageTensor {
  /** `[1, channels, height, width]` or `[1, height, width, channels]`. */
  readonly tensor: Tensor<'float32'> | Tensor<'uint8'>;
  readonly geometry: ImageGeometry;
}

/**
 * Makes an image what a model is fed, by steps that `checkImageSteps()` has found sound: equal to Pillow on pixels, and
 * to NumPy in float32 on numbers. Color becomes grey before all else where the model takes one channel and no step says
 * when.
 *
 * @throws {InputError} on `image` when the steps cannot be done with an image of its size.
 */
export function imageTensor(pixels: Pixels, steps: readonly ImageStep[], layout: ImageLayout): ImageTensor {
  const isGrey = steps.some(({ step }) => step === 'grayscale');
  let picture: Picture = {
    pixels: layout.channels === 1 && !isGrey ? grayscale(pixels) : pixels,
    geometry: { x: unchanged(pixels.width), y: unchanged(pixels.height) },
  };
  const border = steps.findIndex(isNumeric);
  const onPixels = border < 0 ? steps : steps.slice(0, border);
  for (const step of onPixels) picture = applyStep(picture, step);
  const last = border < 0 ? undefined : steps.at(-1);
  const padding = last?.step === 'pad' || last?.step === 'pad-to-multiple' ? last : undefined;
  const frame = padding ? frameOf(picture.pixels, padding) : { ...picture.pixels, left: 0, top: 0 };
  const { width, height } = frame;
  if (!(width * height <= maxPixels))
    throw new InputError(
      'image',
      `The image would come to ${width} × ${height} pixels, too many for a model. Crop it.`,
    );
  const data =
    layout.type === 'uint8'
      ? new Uint8Array(width * height * layout.channels)
      : new Float32Array(width * height * layout.channels);
  for (let channel = 0; channel < layout.channels; channel++) {
    const start = layout.order === 'NCHW' ? channel * width * height : channel;
    const stride = layout.order === 'NCHW' ? 1 : layout.channels;
    if (padding?.color) {
      const value = padding.color[Math.min(channel, padding.color.length - 1)]!;
      for (let to = start, i = 0; i < width * height; i++, to += stride) data[to] = value;
    }
    writeChannel(picture.pixels, channel, lookupOf(steps, channel), data, frame, start, stride);
  }
  return {
    tensor: {
      type: layout.type,
      data,
      dims: layout.order === 'NCHW' ? [1, layout.channels, height, width] : [1, height, width, layout.channels],
    } as ImageTensor['tensor'],
    geometry: framed(picture.geometry, frame),
  };
}

/** Whether a step works on numbers, and no more on pixels. */
export function isNumeric({ step }: ImageStep): boolean {
  return step === 'rescale' || step === 'normalize';
}

type PadToMultipleStep = Extract<ImageStep, { step: 'pad-to-multiple' }>;

interface Picture {
  readonly pixels: Pixels;
  readonly geometry: ImageGeometry;
}

/** Pixels of a resized image: what 256 MB of a model's input can hold. */
const maxPixels = 2 ** 24;

function applyStep({ pixels, geometry }: Picture, step: ImageStep): Picture {
  switch (step.step) {
    case 'grayscale':
      return { pixels: grayscale(pixels), geometry };
    case 'reverse-channels':
      return { pixels: reverseChannels(pixels), geometry };
    case 'resize': {
      const { width, height } = resolveSize(step.size, pixels.width, pixels.height);
      if (!(width >= 1 && height >= 1 && width * height <= maxPixels)) {
        throw new InputError(
          'image',
          `The image of ${pixels.width} × ${pixels.height} pixels would be resized to ${width} × ${height}: it is too ${width * height > 0 ? 'large or too narrow' : 'small or too narrow'}. Crop it, or take another.`,
        );
      }
      if (width === pixels.width && height === pixels.height) return { pixels, geometry };
      const resized = resize(pixels, width, height, step.filter ?? 'bilinear');
      return { pixels: resized, geometry: { x: stretched(geometry.x, width), y: stretched(geometry.y, height) } };
    }
    case 'center-crop': {
      const { width, height } = step;
      const left = -Math.floor((pixels.width - width) / 2);
      const top = -Math.floor((pixels.height - height) / 2);
      return { pixels: centerCrop(pixels, width, height), geometry: framed(geometry, { width, height, left, top }) };
    }
    case 'pad':
    case 'pad-to-multiple': {
      const frame = frameOf(pixels, step);
      const isMirrored = step.step === 'pad-to-multiple' && step.mode === 'symmetric';
      return {
        pixels: isMirrored ? padSymmetric(pixels, frame) : pad(pixels, frame, step.color ?? [0]),
        geometry: framed(geometry, frame),
      };
    }
    default:
      return { pixels, geometry };
  }
}

function framed({ x, y }: ImageGeometry, { width, height, left, top }: Frame): ImageGeometry {
  return { x: moved(x, left, width), y: moved(y, top, height) };
}

function frameOf(image: Pixels, step: PadStep | PadToMultipleStep): Frame {
  if (step.step === 'pad-to-multiple') {
    return { width: nextMultiple(image.width, step), height: nextMultiple(image.height, step), left: 0, top: 0 };
  }
  const { width, height } = step;
  if (image.width > width || image.height > height) {
    throw new InputError(
      'image',
      `The image comes to ${image.width} × ${image.height} pixels, and the model takes ${width} × ${height} at most. Pass a smaller one, or put a "resize" before the "pad" in inference.json.`,
    );
  }
  if (step.place === 'top-left') return { width, height, left: 0, top: 0 };
  return {
    width,
    height,
    left: Math.floor((width - image.width) / 2),
    top: Math.floor((height - image.height) / 2),
  };
}

/** What a side is padded to. */
export function nextMultiple(side: number, { of, always }: PadToMultipleStep): number {
  return (always ? Math.floor(side / of) + 1 : Math.ceil(side / of)) * of;
}

/** Writes one channel of interleaved pixels into the model's input, each value through the table. */
function writeChannel(
  { data, width, height, channels }: Pixels,
  channel: number,
  lookup: Float32Array,
  into: Float32Array | Uint8Array,
  frame: Frame,
  start: number,
  stride: number,
): void {
  let from = channel;
  for (let y = 0; y < height; y++) {
    const first = start + ((frame.top + y) * frame.width + frame.left) * stride;
    const end = first + width * stride;
    for (let to = first; to < end; to += stride, from += channels) into[to] = lookup[data[from]!]!;
  }
}

/** What each of the 256 values of a channel becomes, rounded to float32 after each operation as NumPy does. */
function lookupOf(steps: readonly ImageStep[], channel: number): Float32Array {
  const lookup = Float32Array.from({ length: 256 }, (_, value) => value);
  for (const step of steps) {
    if (step.step === 'rescale') {
      const { factor, offset = 0 } = step;
      lookup.forEach((value, i) => (lookup[i] = Math.fround(value * factor) + offset));
    } else if (step.step === 'normalize') {
      const mean = Math.fround(step.mean[Math.min(channel, step.mean.length - 1)]!);
      const std = Math.fround(step.std[Math.min(channel, step.std.length - 1)]!);
      lookup.forEach((value, i) => (lookup[i] = Math.fround(value - mean) / std));
    }
  }
  return lookup;
}
