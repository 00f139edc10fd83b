import type { ArtifactFile } from '../artifact/index.ts';
import { ManifestError } from '../errors.ts';
import { formatBytes } from '../format-bytes.ts';

export type Json = Readonly<Record<string, unknown>>;

/**
 * A file of an artifact as a JSON object.
 *
 * @param name the artifact's, for messages
 * @throws {ManifestError} `file-invalid` when it is something else.
 */
export async function readJson(name: string, file: ArtifactFile): Promise<Json> {
  return (await readValue(name, file, 'object')) as Json;
}

/** The same, as a JSON list. */
export async function readJsonList(name: string, file: ArtifactFile): Promise<readonly unknown[]> {
  return (await readValue(name, file, 'list')) as readonly unknown[];
}

async function readValue(name: string, file: ArtifactFile, kind: 'object' | 'list'): Promise<unknown> {
  const wrong = (reason: string, cause?: unknown): ManifestError =>
    new ManifestError(
      'file-invalid',
      `Cannot serve ${JSON.stringify(name)}: ${JSON.stringify(file.path)} ${reason}. Save it again.`,
      { cause },
    );
  if (file.size > maxBytes)
    throw wrong(`is ${formatBytes(file.size)} of JSON, over the limit of ${formatBytes(maxBytes)}`);
  let value: unknown;
  const text = await file.blob.text();
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw wrong(`is not JSON (${(cause as Error).message})`, cause);
  }
  const isKind = typeof value === 'object' && value !== null && Array.isArray(value) === (kind === 'list');
  if (!isKind) throw wrong(`is not a JSON ${kind}`);
  if (isDeeper(value, maxDepth)) throw wrong(`is nested more than ${maxDepth} levels deep`);
  return value;
}

/** The largest tokenizers come to some tens of megabytes. */
const maxBytes = 64 * 2 ** 20;

/** Deeper values can be parsed and not be sent to another thread. */
const maxDepth = 100;

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1));
}
