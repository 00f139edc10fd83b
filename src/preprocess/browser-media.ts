import { InputError } from '../errors.ts';
import { fetchBlob } from '../fetch-blob.ts';
import { createGate } from '../gate.ts';
import { readAudio } from './browser-audio.ts';
import type { Media } from './media.ts';
import { onWhite, pixelsOf, shownType } from './pixels.ts';
import type { Pixels } from './resize.ts';

/** What a worker can take an image from. The page turns canvases, `<img>` and `<video>` into bitmaps first. */
export type WorkerImage = string | Blob | ImageBitmap | ImageData | VideoFrame | Pixels;

/**
 * Decodes by what a browser's worker has.
 *
 * @param baseUrl what relative addresses are relative to
 */
export function browserMedia(baseUrl: string): Media {
  return {
    readImage: (value, field, signal) => readImage(value, field, baseUrl, signal),
    readAudio: (value, field, rate, signal) => readAudio(value, field, rate, baseUrl, signal),
  };
}

/**
 * Decodes an image to RGB. What is transparent shows white paper: browsers do not keep the hidden colours that
 * Pillow's `convert('RGB')` would bring out. Colour profiles are not applied; a photo is turned upright as its EXIF
 * says. Bitmaps and frames are closed.
 *
 * @throws {InputError} on `field` when it is no image, or cannot be fetched.
 */
async function readImage(image: unknown, field: string, baseUrl: string, signal?: AbortSignal): Promise<Pixels> {
  const pixels = pixelsOf(image, field);
  if (pixels) return pixels;
  if (typeof image === 'string') return readImage(await fetchBlob(image, field, baseUrl, signal), field, baseUrl);
  if (image instanceof Blob) return decoding(async () => bitmapPixels(await decode(image, field), field));
  if (image instanceof ImageBitmap) return bitmapPixels(image, field);
  if (typeof VideoFrame !== 'undefined' && image instanceof VideoFrame) return bitmapPixels(image, field);
  throw new InputError(
    field,
    `The ${field} is ${shownType(image)}. Pass an address, a File or Blob, an ImageBitmap, ImageData, canvas, <img>, <video> or VideoFrame.`,
  );
}

/** A picture takes many times its file's bytes while it is decoded: a page that asks for all of a folder must not die. */
const decoding = createGate(2);

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
    return onWhite(context.getImageData(0, 0, width, height).data, width, height);
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
