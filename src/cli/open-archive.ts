import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { unpackArtifact, type Artifact } from '../artifact/index.ts';
import { ManifestError } from '../errors.ts';
import { openSource, withParts } from '../manifest/open-source.ts';
import { UnreadableError, UsageError } from './exit-code.ts';
import { progressOn } from './progress.ts';
import { readFolder } from './read-folder.ts';
import type { Terminal } from './terminal.ts';

/** An artifact with what it was made of. */
export interface Opened {
  readonly artifact: Artifact;
  readonly from: 'archive' | 'folder' | 'model';
}

/**
 * Opens a `model.tar.gz`, a folder as it would be packed, or a bare `.onnx`.
 *
 * @param allowUrl whether an `https:` address will do
 * @throws {ArtifactError} @throws {UnreadableError}
 */
export async function openArchive(source: string, terminal: Terminal, allowUrl = false): Promise<Opened> {
  const { signal } = terminal;
  const progress = progressOn(terminal);
  const options = {
    signal,
    onProgress: ({ loadedBytes, totalBytes }: { loadedBytes: number; totalBytes: number | undefined }) =>
      progress.update('Reading', loadedBytes, totalBytes),
  };
  try {
    if (/^https?:\/\//.test(source)) {
      if (allowUrl) return { artifact: await openSource(source, options), from: 'archive' };
      throw new UsageError(`Only inspect reads addresses. Download it first: curl -LO ${JSON.stringify(source)}`);
    }
    const path = resolve(terminal.cwd, source);
    const found = await stat(path).catch((cause: unknown) => {
      throw new UnreadableError(`There is no file or folder ${JSON.stringify(source)}.`, { cause });
    });
    const name = basename(path);
    if (found.isDirectory()) {
      const files = await readFolder(path);
      const artifact = await withPartsBeside({ name, files, downloadedBytes: 0 }, dirname(path));
      return { artifact, from: 'folder' };
    }
    const blob = await openAsBlob(path);
    if (/\.(onnx|ort)$/i.test(path)) {
      return { artifact: { name, files: [{ path: name, size: blob.size, blob }], downloadedBytes: 0 }, from: 'model' };
    }
    const artifact = await unpackArtifact(new File([blob], name), options);
    return { artifact: await withPartsBeside(artifact, dirname(path)), from: 'archive' };
  } finally {
    progress.clear();
  }
}

/**
 * Opens the archives that a pipeline names, from the folder that its own archive is or will be in.
 *
 * @throws {ManifestError} for one that is not there.
 */
export function withPartsBeside(artifact: Artifact, folder: string): Promise<Artifact> {
  return withParts(artifact, async (address) => {
    const path = join(folder, address);
    const blob = isAbsolute(address) ? undefined : await openAsBlob(path).catch(() => undefined);
    if (blob) return unpackArtifact(new File([blob], basename(path)));
    throw new ManifestError(
      'file-missing',
      `Cannot serve ${JSON.stringify(artifact.name)}: its pipeline names the archive ${JSON.stringify(address)}, and it is not in ${JSON.stringify(folder)}. Put it there.`,
    );
  });
}
