import { InputError, ManifestError } from '../errors.ts';
import type { TextClassificationManifest } from '../manifest/index.ts';
import { createTextEncoding, type EncodedText, type TextEncoding } from '../preprocess/text.ts';
import type { TensorInfo } from '../runtime/session.ts';
import type { NamedTensors, Tensor } from '../tensor.ts';
import { checkTopK, classify, type Classification, type ClassificationOptions } from './classify.ts';
import type { Task, TaskContext } from './task.ts';

/** A text, or a pair of texts where the model compares two. */
export type TextClassificationInput = string | { text: string; textPair?: string };

export async function textClassification({
  manifest,
  inputs,
  readJson,
}: TaskContext<TextClassificationManifest>): Promise<
  Task<TextClassificationInput, ClassificationOptions, Classification>
> {
  const unknown = inputs.find(({ name }) => !textInputs.includes(name));
  if (unknown) {
    throw new ManifestError(
      'task-unsupported',
      `The model wants an input ${JSON.stringify(unknown.name)}, which no text gives. Deploy it with { task: 'tensor' } and feed it yourself.`,
    );
  }
  const encode = await loadEncoding(manifest, readJson);
  return {
    preprocess(input, options) {
      checkTopK(options);
      const { text, textPair } = textsOf(input);
      return feedsOf(encode(text, textPair), inputs);
    },
    postprocess: (outputs, options) => classify(outputs, manifest, options),
  };
}

async function loadEncoding(
  manifest: TextClassificationManifest,
  readJson: TaskContext['readJson'],
): Promise<TextEncoding> {
  const tokenizer = await readJson(manifest.tokenizer);
  const config = manifest.tokenizerConfig ? await readJson(manifest.tokenizerConfig) : {};
  try {
    return createTextEncoding(tokenizer, config, manifest.maxTokens);
  } catch (cause) {
    throw new ManifestError(
      'file-invalid',
      `${JSON.stringify(manifest.tokenizer)} is not a tokenizer that is known: ${(cause as Error).message}. Save it again as a fast tokenizer.`,
      { cause },
    );
  }
}

function textsOf(input: unknown): { text: string; textPair: string | undefined } {
  if (typeof input === 'string') return { text: input, textPair: undefined };
  const { text, textPair } = (input ?? {}) as { text?: unknown; textPair?: unknown };
  if (typeof text !== 'string')
    throw new InputError('text', 'The text is missing: pass a string, or { text, textPair }.');
  if (textPair !== undefined && typeof textPair !== 'string')
    throw new InputError('textPair', 'The textPair is not a string.');
  return { text, textPair };
}

/** The inputs that a text gives, by the names that exporters give them. */
const textInputs = ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids'];

function feedsOf({ ids, typeIds }: EncodedText, inputs: readonly TensorInfo[]): NamedTensors {
  const values = [ids, ids.map(() => 1), typeIds, ids.map((_, position) => position)];
  return Object.fromEntries(inputs.map(({ name, type }) => [name, integers(type, values[textInputs.indexOf(name)]!)]));
}

function integers(type: TensorInfo['type'], row: readonly number[]): Tensor {
  const dims = [1, row.length];
  return type === 'int32'
    ? { type, data: Int32Array.from(row), dims }
    : { type: 'int64', data: BigInt64Array.from(row, BigInt), dims };
}
