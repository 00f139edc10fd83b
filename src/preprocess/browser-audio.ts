import { InputError } from '../errors.ts';
import { fetchBlob } from '../fetch-blob.ts';
import { decodeAudio, samplesOf, type RecordedSamples, type SampleArray } from './audio-input.ts';
import type { Samples } from './media.ts';
import { shownType } from './pixels.ts';

/**
 * What a worker can take sound from: the address or the bytes of a WAV file, or samples. Bare samples have the rate of
 * the model. What only a page can decode (MP3, Ogg, an `AudioBuffer`) it turns into samples first.
 */
export type WorkerAudio = string | Blob | SampleArray | RecordedSamples;

/**
 * Sound as samples of one channel, at the rate of the recording.
 *
 * @param rate samples a second that the model wants: that of bare samples
 * @param baseUrl what a relative address is relative to
 * @throws {InputError} on `field` when it is no sound, or cannot be fetched.
 */
export async function readAudio(
  value: unknown,
  field: string,
  rate: number,
  baseUrl: string,
  signal?: AbortSignal,
): Promise<Samples> {
  const samples = samplesOf(value, field, rate);
  if (samples) return samples;
  const blob = typeof value === 'string' ? await fetchBlob(value, field, baseUrl, signal) : value;
  if (blob instanceof Blob) return decodeAudio(new Uint8Array(await blob.arrayBuffer()), field);
  throw new InputError(
    field,
    `The ${field} is ${shownType(value)}. Pass an address, a File or Blob, an AudioBuffer, a Float32Array of samples, or { data, rate }.`,
  );
}
