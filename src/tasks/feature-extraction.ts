import { InputError } from '../errors.ts';
import { shown } from '../shown.ts';
import type { FeatureExtractionManifest } from '../manifest/index.ts';
import { checkEmbeddingOptions, type Embedding, type EmbeddingOptions } from './embed.ts';
import { createEmbedder } from './embedder.ts';
import type { Task, TaskContext } from './task.ts';

/** A text; `as` says which of two prefixes it gets, where a model was trained to tell queries from documents. */
export type FeatureExtractionInput = string | { text: string; as?: 'query' | 'document' };

/** A text as a vector of numbers that lies near those of texts of like meaning; or one vector a token. */
export async function featureExtraction(
  context: TaskContext<FeatureExtractionManifest>,
): Promise<Task<FeatureExtractionInput, EmbeddingOptions, Embedding>> {
  const embedder = await createEmbedder(context);
  return {
    prepare(input, options) {
      checkEmbeddingOptions(options);
      const { text, as } = checkInput(input);
      const { record, finish } = embedder(text, options, as);
      return { records: [record], finish: ([outputs]) => finish(outputs!) };
    },
    transfer: ({ embedding }) => [embedding.buffer],
  };
}

function checkInput(input: unknown): { text: string; as: 'query' | 'document' | undefined } {
  const { text, as } = (typeof input === 'string' ? { text: input } : (input ?? {})) as Record<string, unknown>;
  if (typeof text !== 'string') throw new InputError('text', 'The text is missing: pass a string, or { text }.');
  if (text.trim() === '') throw new InputError('text', 'The text is empty: there is nothing to embed.');
  if (as !== undefined && as !== 'query' && as !== 'document') {
    throw new InputError('as', `A text is embedded as a query or as a document, not as ${shown(as)}.`);
  }
  return { text, as };
}
