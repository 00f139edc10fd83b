import { InputError } from '../errors.ts';
import { shown } from '../shown.ts';
import type { Samples } from './media.ts';
import { shownType } from './pixels.ts';
import { looksLikeWav, maxRate, minRate, readWav } from './wav.ts';

/** Samples of one channel: floats between -1 and 1, or 16-bit integers. */
export type SampleArray = Float32Array | Float64Array | Int16Array | readonly number[];

/** Samples with the rate they were recorded at. */
export interface RecordedSamples {
  readonly data: SampleArray;
  /** Samples a second. */
  readonly rate: number;
}

/**
 * Sound that needs no decoding; undefined for anything else. Bare samples are taken to have the rate that the model
 * wants. Nothing is copied that is float32 already.
 *
 * @param rate samples a second that the model wants
 * @throws {InputError} on `field` when samples come without their rate.
 */
export function samplesOf(value: unknown, field: string, rate: number): Samples | undefined {
  const bare = floats(value);
  if (bare) return { data: bare, rate };
  if (typeof value !== 'object' || value === null || !('data' in value)) return undefined;
  const data = floats(value.data);
  if (!data) {
    throw new InputError(
      field,
      `The data of the ${field} is ${shownType(value.data)}. Pass a Float32Array of samples.`,
    );
  }
  const said = 'rate' in value ? value.rate : undefined;
  if (typeof said !== 'number' || !Number.isInteger(said)) {
    throw new InputError(
      field,
      `The ${field} has ${said === undefined ? 'no rate' : `the rate ${shown(said)}`}. Pass the samples a second as a whole number: { data, rate: ${rate} }.`,
    );
  }
  return { data, rate: said };
}

/**
 * Decodes the bytes of a file without the platform's help: WAV.
 *
 * @throws {InputError} on `field` when it is another kind of file, or a broken one.
 */
export function decodeAudio(bytes: Uint8Array, field: string): Samples {
  if (looksLikeWav(bytes)) return readWav(bytes, field);
  const kind = kindOf(bytes);
  throw new InputError(
    field,
    bytes.length === 0
      ? `The ${field} is empty: it has no bytes.`
      : `The ${field} (${bytes.length} bytes) is ${kind ? `a file of the kind ${kind}` : 'not sound that is known'}, and only WAV is decoded here. Pass a WAV file or samples; in a page, give it to the endpoint itself, which lets the browser decode it.`,
  );
}

/** By how the files begin. */
function kindOf(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  if (start.startsWith('ID3') || (bytes[0] === 0xff && bytes[1]! >= 0xe2)) return 'MP3';
  if (start.startsWith('ftyp', 4)) return 'MP4';
  return Object.entries(signatures).find(([signature]) => start.startsWith(signature))?.[1];
}

const signatures: Readonly<Record<string, string>> = {
  OggS: 'Ogg',
  fLaC: 'FLAC',
  FORM: 'AIFF',
  '\x1aE\xdf\xa3': 'WebM',
};

/**
 * Checks that sound can be heard: some of it, not too much, and all of it numbers.
 *
 * @throws {InputError} on `field`.
 */
export function checkSamples({ data, rate }: Samples, field: string): void {
  if (rate < minRate || rate > maxRate) {
    throw new InputError(
      field,
      `The ${field} has ${rate} samples a second, which is not between ${minRate} and ${maxRate}.`,
    );
  }
  if (data.length === 0) throw new InputError(field, `The ${field} is empty: it has no samples.`);
  if (data.length > maxSeconds * rate) {
    throw new InputError(
      field,
      `The ${field} of ${Math.round(data.length / rate)} s is longer than ${maxSeconds} s. Cut it into pieces.`,
    );
  }
  const wrong = data.findIndex((sample) => !Number.isFinite(sample));
  if (wrong !== -1)
    throw new InputError(field, `Sample ${wrong} of the ${field} is ${data[wrong]}, which is no number.`);
}

/** One hour. */
export const maxSeconds = 3600;

function floats(value: unknown): Float32Array | undefined {
  if (value instanceof Float32Array) return value;
  if (value instanceof Float64Array) return Float32Array.from(value);
  if (value instanceof Int16Array) return Float32Array.from(value, (sample) => sample / 32_768);
  if (Array.isArray(value) && value.every((sample) => typeof sample === 'number')) return Float32Array.from(value);
  return undefined;
}
