import { ManifestError } from '../errors.ts';
import type { ScoreStep, TabularClassificationManifest } from '../manifest/index.ts';
import type { TensorInfo } from '../runtime/session.ts';
import type { NamedTensors, Tensor } from '../tensor.ts';
import { checkTopK, labelNumbers, rank, type Classification, type ClassificationOptions } from './classify.ts';
import { createTableFeeds, type TableRow } from './table-feeds.ts';
import type { Task, TaskContext } from './task.ts';

type Context = TaskContext<TabularClassificationManifest>;

/** Which label a row of a table has. */
export function tabularClassification(context: Context): Task<TableRow, ClassificationOptions, Classification> {
  const feedsOf = createTableFeeds(context);
  const answer = createAnswer(context);
  return {
    prepare(row, options) {
      checkTopK(options);
      return { records: [feedsOf(row)], finish: ([outputs]) => answer(outputs!, options) };
    },
  };
}

type Answer = (outputs: NamedTensors, options: ClassificationOptions) => Classification;

/** Decides once which output counts and what becomes of it; see `postprocess` of the manifest. */
function createAnswer({ manifest, outputs }: Context): Answer {
  const { labels, results } = manifest;
  const said = ['probabilities', 'logits', 'scores', 'label'].find((role) => results[role] !== undefined);
  const chosen = said === undefined ? scoresAmong(outputs) : outputs.find(({ name }) => name === results[said]);
  if (!chosen) throw noOutput(said === undefined ? undefined : results[said], outputs);
  const { name, type } = chosen;
  if (type === undefined) throw zipMap(name);
  if (type === 'string' || said === 'label' || (isWhole(chosen) && said === undefined)) {
    return (given) => ({ labels: [{ label: labelOf(given[name]!, labels), score: 1 }] });
  }
  const withLabels = outputs.some((output) => output !== chosen && (output.type === 'string' || isWhole(output)));
  const steps = manifest.postprocess ?? defaultSteps(said ?? name, withLabels);
  return (given, { topK }) => {
    const numbers = labelNumbers(given[name]!);
    return { labels: rank(numbers, labels, typeof steps === 'function' ? steps(numbers.length, labels) : steps, topK) };
  };
}

/** Of a classifier's outputs the one with a number a label: by its name, else the only one with fractions, else its labels. */
function scoresAmong(outputs: readonly TensorInfo[]): TensorInfo | undefined {
  const tensors = outputs.filter(({ type }) => type !== undefined);
  const fractions = tensors.filter((output) => output.type !== 'string' && !isWhole(output));
  const byName = ['prob', 'logit', 'score'].map((part) =>
    fractions.find(({ name }) => name.toLowerCase().includes(part)),
  );
  return (
    byName.find((output) => output !== undefined) ??
    (fractions.length === 1 ? fractions[0] : undefined) ??
    outputs.find(({ type }) => type === undefined) ??
    (fractions.length === 0 && tensors.length === 1 ? tensors[0] : undefined)
  );
}

type StepsFor = (numbers: number, labels: readonly string[]) => readonly ScoreStep[];

/** @throws {ManifestError} where nothing tells whether the numbers are probabilities. */
function defaultSteps(name: string, withLabels: boolean): StepsFor {
  const alone = (numbers: number, labels: readonly string[]): boolean => numbers === 1 && labels.length !== 1;
  if (/logit/i.test(name)) {
    return (numbers, labels) =>
      alone(numbers, labels) ? [{ step: 'sigmoid' }, { step: 'complement' }] : [{ step: 'softmax' }];
  }
  if (/prob/i.test(name) || withLabels) {
    return (numbers, labels) => (alone(numbers, labels) ? [{ step: 'complement' }] : []);
  }
  throw new ManifestError(
    'task-unsupported',
    `Nothing says whether the output ${JSON.stringify(name)} of the model holds probabilities or logits. Write into inference.json "postprocess": [] for probabilities, or "postprocess": [{ "step": "softmax" }] for logits.`,
  );
}

function labelOf({ data }: Tensor, labels: readonly string[]): string {
  const value = data[0];
  if (typeof value === 'string') return value;
  return labels[Number(value)] ?? String(value);
}

function isWhole({ type }: TensorInfo): boolean {
  return type !== undefined && /^u?int|^bool$/.test(type);
}

function zipMap(name: string): ManifestError {
  return new ManifestError(
    'task-unsupported',
    `The output ${JSON.stringify(name)} of the model is a list of maps and no tensor, as skl2onnx makes them by default. Export it again with options={'zipmap': False}.`,
  );
}

function noOutput(said: string | undefined, outputs: readonly TensorInfo[]): ManifestError {
  const there = outputs.map(({ name }) => JSON.stringify(name)).join(', ');
  return new ManifestError(
    'task-unsupported',
    said === undefined
      ? `Nothing says which output of the model holds its probabilities: it gives ${there}. Name it under "results" of inference.json: { "probabilities": "…" }.`
      : `The model has no output ${JSON.stringify(said)}, which "results" of inference.json names; it gives ${there}.`,
  );
}
