import type { AudioStep } from './audio.ts';
import type { Manifest } from './schema.ts';

/** Samples a second that a model for sound wants; undefined for other models. */
export function sampleRateOf(manifest: Manifest): number | undefined {
  if (manifest.task !== 'audio-classification' && manifest.task !== 'automatic-speech-recognition') return undefined;
  const rates = manifest.preprocess.map((step: AudioStep) => ('rate' in step ? step.rate : undefined));
  return rates.find((rate) => rate !== undefined) ?? defaultRate;
}

/** What speech models are trained on. */
const defaultRate = 16_000;
