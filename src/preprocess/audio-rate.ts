import { ManifestError } from '../errors.ts';
import type { AudioStep, FbankStep, LogMelStep, MfccStep } from '../manifest/index.ts';
import { melOptions } from './mel-options.ts';
import { maxSeconds } from './audio-input.ts';
import { maxRate, minRate } from './wav.ts';

/**
 * Checks that steps can follow each other, and tells the rate of the sound that the model wants.
 *
 * @throws {ManifestError} `file-invalid` that names the step at fault, as in `preprocess[1]`.
 */
export function audioRate(steps: readonly AudioStep[]): number {
  const wrong = (index: number, reason: string): ManifestError =>
    new ManifestError('file-invalid', `The step preprocess[${index}] of inference.json ${reason}`);
  const [first] = steps;
  if (first?.step !== 'resample') {
    throw wrong(
      0,
      'is not "resample": say first at what rate the model hears, as in { "step": "resample", "rate": 16000 }.',
    );
  }
  if (first.rate < minRate || first.rate > maxRate) {
    throw wrong(0, `asks for ${first.rate} samples a second, which is not between ${minRate} and ${maxRate}.`);
  }
  for (const [index, step] of steps.entries()) {
    if (step.step === 'pad-or-trim' && step.samples > maxSeconds * first.rate)
      throw wrong(index, `has ${step.samples} samples, which is longer than ${maxSeconds} s.`);
    if (index > 0 && step.step === 'resample') throw wrong(index, 'is a second "resample": one is enough.');
    if (step.step !== 'log-mel' && step.step !== 'fbank' && step.step !== 'mfcc') continue;
    if (index < steps.length - 1) {
      throw wrong(
        index + 1,
        `is "${steps[index + 1]!.step}" after "${step.step}", which makes the tensor: put it before.`,
      );
    }
    const problem = spectrumProblem(step, first.rate);
    if (problem) throw wrong(index, problem);
  }
  return first.rate;
}

function spectrumProblem(step: LogMelStep | FbankStep | MfccStep, rate: number): string | undefined {
  if (step.step === 'fbank') return fbankProblem(step, rate);
  const { fftLength, windowLength, bins, minFrequency, maxFrequency } = melOptions(step, rate);
  if (fftLength < 2 || fftLength > maxFftLength)
    return `has an fftLength of ${fftLength}; 2 to ${maxFftLength} are known.`;
  if (windowLength > fftLength)
    return `has a windowLength of ${windowLength}, more than its fftLength of ${fftLength}.`;
  if (bins > fftLength) return `has ${bins} bins, more than its fftLength of ${fftLength}.`;
  const problem = rangeProblem(minFrequency, maxFrequency, rate);
  if (problem) return problem;
  if (step.step === 'mfcc' && (step.coefficients ?? 13) > bins) {
    return `has ${step.coefficients ?? 13} coefficients, more than its ${bins} bins.`;
  }
  return undefined;
}

function fbankProblem(
  { minFrequency = 20, maxFrequency, std, bins = 80, frames = 0 }: FbankStep,
  rate: number,
): string | undefined {
  if (bins > maxFbankBins) return `has ${bins} bins, more than ${maxFbankBins}.`;
  if (frames > maxSeconds * 100) return `has ${frames} frames, which is longer than ${maxSeconds} s.`;
  if (std === 0) return 'has a std of 0, by which nothing can be divided.';
  return rangeProblem(minFrequency, maxFrequency ?? rate / 2, rate);
}

function rangeProblem(min: number, max: number, rate: number): string | undefined {
  if (min >= 0 && min < max && max <= rate / 2) return undefined;
  return `has frequencies from ${min} to ${max} Hz; they lie between 0 and ${rate / 2}, half the rate.`;
}

/** Samples of a transform beyond which a spectrogram is none of sound. */
const maxFftLength = 65_536;

/** Bins of a filter bank beyond which there are no frequencies between them. */
const maxFbankBins = 4096;
