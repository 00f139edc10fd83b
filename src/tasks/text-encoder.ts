import { ManifestError } from '../errors.ts';
import type { TextStep } from '../manifest/index.ts';
import { createTextEncoder, type TextEncoding } from '../preprocess/text.ts';
import type { Tokenizer } from '../preprocess/tokenize.ts';
import { inputFor } from './feeds.ts';
import type { TaskContext } from './task.ts';

type Context = Pick<TaskContext, 'manifest' | 'inputs' | 'readJson'> & {
  readonly manifest: { readonly preprocess: readonly TextStep[] };
};

/**
 * Makes what turns texts into a model's inputs, by the steps of the manifest and the shapes that the model has.
 *
 * @throws {ManifestError} when a step, or a file that it names, is not what it should be.
 */
export function loadTextEncoder(context: Context): Promise<TextEncoding> {
  const { manifest, readJson } = context;
  return createTextEncoder(manifest.preprocess, readJson, (role) => inputFor(context, role)?.shape);
}

/** The same, for tasks that speak of tokens. @throws {ManifestError} when no step makes any. */
export async function loadTokenEncoder(context: Context): Promise<TextEncoding & { readonly tokenizer: Tokenizer }> {
  const encoder = await loadTextEncoder(context);
  const { tokenizer } = encoder;
  if (tokenizer) return { ...encoder, tokenizer };
  throw new ManifestError(
    'task-unsupported',
    `${context.manifest.task} has no tokens: add a step "tokenize" to preprocess.`,
  );
}
