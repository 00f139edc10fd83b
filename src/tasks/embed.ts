import { InferenceError, InputError, ManifestError } from '../errors.ts';
import { shown } from '../shown.ts';
import type { EmbeddingStep } from '../manifest/index.ts';
import { l2Normalize } from '../postprocess/l2-normalize.ts';
import { pool, type Pooling } from '../postprocess/pool.ts';
import type { NamedTensors, Tensor } from '../tensor.ts';
import { checkNumbers } from './check-numbers.ts';
import { findResult, numbersOf, resultOf } from './feeds.ts';
import type { TaskContext } from './task.ts';

/** What a call may ask of an embedding. */
export interface EmbeddingOptions {
  /**
   * How the vectors of the tokens become one: their mean, the first (`cls`), the last, or not at all (`none`).
   *
   * @default what the archive says
   */
  pooling?: Pooling | 'none';
  /** Whether to scale each vector to length 1. @default what the archive says */
  normalize?: boolean;
  /**
   * Keeps this many numbers of each vector, the first ones, before it is normalised: for models that were trained so
   * (Kusupati et al. 2022, Matryoshka representations). @default all
   */
  dimensions?: number;
}

/** What a feature extraction answers. */
export interface Embedding {
  /** In row-major order. */
  embedding: Float32Array;
  /** `[size]`, or `[tokens, size]` where nothing is pooled. */
  dims: number[];
}

type Context = Pick<TaskContext, 'manifest'> & {
  readonly manifest: { readonly postprocess: readonly EmbeddingStep[] };
};

/**
 * Turns what a model gave for one text into its embedding: by the manifest's steps, but for what the options say. A
 * model that gives one vector a text, pooled already, is not pooled again.
 *
 * @param mask 1 for each token that the model was fed, 0 for padding
 * @throws {InputError} for `pooling` of a model that pools itself, and for more `dimensions` than there are.
 */
export function embed(
  outputs: NamedTensors,
  mask: readonly number[],
  { manifest }: Context,
  { pooling, normalize, dimensions }: EmbeddingOptions,
): Embedding {
  const states = pooling === undefined ? vectorOrStates(outputs, manifest) : tokenStates(outputs, manifest);
  if (states.type === 'string') {
    throw new InferenceError('inference-failed', 'The model gave strings where an embedding is numbers.');
  }
  if (states.dims.length < 3 && pooling !== undefined) {
    throw new InputError(
      'pooling',
      'The model gives one vector a text, pooled already, so the option pooling cannot be chosen. Leave it out.',
    );
  }
  const by = pooling ?? manifest.postprocess.find((step) => step.step === 'pool')?.by ?? 'none';
  const scaled = normalize ?? manifest.postprocess.some(({ step }) => step === 'l2-normalize');
  return shape(vectorsOf(states, by, mask), dimensions, scaled);
}

/** @throws {InputError} on `pooling`, `normalize` or `dimensions`. */
export function checkEmbeddingOptions({ pooling, normalize, dimensions }: EmbeddingOptions): void {
  if (pooling !== undefined && !['mean', 'cls', 'last-token', 'none'].includes(pooling)) {
    throw new InputError('pooling', `The option pooling is mean, cls, last-token or none, not ${shown(pooling)}.`);
  }
  if (normalize !== undefined && typeof normalize !== 'boolean') {
    throw new InputError('normalize', `The option normalize is true or false, not ${shown(normalize)}.`);
  }
  if (dimensions !== undefined && !(Number.isInteger(dimensions) && dimensions > 0)) {
    throw new InputError('dimensions', `The option dimensions is a whole number above 0, not ${shown(dimensions)}.`);
  }
}

/** Outputs by the names that exporters give them: `[1, tokens, size]`. */
const ofTokens = ['last_hidden_state', 'token_embeddings', 'hidden_states'] as const;

/** `[1, size]`. */
const ofTexts = ['sentence_embedding', 'text_embeds', 'embeddings', 'embedding'] as const;

function vectorOrStates(outputs: NamedTensors, manifest: Context['manifest']): Tensor {
  // BERT's `pooler_output` is made for another purpose than to embed: it serves where there is nothing else.
  return resultOf({ manifest }, outputs, ...ofTexts, ...ofTokens, 'pooler_output');
}

function tokenStates(outputs: NamedTensors, manifest: Context['manifest']): Tensor {
  return findResult({ manifest }, outputs, ...ofTokens) ?? vectorOrStates(outputs, manifest);
}

/** One vector or more, one after the other. */
interface Vectors {
  readonly data: Float32Array;
  readonly size: number;
  readonly pooled: boolean;
}

function vectorsOf(states: Tensor, by: Pooling | 'none', mask: readonly number[]): Vectors {
  const { dims } = states;
  const data = numbersOf(states);
  if (dims.length > 3 || dims.length === 0 || (dims.length > 1 && dims[0] !== 1)) {
    throw new ManifestError(
      'task-unsupported',
      `The model gave the shape [${dims.join(', ')}] where an embedding is [1, tokens, size] or [1, size]. Say which output it is under "results" of inference.json: { "last_hidden_state": "…" }.`,
    );
  }
  const size = dims.at(-1)!;
  if (dims.length < 3) return { data: Float32Array.from(data), size, pooled: true };
  const counting = mask.includes(0) ? mask : undefined;
  if (counting && counting.length !== dims[1]) {
    throw new ManifestError(
      'task-unsupported',
      `The model gave states of ${dims[1]} tokens for ${counting.length}, some of which are padding, so which of them count is unknown. Leave "padTo" out of inference.json, or export the model with its pooling.`,
    );
  }
  if (by !== 'none') return { data: pool({ data, dims }, by, counting), size, pooled: true };
  const rows = Array.from({ length: dims[1]! }, (_, row) => row).filter((row) => !counting || counting[row]);
  const kept = new Float32Array(rows.length * size);
  rows.forEach((row, place) => kept.set(data.slice(row * size, (row + 1) * size), place * size));
  return { data: kept, size, pooled: false };
}

function shape({ data, size, pooled }: Vectors, dimensions: number | undefined, normalize: boolean): Embedding {
  if (dimensions !== undefined && dimensions > size) {
    throw new InputError(
      'dimensions',
      `The option dimensions is ${dimensions}, and the vectors of this model have ${size}.`,
    );
  }
  const width = dimensions ?? size;
  const count = size === 0 ? 0 : data.length / size;
  const embedding = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    const vector = data.subarray(row * size, row * size + width);
    embedding.set(normalize ? l2Normalize(vector) : vector, row * width);
  }
  return { embedding: checkNumbers(embedding), dims: pooled ? [width] : [count, width] };
}
