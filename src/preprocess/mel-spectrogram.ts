import { createPowerSpectrum } from './fft.ts';
import { melFilters, type MelScale } from './mel-filters.ts';

/** All that a mel spectrogram depends on. Lengths are in samples. */
export interface MelSpectrogramOptions extends MelScale {
  /** The window stands in the middle of `fftLength` samples, zeros around it. */
  readonly windowLength: number;
  readonly hopLength: number;
  /**
   * What stands before the first sample and after the last, so that frame `t` has its middle at `t * hopLength`: the
   * sound mirrored, or zeros. `none`: frame `t` begins there, and there is none that passes the end.
   */
  readonly padding: 'reflect' | 'zeros' | 'none';
}

/** Rows of `frames` values, one a bin. */
export interface Spectrogram {
  readonly data: Float64Array;
  readonly bins: number;
  readonly frames: number;
}

/**
 * Energy by mel bin and frame: Hann window (periodic), squared magnitudes, triangular filters. Equal to
 * `librosa.feature.melspectrogram` and `torchaudio.transforms.MelSpectrogram`, which pad as `padding` says.
 */
export function melSpectrogram(sound: Float32Array, options: MelSpectrogramOptions): Spectrogram {
  const { fftLength, windowLength, hopLength, bins } = options;
  const border = options.padding === 'none' ? 0 : Math.floor(fftLength / 2);
  const frames = Math.max(0, Math.floor((sound.length + 2 * border - fftLength) / hopLength) + 1);
  const data = new Float64Array(bins * frames);
  const transform = createPowerSpectrum(fftLength);
  const filters = melFilters(options);
  const window = hann(windowLength);
  const lead = Math.floor((fftLength - windowLength) / 2);
  const signal = new Float64Array(fftLength);
  const power = new Float64Array(Math.floor(fftLength / 2) + 1);
  for (let frame = 0; frame < frames; frame++) {
    const start = frame * hopLength + lead - border;
    for (let i = 0; i < windowLength; i++) {
      signal[lead + i] = window[i]! * sampleAt(sound, start + i, options.padding);
    }
    transform(signal, power);
    for (let bin = 0; bin < bins; bin++) {
      const { first, weights } = filters[bin]!;
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * power[first + i]!;
      data[bin * frames + frame] = sum;
    }
  }
  return { data, bins, frames };
}

function hann(length: number): Float64Array {
  return Float64Array.from({ length }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / length));
}

/** Mirrored at its ends without repeating them, again and again where the sound is shorter than its border. */
function sampleAt(sound: Float32Array, index: number, padding: MelSpectrogramOptions['padding']): number {
  if (index >= 0 && index < sound.length) return sound[index]!;
  if (padding !== 'reflect') return 0;
  if (sound.length === 1) return sound[0]!;
  const period = 2 * (sound.length - 1);
  const place = ((index % period) + period) % period;
  return sound[Math.min(place, period - place)]!;
}
