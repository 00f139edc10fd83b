import { InputError } from '../errors.ts';
import type { Samples } from './media.ts';

/** True for bytes that begin as a WAVE file does. */
export function looksLikeWav(bytes: Uint8Array): boolean {
  return ['RIFF', 'RIFX', 'RF64'].includes(name(bytes, 0)) && name(bytes, 8) === 'WAVE';
}

/**
 * Reads a WAVE file: PCM of 8, 16, 24 or 32 bits, floats of 32 or 64, A-law and mu-law (ITU-T G.711), plain or as
 * WAVE_FORMAT_EXTENSIBLE. Channels are averaged into one; integers are divided by half their range, so that 16 bits
 * become `x / 32768`. A length that a streaming writer never filled in (0x7ffff000 and above) means: to the end of
 * the file.
 *
 * Source: Microsoft, Multimedia Programming Interface and Data Specifications 1.0, 1991; RFC 2361.
 *
 * @param field what to call it in messages
 * @throws {InputError} on `field` when the file is cut, contradicts itself, or is coded in another way.
 */
export function readWav(bytes: Uint8Array, field = 'audio'): Samples {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wrong = (reason: string): InputError =>
    new InputError(field, `The ${field} is a WAV file that cannot be read: ${reason}`);
  if (!looksLikeWav(bytes)) throw wrong('it does not begin with "RIFF" and "WAVE".');
  if (name(bytes, 0) !== 'RIFF') throw wrong(`it is of the kind ${name(bytes, 0)}. Save it as RIFF.`);

  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = name(bytes, at);
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    const there = bytes.length - start;
    const isStreamed = id === 'data' && size >= 0x7ffff000 && size > there;
    if (size > there && !isStreamed) {
      throw wrong(`its part ${JSON.stringify(id)} says ${size} bytes, and ${there} are there. It was cut off.`);
    }
    if (id === 'fmt ') format = readFormat(view, start, size, wrong);
    if (id === 'data') {
      if (!format) throw wrong('its samples come before its format.');
      return { data: toMono(view, start, isStreamed ? there : size, format, wrong), rate: format.rate };
    }
    at = start + size + (size % 2);
  }
  throw wrong(`it has no part ${format ? '"data": its samples are missing' : '"fmt ": its format is missing'}.`);
}

interface Format {
  readonly channels: number;
  readonly rate: number;
  /** Bytes of one sample of one channel. */
  readonly bytes: number;
  /** One sample of one channel, between -1 and 1. */
  readonly read: (view: DataView, at: number) => number;
}

type Wrong = (reason: string) => InputError;

function readFormat(view: DataView, start: number, size: number, wrong: Wrong): Format {
  if (size < 16) throw wrong(`its format has ${size} bytes instead of 16 or more.`);
  let tag = view.getUint16(start, true);
  const channels = view.getUint16(start + 2, true);
  const rate = view.getUint32(start + 4, true);
  const block = view.getUint16(start + 12, true);
  const bits = view.getUint16(start + 14, true);
  // WAVE_FORMAT_EXTENSIBLE keeps the true tag in the first two bytes of a GUID.
  if (tag === 0xfffe) {
    if (size < 40) throw wrong(`its extensible format has ${size} bytes instead of 40.`);
    tag = view.getUint16(start + 24, true);
  }
  const bytes = Math.ceil(bits / 8);
  const read = readers[`${tag}-${bytes}`];
  if (!read) {
    const coding = codings[tag] ?? `0x${tag.toString(16)}`;
    throw wrong(`its coding ${coding} of ${bits} bits is not known. Save it as PCM of 16 bits.`);
  }
  if (channels === 0) throw wrong('it says that it has no channels.');
  if (rate < minRate || rate > maxRate) {
    throw wrong(`it says ${rate} samples a second, which is not between ${minRate} and ${maxRate}.`);
  }
  if (block !== channels * bytes) {
    throw wrong(`it says ${block} bytes a frame, and ${channels} channels of ${bits} bits are ${channels * bytes}.`);
  }
  return { channels, rate, bytes, read };
}

/** Samples a second between which sound is sound. */
export const minRate = 100;
export const maxRate = 768_000;

/** By format tag and bytes a sample. */
const readers: Readonly<Record<string, Format['read']>> = {
  '1-1': (view, at) => (view.getUint8(at) - 128) / 128,
  '1-2': (view, at) => view.getInt16(at, true) / 32768,
  '1-3': (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8388608,
  '1-4': (view, at) => view.getInt32(at, true) / 2147483648,
  '3-4': (view, at) => view.getFloat32(at, true),
  '3-8': (view, at) => view.getFloat64(at, true),
  '6-1': (view, at) => aLaw(view.getUint8(at)) / 32768,
  '7-1': (view, at) => muLaw(view.getUint8(at)) / 32768,
};

const codings: Readonly<Record<number, string>> = {
  1: 'PCM',
  2: 'Microsoft ADPCM',
  3: 'IEEE float',
  6: 'A-law',
  7: 'mu-law',
  0x11: 'IMA ADPCM',
  0x31: 'GSM 6.10',
  0x50: 'MPEG',
  0x55: 'MP3',
};

/** One code of G.711 A-law as a 16-bit sample. */
function aLaw(code: number): number {
  const bits = code ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 15) << 4) | 8;
  const size = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return bits & 0x80 ? size : -size;
}

/** One code of G.711 mu-law as a 16-bit sample. */
function muLaw(code: number): number {
  const bits = ~code;
  const size = ((((bits & 15) << 3) | 0x84) << ((bits >> 4) & 7)) - 0x84;
  return bits & 0x80 ? -size : size;
}

function toMono(
  view: DataView,
  start: number,
  size: number,
  { channels, bytes, read }: Format,
  wrong: Wrong,
): Float32Array {
  const frames = Math.floor(size / (channels * bytes));
  if (frames === 0) throw wrong('it holds no samples.');
  const mono = new Float32Array(frames);
  for (let frame = 0, at = start; frame < frames; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++, at += bytes) sum += read(view, at);
    mono[frame] = sum / channels;
  }
  return mono;
}

function name(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
