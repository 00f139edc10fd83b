import { InferenceError, InputError } from '../errors.ts';
import type { ScoreStep } from '../manifest/index.ts';
import { sigmoid, softmax } from '../postprocess/softmax.ts';
import type { NamedTensors } from '../tensor.ts';
import { numbersOf, resultOf } from './feeds.ts';
import type { LabelScore, TaskContext } from './task.ts';

export interface ClassificationOptions {
  /** How many labels to give, the likeliest first. @default 5 */
  topK?: number;
}

export interface Classification {
  /** The likeliest first. */
  labels: LabelScore[];
}

interface Labelled {
  readonly labels: readonly string[];
  readonly postprocess: readonly ScoreStep[];
}

/** Turns a model's numbers `[1, labels]` into labels by the manifest's steps. */
export function classify(
  outputs: NamedTensors,
  { manifest }: Pick<TaskContext, 'manifest'> & { manifest: Labelled },
  { topK }: ClassificationOptions,
): Classification {
  const tensor = resultOf({ manifest }, outputs, 'logits', 'probabilities', 'scores');
  if (tensor.type === 'string') {
    throw new InferenceError(
      'inference-failed',
      'The model gave strings where a classifier gives numbers, one a label. Name the right output under "results" of inference.json: { "logits": "…" }.',
    );
  }
  return { labels: rank(numbersOf(tensor), manifest.labels, manifest.postprocess, topK) };
}

/** Scores with their labels, the likeliest first; equal ones in the order of the labels. */
export function rank(
  values: ArrayLike<number>,
  labels: readonly string[],
  steps: readonly ScoreStep[],
  topK: number | undefined,
): LabelScore[] {
  let scores = Array.from(values);
  let min = -Infinity;
  let k = topK;
  for (const step of steps) {
    if (step.step === 'softmax') scores = scores.length > 1 ? softmax(scores) : scores.map(sigmoid);
    else if (step.step === 'sigmoid') scores = scores.map(sigmoid);
    else if (step.step === 'complement') scores = [1 - scores[0]!, scores[0]!];
    else if (step.step === 'threshold') min = step.min;
    else k ??= step.k;
  }
  return scores
    .map((score, index) => ({ label: labels[index] ?? `LABEL_${index}`, score }))
    .filter(({ score }) => score >= min)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, k ?? 5);
}

/** @throws {InputError} on `topK`. */
export function checkTopK({ topK }: ClassificationOptions): void {
  if (topK !== undefined && !(Number.isInteger(topK) && topK > 0)) {
    throw new InputError('topK', `The option topK is a whole number above 0, not ${String(topK)}.`);
  }
}
