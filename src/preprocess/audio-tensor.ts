import { InputError } from '../errors.ts';
import type { AudioStep, FbankStep, LogMelStep, MfccStep } from '../manifest/index.ts';
import type { Tensor } from '../tensor.ts';
import { fbank, fbankHop, fbankWindow } from './fbank.ts';
import { logMel } from './log-mel.ts';
import type { Samples } from './media.ts';
import { melOptions } from './mel-options.ts';
import { melSpectrogram, type Spectrogram } from './mel-spectrogram.ts';
import { mfcc } from './mfcc.ts';
import { resample } from './resample.ts';

/** Tensors by role, and what they were made of. */
export interface AudioTensors {
  /** `input_values [1, samples]`, or `input_features [1, bins, frames]`; and `attention_mask`, 0 on the padding. */
  readonly byRole: Readonly<Record<string, Tensor>>;
  /** Samples at the model's rate, padding too. */
  readonly samples: number;
}

/** Runs the steps on the sound. Those that `audioRate` refuses give whatever. */
export function audioTensor(samples: Samples, steps: readonly AudioStep[]): AudioTensors {
  let sound = samples;
  // Samples that are sound, not padding.
  let length = samples.data.length;
  for (const step of steps) {
    if (step.step === 'resample') {
      sound = resample(sound, step.rate);
      length = sound.data.length;
    } else if (step.step === 'pad-or-trim') {
      const data = new Float32Array(step.samples);
      data.set(sound.data.subarray(0, step.samples));
      sound = { data, rate: sound.rate };
      length = Math.min(length, step.samples);
    } else if (step.step === 'normalize') {
      sound = { data: normalize(sound.data, length), rate: sound.rate };
    } else {
      return { byRole: spectrogramTensors(sound, step, length), samples: sound.data.length };
    }
  }
  const { data } = sound;
  const heard = BigInt64Array.from(data, (_, index) => (index < length ? 1n : 0n));
  const dims = [1, data.length];
  return {
    byRole: { input_values: { type: 'float32', data, dims }, attention_mask: { type: 'int64', data: heard, dims } },
    samples: data.length,
  };
}

function spectrogramTensors(sound: Samples, step: SpectrogramStep, length: number): Record<string, Tensor> {
  const { spectrogram, window, isHeard } = spectrogramOf(sound, step, length);
  const { data, bins, frames } = spectrogram;
  if (frames === 0) {
    throw new InputError(
      'audio',
      `The audio of ${length} samples at ${sound.rate} Hz is shorter than one window of ${window}. Record more of it.`,
    );
  }
  const layout = step.layout ?? (step.step === 'fbank' ? 'frames-bins' : 'bins-frames');
  const heard = BigInt64Array.from({ length: frames }, (_, frame) => (isHeard(frame) ? 1n : 0n));
  return {
    input_features:
      layout === 'frames-bins'
        ? { type: 'float32', data: Float32Array.from(transposed(spectrogram)), dims: [1, frames, bins] }
        : { type: 'float32', data: Float32Array.from(data), dims: [1, bins, frames] },
    attention_mask: { type: 'int64', data: heard, dims: [1, frames] },
  };
}

type SpectrogramStep = LogMelStep | FbankStep | MfccStep;

interface Framed {
  readonly spectrogram: Spectrogram;
  /** Samples of one window. */
  readonly window: number;
  /** Whether a frame is sound, not padding. */
  readonly isHeard: (frame: number) => boolean;
}

function spectrogramOf({ data, rate }: Samples, step: SpectrogramStep, length: number): Framed {
  if (step.step === 'fbank') {
    const window = fbankWindow(rate);
    const isHeard = (frame: number): boolean => frame * fbankHop(rate) + window <= length;
    return { spectrogram: isHeard(0) ? fbank(data, rate, step) : none, window, isHeard };
  }
  const options = melOptions(step, rate);
  const mel = melSpectrogram(data, options);
  const spectrogram =
    step.step === 'log-mel' ? logMel(mel, step.log, step.topDb) : mfcc(mel, step.coefficients, step.topDb);
  return { spectrogram, window: options.fftLength, isHeard: (frame) => frame * options.hopLength < length };
}

const none: Spectrogram = { data: new Float64Array(), bins: 0, frames: 0 };

/** Mean 0 and variance 1 over the first `length` samples; the others become 0. */
function normalize(data: Float32Array, length: number): Float32Array {
  const heard = data.subarray(0, length);
  const mean = heard.reduce((sum, x) => sum + x, 0) / length;
  const variance = heard.reduce((sum, x) => sum + (x - mean) ** 2, 0) / length;
  const deviation = Math.sqrt(variance + 1e-7);
  const normalized = new Float32Array(data.length);
  for (let i = 0; i < length; i++) normalized[i] = (heard[i]! - mean) / deviation;
  return normalized;
}

function transposed({ data, bins, frames }: Spectrogram): Float64Array {
  return Float64Array.from(data, (_, index) => data[(index % bins) * frames + Math.floor(index / bins)]!);
}
