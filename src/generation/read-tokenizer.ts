import { ManifestError } from '../errors.ts';
import { createTokenizer, type Tokenizer } from '../preprocess/tokenize.ts';

/**
 * Makes the tokenizer of a model that writes.
 *
 * @param path of `tokenizer.json`, for messages
 * @throws {ManifestError} `file-invalid` when a part of it is not known.
 */
export function readTokenizer(
  path: string,
  json: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>>,
): Tokenizer {
  try {
    return createTokenizer(json, config);
  } catch (cause) {
    throw new ManifestError(
      'file-invalid',
      `${JSON.stringify(path)} is not a tokenizer that is known: ${(cause as Error).message}. Save it again as a fast tokenizer.`,
      { cause },
    );
  }
}
