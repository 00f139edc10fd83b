import { InputError } from '../errors.ts';
import type { TextClassificationManifest } from '../manifest/index.ts';
import { checkLabels, checkTopK, classify, type Classification, type ClassificationOptions } from './classify.ts';
import { createFeeder } from './feeds.ts';
import type { Task, TaskContext } from './task.ts';
import { checkText } from './text-input.ts';
import { loadTextEncoder } from './text-encoder.ts';

/** A text, or a pair of texts where the model compares two. */
export type TextClassificationInput = string | { text: string; textPair?: string };

/** What a text, or a pair, is about: labels with scores. */
export async function textClassification(
  context: TaskContext<TextClassificationManifest>,
): Promise<Task<TextClassificationInput, ClassificationOptions, Classification>> {
  const encoder = await loadTextEncoder(context);
  const feed = createFeeder(context, encoder.roles, 'a text');
  checkLabels(context);
  return {
    prepare(input, options) {
      checkTopK(options);
      const { text, textPair } = textsOf(input);
      return {
        records: [feed(encoder.encode(text, { pair: textPair }).tensors)],
        finish: ([outputs]) => classify(outputs!, context, options),
      };
    },
  };
}

function textsOf(input: unknown): { text: string; textPair: string | undefined } {
  const { text, textPair } = (typeof input === 'string' ? { text: input } : (input ?? {})) as Record<string, unknown>;
  if (textPair !== undefined && typeof textPair !== 'string') {
    throw new InputError('textPair', 'The textPair is not a string.');
  }
  // Tokenizers of Transformers take an empty second text for none.
  return { text: checkText(text, 'text', 'pass a string, or { text, textPair }'), textPair: textPair || undefined };
}
