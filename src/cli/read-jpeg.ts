import { readFile } from 'node:fs/promises';
import decode, { init } from '@jsquash/jpeg/decode.js';
import { onWhite } from '../preprocess/pixels.ts';
import type { Pixels } from '../preprocess/resize.ts';

/**
 * Makes a decoder of JPEG. mozjpeg's arithmetic is libjpeg-turbo's, as in Pillow and Chromium: the same pixels come
 * out. A photo is turned upright as its EXIF says. mozjpeg is loaded at the first call.
 *
 * @param wasm where `mozjpeg_dec.wasm` is
 */
export function jpegReader(wasm: URL): (bytes: Uint8Array) => Promise<Pixels> {
  let started: Promise<void> | undefined;
  return async (bytes) => {
    checkWhole(bytes);
    await (started ??= start(wasm));
    const { data, width, height } = await decode(bytes.slice().buffer, { preserveOrientation: true });
    return onWhite(data, width, height);
  };
}

/**
 * Refuses what mozjpeg would fill with grey, or end on. Marker bytes do not occur within coded data, so that the last
 * start of a scan and the end of the image are found from behind (ITU-T T.81, annex B).
 */
function checkWhole(bytes: Uint8Array): void {
  let at = bytes.length - 2;
  while (at > 0 && !(bytes[at] === 0xff && bytes[at + 1] === 0xd9)) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0xda) break;
    at--;
  }
  if (bytes[at + 1] !== 0xd9) throw new RangeError('it is cut short');
  for (let marker = 2; marker + 9 < bytes.length && bytes[marker] === 0xff;) {
    const kind = bytes[marker + 1]!;
    const isFrame = kind >= 0xc0 && kind <= 0xcf && kind !== 0xc4 && kind !== 0xc8 && kind !== 0xcc;
    if (isFrame && bytes[marker + 9] === 4) throw new RangeError('it is in CMYK; convert it to RGB');
    if (isFrame || kind === 0xda) break;
    marker += 2 + ((bytes[marker + 2]! << 8) | bytes[marker + 3]!);
  }
}

async function start(wasm: URL): Promise<void> {
  // mozjpeg gives its pixels as an ImageData, which Node has none of.
  (globalThis as { ImageData?: unknown }).ImageData ??= PlainImageData;
  await (init as JpegInit)(await WebAssembly.compile(await readFile(wasm)), { print() {}, printErr() {} });
}

/** Its types leave out that options of Emscripten may follow, which keep its complaints off the console. */
type JpegInit = (module: WebAssembly.Module, options: object) => Promise<void>;

class PlainImageData {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;

  constructor(data: Uint8ClampedArray, width: number, height: number) {
    this.data = data;
    this.width = width;
    this.height = height;
  }
}
