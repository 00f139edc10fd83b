import type { ArtifactFile } from '../artifact/index.ts';
import { ManifestError } from '../errors.ts';

export type Json = Readonly<Record<string, unknown>>;

/**
 * A file of an artifact as a JSON object.
 *
 * @param name the artifact's, for messages
 * @throws {ManifestError} `file-invalid` when it is something else.
 */
export async function readJson(name: string, file: ArtifactFile): Promise<Json> {
  let value: unknown;
  try {
    value = JSON.parse(await file.blob.text());
  } catch (cause) {
    throw new ManifestError(
      'file-invalid',
      `Cannot serve ${JSON.stringify(name)}: ${JSON.stringify(file.path)} is not JSON (${(cause as Error).message}). Save it again.`,
      { cause },
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new ManifestError(
    'file-invalid',
    `Cannot serve ${JSON.stringify(name)}: ${JSON.stringify(file.path)} is not a JSON object. Save it again.`,
  );
}
