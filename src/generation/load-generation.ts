import { InferenceError } from '../errors.ts';
import type * as Generation from './generator.ts';

/**
 * Fetches what writes texts. It is as large as all else of an engine, and few models need it: a worker has it in a file
 * beside its own.
 *
 * @throws {InferenceError} `runtime-failed` when it cannot be loaded.
 */
export async function loadGeneration(): Promise<typeof Generation> {
  try {
    return await import('./generator.ts');
  } catch (cause) {
    throw new InferenceError(
      'runtime-failed',
      `Cannot load what writes texts: ${(cause as Error).message} Serve inpoint-generation.js where the engine worker's own file lies, as JavaScript.`,
      { cause },
    );
  }
}
