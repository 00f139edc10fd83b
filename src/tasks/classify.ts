import { InferenceError, InputError } from '../errors.ts';
import type { NamedTensors } from '../tensor.ts';
import type { Scores } from '../manifest/index.ts';
import type { LabelScore } from './task.ts';

export interface ClassificationOptions {
  /** How many labels to give, the likeliest first. @default 5 */
  topK?: number;
}

export interface Classification {
  /** The likeliest first. */
  labels: LabelScore[];
}

/**
 * Turns logits `[1, labels]` into scores: `softmax(x)_i = exp(x_i - max x) / sum_j exp(x_j - max x)` where one label
 * holds, `sigmoid(x) = 1 / (1 + exp(-x))` where any number may; a regression's values stay as they are.
 */
export function classify(
  outputs: NamedTensors,
  { labels, scores }: { labels: readonly string[]; scores: Scores },
  { topK = 5 }: ClassificationOptions,
): Classification {
  const logits = outputs['logits'] ?? Object.values(outputs)[0];
  if (!logits || !(logits.data instanceof Float32Array || logits.data instanceof Float64Array)) {
    throw new InferenceError(
      'inference-failed',
      'The model gave no logits: a classifier puts out a tensor of floating-point numbers, one a label.',
    );
  }
  const values = Array.from(logits.data);
  const score = scoreOf(values, scores);
  const ranked = score.map((value, index) => ({ label: labels[index] ?? `LABEL_${index}`, score: value }));
  ranked.sort((a, b) => b.score - a.score);
  return { labels: ranked.slice(0, topK) };
}

/** @throws {InputError} on `topK`. */
export function checkTopK({ topK }: ClassificationOptions): void {
  if (topK !== undefined && !(Number.isInteger(topK) && topK > 0)) {
    throw new InputError('topK', `The option topK is a whole number above 0, not ${String(topK)}.`);
  }
}

/** A single logit cannot be set against others, so it is taken for one yes or no (as Transformers does). */
function scoreOf(values: number[], scores: Scores): number[] {
  if (scores === 'none') return values;
  if (scores === 'softmax' && values.length > 1) return softmax(values);
  return values.map((value) => 1 / (1 + Math.exp(-value)));
}

function softmax(values: number[]): number[] {
  const highest = values.reduce((max, value) => Math.max(max, value), -Infinity);
  const powers = values.map((value) => Math.exp(value - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
