import { InferenceError, InputError, ManifestError } from '../errors.ts';
import { shown } from '../shown.ts';
import type { ZeroShotClassificationManifest } from '../manifest/index.ts';
import type { NamedTensors } from '../tensor.ts';
import { softmax } from '../postprocess/softmax.ts';
import { checkNumbers } from './check-numbers.ts';
import { checkTopK, labelNumbers, type Classification } from './classify.ts';
import { createFeeder, resultOf } from './feeds.ts';
import type { Task, TaskContext } from './task.ts';
import { loadTextEncoder } from './text-encoder.ts';

/** A text and the labels to choose among. */
export interface ZeroShotClassificationInput {
  text: string;
  /** What the text may be about, in words; no two alike. */
  candidateLabels: readonly string[];
}

/** What a call may ask of a zero-shot classification. */
export interface ZeroShotClassificationOptions {
  /** A sentence about the text; each label is put in place of `{}`. @default 'This example is {}.' */
  hypothesisTemplate?: string;
  /** Whether several labels may hold at once: scores then do not add up to 1. @default false */
  multiLabel?: boolean;
  /** How many labels to give, the likeliest first. @default all */
  topK?: number;
}

/**
 * Classifies by labels that the model was not trained on: a model of natural language inference tells of each label
 * whether the text entails the hypothesis made of it. The scores are the softmax of `entailment` over the labels; with
 * `multiLabel`, or a single label, that of `entailment` against `contradiction`, label by label.
 *
 * Source: `ZeroShotClassificationPipeline` of Transformers; Yin et al. 2019, Benchmarking zero-shot text classification.
 */
export async function zeroShotClassification(
  context: TaskContext<ZeroShotClassificationManifest>,
): Promise<Task<ZeroShotClassificationInput, ZeroShotClassificationOptions, Classification>> {
  const { manifest } = context;
  const entailment = entailmentOf(manifest.labels);
  const encoder = await loadTextEncoder(context);
  const feed = createFeeder(context, encoder.roles, 'a pair of texts');
  return {
    prepare(input, options) {
      const { text, candidateLabels } = checkInput(input);
      const { hypothesisTemplate, multiLabel, topK } = checkOptions(options);
      const hypotheses = candidateLabels.map((label) => hypothesisTemplate.split('{}').join(label));
      return {
        records: hypotheses.map((pair) => feed(encoder.encode(text, { pair, cut: 'first' }).tensors)),
        finish(outputs) {
          const logits = outputs.map((each) => logitsOf(each, manifest, entailment));
          const scores = multiLabel || logits.length === 1 ? oneByOne(logits, entailment) : among(logits, entailment);
          checkNumbers(scores);
          const labels = candidateLabels
            .map((label, index) => ({ label, score: scores[index]! }))
            .toSorted((a, b) => b.score - a.score);
          return { labels: labels.slice(0, topK) };
        },
      };
    },
  };
}

/** @throws {ManifestError} when the model is not one of natural language inference. */
function entailmentOf(labels: readonly string[]): number {
  const index = labels.findIndex((label) => /^entail/i.test(label));
  if (index >= 0) return index;
  throw new ManifestError(
    'task-unsupported',
    `Zero-shot classification needs a model of natural language inference, and none of the labels of this one (${labels.join(', ') || 'it has none'}) begins with "entail". If it is one, name its labels under "labels" of inference.json.`,
  );
}

/** Each label against its contradiction, which is the first label, or the last where the first is the entailment. */
function oneByOne(logits: readonly number[][], entailment: number): number[] {
  return logits.map((values) => softmax([values.at(entailment === 0 ? -1 : 0)!, values[entailment]!])[1]!);
}

function among(logits: readonly number[][], entailment: number): number[] {
  return softmax(logits.map((values) => values[entailment]!));
}

function logitsOf(outputs: NamedTensors, manifest: ZeroShotClassificationManifest, entailment: number): number[] {
  const tensor = resultOf({ manifest }, outputs, 'logits');
  if (tensor.type === 'string' || tensor.data.length < 2 || tensor.data.length <= entailment) {
    throw new InferenceError(
      'inference-failed',
      `The model gave ${tensor.data.length} ${tensor.type === 'string' ? 'strings' : 'numbers'} where one number a label is expected, for ${manifest.labels.join(', ')}. Name the right output under "results" of inference.json: { "logits": "…" }.`,
    );
  }
  return Array.from(labelNumbers(tensor));
}

function checkInput(input: unknown): { text: string; candidateLabels: readonly string[] } {
  const { text, candidateLabels } = (input ?? {}) as Record<string, unknown>;
  if (typeof text !== 'string') {
    throw new InputError('text', 'The text is missing: pass { text, candidateLabels: ["…", "…"] }.');
  }
  if (text.trim() === '') throw new InputError('text', 'The text is empty: there is nothing to classify.');
  if (!Array.isArray(candidateLabels) || candidateLabels.length === 0) {
    throw new InputError('candidateLabels', 'The candidateLabels are a list of one label or more, as strings.');
  }
  const labels = [...(candidateLabels as unknown[])].map(checkLabel);
  return { text, candidateLabels: labels };
}

function checkLabel(label: unknown, index: number, all: readonly unknown[]): string {
  const field = `candidateLabels.${index}`;
  if (typeof label !== 'string') throw new InputError(field, `The label ${field} is not a string.`);
  if (label.trim() === '') throw new InputError(field, `The label ${field} is empty.`);
  const first = all.indexOf(label);
  if (first < index) {
    throw new InputError(field, `The label ${shown(label)} is there twice, at ${first} and ${index}. Leave one out.`);
  }
  return label;
}

function checkOptions(options: ZeroShotClassificationOptions): Required<Omit<ZeroShotClassificationOptions, 'topK'>> & {
  topK: number | undefined;
} {
  checkTopK(options);
  const { hypothesisTemplate = 'This example is {}.', multiLabel = false, topK } = options;
  if (typeof hypothesisTemplate !== 'string' || !hypothesisTemplate.includes('{}')) {
    throw new InputError(
      'hypothesisTemplate',
      'The option hypothesisTemplate is a sentence with {} where the label goes, as in "This example is {}.".',
    );
  }
  if (typeof multiLabel !== 'boolean') {
    throw new InputError('multiLabel', `The option multiLabel is true or false, not ${shown(multiLabel)}.`);
  }
  return { hypothesisTemplate, multiLabel, topK };
}
