import type { Artifact, ArtifactFile } from '../artifact/index.ts';
import { ManifestError } from '../errors.ts';
import { readJson, readJsonList, type Json } from './read-json.ts';

/** An archive as those see it who look for descriptions in it. */
export interface ArchiveReader {
  /** The archive's, for messages. */
  readonly name: string;
  /** `config.json`, parsed; undefined where there is none. */
  readonly config: Json | undefined;
  has(path: string): boolean;
  /**
   * A file as a JSON object; undefined where there is none.
   *
   * @throws {ManifestError} `file-invalid` when it is something else.
   */
  json(path: string): Promise<Json | undefined>;
  /** The same of a JSON list. */
  list(path: string): Promise<readonly unknown[] | undefined>;
  /** The same; @throws {ManifestError} `file-missing` where there is none. */
  needed(path: string): Promise<Json>;
}

/**
 * Reads the descriptions of an archive.
 *
 * @param task what the archive is to be, for messages; a broken `config.json` does not matter to tensors
 */
export async function readArchive(
  { name, files }: Pick<Artifact, 'name' | 'files'>,
  task: string | undefined,
): Promise<ArchiveReader> {
  const find = (path: string): ArtifactFile | undefined => files.find((file) => file.path === path);
  const json = async (path: string): Promise<Json | undefined> => {
    const file = find(path);
    return file && readJson(name, file);
  };
  const config = await (task === 'tensor' ? json('config.json').catch(() => undefined) : json('config.json'));
  return {
    name,
    config,
    has: (path) => find(path) !== undefined,
    json,
    async list(path) {
      const file = find(path);
      return file && readJsonList(name, file);
    },
    async needed(path) {
      const found = await json(path);
      if (found) return found;
      throw new ManifestError(
        'file-missing',
        `Cannot serve ${JSON.stringify(name)}${task ? ` as ${task}` : ''}: it has no ${JSON.stringify(path)}. Add the one that the model was saved with, or deploy it with { task: 'tensor' } and prepare the tensors yourself.`,
      );
    },
  };
}
