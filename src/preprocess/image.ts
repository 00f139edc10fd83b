import { InputError } from '../errors.ts';
import type { ImageProcessing } from '../manifest/index.ts';
import type { Tensor } from '../tensor.ts';
import { centerCrop } from './center-crop.ts';
import { grayscale } from './grayscale.ts';
import { resize, type Pixels } from './resize.ts';
import { resolveSize } from './resolve-size.ts';

/** What a worker can take an image from. The page turns canvases, `<img>` and `<video>` into bitmaps first. */
export type WorkerImage = string | Blob | ImageBitmap | ImageData | VideoFrame;

/**
 * Decodes an image to RGB. What is transparent shows white paper: browsers do not keep the hidden colours that
 * Pillow's `convert('RGB')` would bring out. Colour profiles are not applied; a photo is turned upright as its EXIF
 * says. Bitmaps and frames are closed.
 *
 * @param baseUrl what a relative address is relative to
 * @throws {InputError} on `field` when it is no image, or cannot be fetched.
 */
export async function readImage(image: unknown, field: string, baseUrl: string, signal?: AbortSignal): Promise<Pixels> {
  if (image instanceof ImageData) return onWhite(image);
  if (typeof image === 'string') return readImage(await fetchImage(image, field, baseUrl, signal), field, baseUrl);
  if (image instanceof Blob) return bitmapPixels(await decode(image, field), field);
  if (image instanceof ImageBitmap) return bitmapPixels(image, field);
  if (typeof VideoFrame !== 'undefined' && image instanceof VideoFrame) return bitmapPixels(image, field);
  throw new InputError(
    field,
    `The ${field} is ${shownType(image)}. Pass an address, a File or Blob, an ImageBitmap, ImageData, canvas, <img>, <video> or VideoFrame.`,
  );
}

/** Channel order and place of the channels in a model's input. */
export interface ImageLayout {
  channels: 1 | 3;
  /** `NHWC` is what TensorFlow exports. */
  order: 'NCHW' | 'NHWC';
}

/** Resizes, crops, rescales and normalises: `(value * scale - mean) / std`, a tensor of one image. */
export function imageTensor(pixels: Pixels, processing: ImageProcessing, layout: ImageLayout): Tensor<'float32'> {
  const { channels, order } = layout;
  let image = channels === 1 ? grayscale(pixels) : pixels;
  if (processing.resize) {
    const { width, height } = resolveSize(processing.resize.size, image.width, image.height);
    if (!(width >= 1 && height >= 1 && width * height <= maxPixels)) {
      const from = `${image.width} × ${image.height}`;
      throw new InputError(
        'image',
        `The image of ${from} pixels would be resized to ${width} × ${height}: it is too narrow. Crop it.`,
      );
    }
    image = resize(image, width, height, processing.resize.filter);
  }
  if (processing.crop) image = centerCrop(image, processing.crop.width, processing.crop.height);
  const { data, width, height } = image;
  const area = width * height;
  const values = new Float32Array(area * channels);
  for (let channel = 0; channel < channels; channel++) {
    const lookup = normalised(processing, channel);
    const [start, step] = order === 'NCHW' ? [channel * area, 1] : [channel, channels];
    for (let from = channel, to = start; from < data.length; from += channels, to += step)
      values[to] = lookup[data[from]!]!;
  }
  const dims = order === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels];
  return { type: 'float32', data: values, dims };
}

/** Pixels of a resized image: what 256 MB of a model's input can hold. */
const maxPixels = 2 ** 24;

/** What each of the 256 values of a channel becomes. A list of one value holds for all channels. */
function normalised({ scale, mean, std }: ImageProcessing, channel: number): Float32Array {
  const offset = mean?.[Math.min(channel, mean.length - 1)] ?? 0;
  const divisor = std?.[Math.min(channel, std.length - 1)] ?? 1;
  return Float32Array.from({ length: 256 }, (_, value) => (Math.fround(value * scale) - offset) / divisor);
}

async function fetchImage(address: string, field: string, baseUrl: string, signal?: AbortSignal): Promise<Blob> {
  const shown = JSON.stringify(address.length > 100 ? `${address.slice(0, 100)}…` : address);
  let response: Response;
  try {
    response = await fetch(new URL(address, baseUrl), { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new InputError(
      field,
      `The ${field} at ${shown} could not be fetched: check the address, and that its server lets this page read it.`,
      { cause },
    );
  }
  if (!response.ok)
    throw new InputError(
      field,
      `The ${field} at ${shown} could not be fetched: the server answered ${response.status}.`,
    );
  return response.blob();
}

async function decode(blob: Blob, field: string): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(blob, { premultiplyAlpha: 'none', colorSpaceConversion: 'none' });
  } catch (cause) {
    const type = blob.type ? ` of type ${JSON.stringify(blob.type)}` : '';
    throw new InputError(
      field,
      `The ${field} (${blob.size} bytes${type}) is not an image that this browser can decode.`,
      { cause },
    );
  }
}

function bitmapPixels(source: ImageBitmap | VideoFrame, field: string): Pixels {
  const { width, height } =
    'displayWidth' in source ? { width: source.displayWidth, height: source.displayHeight } : source;
  if (width === 0 || height === 0)
    throw new InputError(field, `The ${field} is empty: it has no pixels, or was closed before.`);
  try {
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!context) throw new TypeError('No 2D context.');
    context.fillStyle = 'white';
    context.fillRect(0, 0, width, height);
    context.drawImage(source, 0, 0, width, height);
    return onWhite(context.getImageData(0, 0, width, height));
  } catch (cause) {
    throw new InputError(
      field,
      `The ${field} of ${width} × ${height} pixels could not be read; it may be too large for this device.`,
      { cause },
    );
  } finally {
    source.close();
  }
}

function onWhite({ data, width, height }: ImageData): Pixels {
  const rgb = new Uint8ClampedArray(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    const alpha = data[from + 3]!;
    const paper = 255 - alpha;
    for (let channel = 0; channel < 3; channel++) {
      const value = data[from + channel]!;
      rgb[to + channel] = alpha === 255 ? value : (value * alpha) / 255 + paper;
    }
  }
  return { data: rgb, width, height, channels: 3 };
}

function shownType(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  return `of the kind ${Object.prototype.toString.call(value).slice(8, -1)}`;
}
