import { InputError } from '../errors.ts';
import { fetchBlob } from '../fetch-blob.ts';
import { nextTurn } from '../next-turn.ts';
import type { WorkerAudio } from '../preprocess/browser-audio.ts';
import type { Samples } from '../preprocess/media.ts';

/**
 * Anything with sound: an address (a string is relative to the page), a file, samples, bare or as `{ data, rate }`, an
 * `AudioBuffer` or `AudioData`. A `MediaStream` comes as samples from an `AudioWorklet`, whose `process([[channel]])`
 * posts `channel.slice()`: `{ data: channel, rate: sampleRate }`.
 */
export type AudioInput = WorkerAudio | URL | AudioBuffer | AudioData;

/**
 * Takes out of sound what only a page can: an `AudioBuffer`, `AudioData`, and files that are not WAV, become samples. An address is
 * fetched, since only its bytes tell. What a worker can read itself is given back as it is.
 *
 * @param rate samples a second that the model wants; the browser decodes files to it where it can
 * @throws {InputError} on `field` when it cannot be fetched, or is no sound that this browser can decode.
 */
export async function audioSamples(
  value: unknown,
  rate: number,
  field: string = 'audio',
  signal?: AbortSignal,
): Promise<unknown> {
  if (value instanceof URL) return audioSamples(value.href, rate, field, signal);
  if (isAudioBuffer(value)) return monoOf(value);
  if (typeof AudioData !== 'undefined' && value instanceof AudioData) return monoOfFrames(value, field);
  const blob = typeof value === 'string' ? await fetchBlob(value, field, document.baseURI, signal) : value;
  if (!(blob instanceof Blob)) return value;
  // WAV is read in the worker, and an empty file is told better there.
  if (blob.size === 0 || (await blob.slice(0, 4).text()).startsWith('RIFF')) return blob;
  return decode(blob, rate, field);
}

/** Those of other frames too. */
function isAudioBuffer(value: unknown): value is AudioBuffer {
  return Object.prototype.toString.call(value) === '[object AudioBuffer]';
}

async function decode(blob: Blob, rate: number, field: string): Promise<Samples> {
  const bytes = await blob.arrayBuffer();
  try {
    return await monoOf(await decoderAt(rate).decodeAudioData(bytes));
  } catch (cause) {
    const type = blob.type ? ` of type ${JSON.stringify(blob.type)}` : '';
    throw new InputError(
      field,
      `The ${field} (${blob.size} bytes${type}) is not sound that this browser can decode: it is broken, or of a kind that it does not know. Pass a WAV or MP3 file.`,
      { cause },
    );
  }
}

/** Browsers differ in which rates they resample to; the engine does the rest. */
function decoderAt(rate: number): OfflineAudioContext {
  try {
    return new OfflineAudioContext(1, 1, rate);
  } catch {
    return new OfflineAudioContext(1, 1, 44_100);
  }
}

/** The mean of the channels, made in slices: the page has other things to do. */
async function monoOf(buffer: AudioBuffer): Promise<Samples> {
  const { length, numberOfChannels, sampleRate } = buffer;
  const data = new Float32Array(length);
  const channels = Array.from({ length: numberOfChannels }, (_, channel) => buffer.getChannelData(channel));
  const share = 1 / numberOfChannels;
  for (let start = 0; start < length; start += sliceFrames) {
    if (start > 0) await nextTurn();
    const end = Math.min(length, start + sliceFrames);
    if (numberOfChannels === 1) data.set(channels[0]!.subarray(start, end), start);
    else for (const samples of channels) for (let i = start; i < end; i++) data[i]! += samples[i]! * share;
  }
  return { data, rate: sampleRate };
}

/** Frames that are mixed in a few milliseconds. */
const sliceFrames = 2 ** 17;

/** The mean of the channels of what a `MediaStreamTrackProcessor` gives; it stays the caller's to close. */
function monoOfFrames(frames: AudioData, field: string): Samples {
  const { numberOfFrames, numberOfChannels, sampleRate } = frames;
  if (numberOfFrames === 0) throw new InputError(field, `The ${field} is AudioData that was closed before.`);
  const data = new Float32Array(numberOfFrames);
  const plane = new Float32Array(numberOfFrames);
  for (let channel = 0; channel < numberOfChannels; channel++) {
    frames.copyTo(plane, { planeIndex: channel, format: 'f32-planar' });
    for (let i = 0; i < data.length; i++) data[i]! += plane[i]! / numberOfChannels;
  }
  return { data, rate: sampleRate };
}
