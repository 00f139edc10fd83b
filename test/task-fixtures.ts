import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Artifact } from '../src/artifact/index.ts';

/** The folders of `test/fixtures/tasks`: each is a model as a user would pack it, with golden samples. */
export const taskFolder: string = fileURLToPath(new URL('fixtures/tasks/', import.meta.url));

export const taskFixtures: readonly string[] = readdirSync(taskFolder).filter((name) =>
  existsSync(join(taskFolder, name, 'golden.json')),
);

/** Paths of all files below a folder, with forward slashes. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .toSorted();
}

/** A folder as if it had been unpacked. */
export function artifactOf(folder: string): Artifact {
  const files = filesOf(folder).map((path) => {
    const blob = new Blob([readFileSync(join(folder, path))]);
    return { path, size: blob.size, blob };
  });
  return { name: folder.split('/').findLast((part) => part !== '')!, files, downloadedBytes: 0 };
}
