import { InputError } from '../errors.ts';
import { decodeAudio, samplesOf } from '../preprocess/audio-input.ts';
import type { Media } from '../preprocess/media.ts';
import { pixelsOf, shownType } from '../preprocess/pixels.ts';
import type { Pixels } from '../preprocess/resize.ts';
import { jpegReader } from './read-jpeg.ts';
import { readPng } from './read-png.ts';

/**
 * Decodes by what Node can: PNG, JPEG and WAV, and pixels and samples as they are. Nothing is fetched.
 *
 * @param assets the folder that `mozjpeg_dec.wasm` is in
 */
export function nodeMedia(assets: URL): Media {
  const readJpeg = jpegReader(new URL('mozjpeg_dec.wasm', assets));
  return {
    async readImage(value, field) {
      const pixels = pixelsOf(value, field);
      if (pixels) return pixels;
      const bytes = await bytesOf(value, field);
      if (isPng(bytes)) return decoded(field, 'PNG', () => readPng(bytes));
      if (isJpeg(bytes)) return decoded(field, 'JPEG', () => readJpeg(bytes));
      throw new InputError(
        field,
        `The ${field} (${bytes.length} bytes${kindOf(bytes)}) is neither PNG nor JPEG, which are what Node reads here. Convert it first.`,
      );
    },
    async readAudio(value, field, rate) {
      const samples = samplesOf(value, field, rate);
      if (samples) return samples;
      if (value instanceof Blob) return decodeAudio(new Uint8Array(await value.arrayBuffer()), field);
      throw new InputError(
        field,
        `The ${field} is ${shownType(value)}. Give a WAV file as a Blob, a Float32Array of samples, or { data, rate }.`,
      );
    },
  };
}

async function bytesOf(value: unknown, field: string): Promise<Uint8Array> {
  if (!(value instanceof Blob)) {
    throw new InputError(
      field,
      `The ${field} is ${shownType(value)}. Give a PNG or JPEG file as a Blob, or { data, width, height }.`,
    );
  }
  if (value.size === 0) throw new InputError(field, `The ${field} is empty: its file has no bytes.`);
  return new Uint8Array(await value.arrayBuffer());
}

async function decoded(field: string, format: string, read: () => Pixels | Promise<Pixels>): Promise<Pixels> {
  let pixels: Pixels;
  try {
    pixels = await read();
  } catch (cause) {
    const reason = cause instanceof Error && !/exit/.test(cause.message) ? cause.message : 'it is damaged';
    throw new InputError(field, `The ${field} is a ${format} that cannot be read: ${reason}.`, { cause });
  }
  if (pixels.width * pixels.height === 0) throw new InputError(field, `The ${field} is empty: it has no pixels.`);
  return pixels;
}

function isPng(bytes: Uint8Array): boolean {
  return [0x89, 0x50, 0x4e, 0x47].every((byte, at) => bytes[at] === byte);
}

function isJpeg(bytes: Uint8Array): boolean {
  return [0xff, 0xd8, 0xff].every((byte, at) => bytes[at] === byte);
}

/** What a file is, where its first bytes tell. */
function kindOf(bytes: Uint8Array): string {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 16));
  const kind = kinds.find(([pattern]) => pattern.test(start))?.[1];
  return kind ? `, ${kind}` : '';
}

const kinds: readonly (readonly [RegExp, string])[] = [
  [/^RIFF[^]{4}WEBP/, 'a WebP'],
  [/^GIF8/, 'a GIF'],
  [/^BM/, 'a BMP'],
  [/^(II\*\0|MM\0\*)/, 'a TIFF'],
  [/^[^]{4}ftyp(avif|avis)/, 'an AVIF'],
  [/^[^]{4}ftyp(heic|heix|mif1)/, 'a HEIC'],
];
