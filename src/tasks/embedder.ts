import type { EmbeddingStep, TextStep } from '../manifest/index.ts';
import type { NamedTensors } from '../tensor.ts';
import { embed, type Embedding, type EmbeddingOptions } from './embed.ts';
import { createFeeder } from './feeds.ts';
import type { TaskContext } from './task.ts';
import { loadTextEncoder } from './text-encoder.ts';

/** A text on its way to its embedding. */
export interface EmbeddingWork {
  readonly record: NamedTensors;
  finish(outputs: NamedTensors): Embedding;
}

/** @param as which prefix the text gets, where a model was trained to tell queries from documents */
export type Embedder = (text: string, options: EmbeddingOptions, as?: 'query' | 'document') => EmbeddingWork;

type Context = Pick<TaskContext, 'manifest' | 'inputs' | 'readJson'> & {
  readonly manifest: { readonly preprocess: readonly TextStep[]; readonly postprocess: readonly EmbeddingStep[] };
};

/** @throws {ManifestError} when the tokenizer is missing, or the model wants what no text gives. */
export async function createEmbedder(context: Context): Promise<Embedder> {
  const encoder = await loadTextEncoder(context);
  const feed = createFeeder(context, encoder.roles, 'a text');
  return (text, options, as) => {
    const { tensors, tokens } = encoder.encode(text, { as });
    const mask = tokens.map(({ padding }) => (padding ? 0 : 1));
    return { record: feed(tensors), finish: (outputs) => embed(outputs, mask, context, options) };
  };
}
