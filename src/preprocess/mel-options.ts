import type { LogMelStep, MfccStep } from '../manifest/index.ts';
import type { MelSpectrogramOptions } from './mel-spectrogram.ts';

/** What a step says of its spectrogram, and its defaults, which are Whisper's. */
export function melOptions(step: LogMelStep | MfccStep, rate: number): MelSpectrogramOptions {
  const fftLength = step.fftLength ?? 400;
  return {
    rate,
    fftLength,
    windowLength: step.windowLength ?? fftLength,
    hopLength: step.hopLength ?? 160,
    bins: step.bins ?? 80,
    minFrequency: step.minFrequency ?? 0,
    maxFrequency: step.maxFrequency ?? rate / 2,
    scale: step.melScale ?? 'slaney',
    norm: step.melNorm ?? 'slaney',
    padding: step.padding ?? 'reflect',
  };
}
