import { InferenceError, InputError, ManifestError } from '../errors.ts';
import { shown } from '../shown.ts';
import type { ScoreStep } from '../manifest/index.ts';
import { sigmoid, softmax } from '../postprocess/softmax.ts';
import type { NamedTensors, Tensor } from '../tensor.ts';
import { checkNumbers } from './check-numbers.ts';
import { numbersOf, resultOf } from './feeds.ts';
import type { LabelScore, TaskContext } from './task.ts';

/** What a call may ask of a classification. */
export interface ClassificationOptions {
  /** How many labels to give, the likeliest first. @default 5 */
  topK?: number;
}

/** What a classification answers. */
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
  return { labels: rank(labelNumbers(tensor), manifest.labels, manifest.postprocess, topK) };
}

/**
 * The numbers of a tensor that has one a label: `[1, labels]`, or the like with more dimensions of 1.
 *
 * @throws {InferenceError} for strings, and for a tensor of more than one row.
 */
export function labelNumbers(tensor: Tensor): ArrayLike<number> {
  const { type, dims, data } = tensor;
  if (type !== 'string' && data.length > 0 && dims.filter((dim) => dim !== 1).length <= 1) return numbersOf(tensor);
  throw new InferenceError(
    'inference-failed',
    `The model gave ${type === 'string' ? 'strings' : 'numbers'} of the shape [${dims.join(', ')}] where a classifier gives [1, labels], one number a label. Name the right output under "results" of inference.json: { "logits": "…" }.`,
  );
}

/**
 * Scores with their labels, the likeliest first; equal ones in the order of the labels.
 *
 * @throws {InferenceError} where one is NaN.
 */
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
    else if (step.step === 'complement') {
      if (scores.length !== 1) throw notAlone(scores.length);
      scores = [1 - scores[0]!, scores[0]!];
    } else if (step.step === 'threshold') min = step.min;
    else k ??= step.k;
  }
  return highest(checkNumbers(scores), k ?? 5, min).map((index) => ({
    label: labels[index] ?? `LABEL_${index}`,
    score: scores[index]!,
  }));
}

/** So many are picked out one by one in less time than all of them are sorted in. */
const mostPicked = 64;

/** Places of the `count` highest scores of at least `min`, the highest first; equal ones in their order. */
function highest(scores: readonly number[], count: number, min: number): number[] {
  if (count > mostPicked) {
    const all = [...scores.keys()].filter((place) => scores[place]! >= min);
    return all.toSorted((a, b) => scores[b]! - scores[a]!).slice(0, count);
  }
  const places: number[] = [];
  for (let place = 0; place < scores.length; place++) {
    const score = scores[place]!;
    if (!(score >= min)) continue;
    if (places.length >= count) {
      if (count < 1 || score <= scores[places.at(-1)!]!) continue;
      places.pop();
    }
    let at = places.length;
    while (at > 0 && scores[places[at - 1]!]! < score) at--;
    places.splice(at, 0, place);
  }
  return places;
}

/**
 * Sees that a classifier has no more labels than numbers, where the model says how many it gives. With fewer, the rest
 * is called `LABEL_n`; a single number may stand for two labels.
 *
 * @throws {ManifestError} `file-invalid`
 */
export function checkLabels({
  manifest,
  outputs,
}: Pick<TaskContext, 'outputs'> & { manifest: Labelled & TaskContext['manifest'] }): void {
  const { labels, postprocess, results } = manifest;
  const roles = ['logits', 'probabilities', 'scores'];
  const said = roles.map((role) => results[role]).find((name) => name !== undefined);
  const output =
    outputs.find(({ name }) => (said === undefined ? roles.includes(name) : name === said)) ??
    (outputs.length === 1 ? outputs[0] : undefined);
  const width = output?.shape.at(-1);
  if (typeof width !== 'number' || width < 2 || output!.shape.length !== 2) return;
  if (postprocess.some(({ step }) => step === 'complement')) throw notAlone(width);
  if (labels.length > width) {
    throw new ManifestError(
      'file-invalid',
      `There are ${labels.length} labels, and the model gives ${width} numbers (${JSON.stringify(output!.name)}). Give one label a number, in "labels" of inference.json or "id2label" of config.json.`,
    );
  }
}

function notAlone(numbers: number): ManifestError {
  return new ManifestError(
    'file-invalid',
    `The step "complement" under "postprocess" of inference.json makes two scores of one number, and the model gives ${numbers}. Leave it out.`,
  );
}

/** @throws {InputError} on `topK`. */
export function checkTopK({ topK }: ClassificationOptions): void {
  if (topK !== undefined && !(Number.isInteger(topK) && topK > 0)) {
    throw new InputError('topK', `The option topK is a whole number above 0, not ${shown(topK)}.`);
  }
}
