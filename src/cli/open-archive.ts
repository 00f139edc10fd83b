import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { entryPath } from '../artifact/entry-path.ts';
import { unpackArtifact, type Artifact, type UnpackArtifactOptions } from '../artifact/index.ts';
import { ArtifactError, ManifestError } from '../errors.ts';
import type { DescribeOptions } from '../manifest/index.ts';
import { openSource, withParts } from '../manifest/open-source.ts';
import { UnreadableError, UsageError } from './exit-code.ts';
import { openFile, reasonOf } from './open-file.ts';
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
 * @param choice which model of a folder at an address is fetched
 * @param allowUrl whether an `https:` address will do
 * @param asTheyAre takes files that are others than was packed, to tell which
 * @throws {ArtifactError} @throws {UnreadableError} @throws {ManifestError} for an empty folder.
 */
export async function openArchive(
  source: string,
  terminal: Terminal,
  choice: Pick<DescribeOptions, 'model' | 'dtype'>,
  allowUrl = false,
  asTheyAre = false,
): Promise<Opened> {
  const { signal } = terminal;
  const progress = progressOn(terminal);
  const options = {
    signal,
    asTheyAre,
    onProgress: ({ loadedBytes, totalBytes }: { loadedBytes: number; totalBytes: number | undefined }) =>
      progress.update('Reading', loadedBytes, totalBytes),
  };
  try {
    if (/^https?:\/\//.test(source)) {
      if (!URL.canParse(source)) throw new UsageError(`${JSON.stringify(source)} is no address.`);
      if (allowUrl) return { artifact: await openSource(source, { ...options, ...choice }), from: 'archive' };
      throw new UsageError(`Only inspect reads addresses. Download it first: curl -LO ${JSON.stringify(source)}`);
    }
    const path = resolve(terminal.cwd, source);
    const found = await stat(path).catch((cause: unknown) => {
      if (reasonOf(cause) !== 'it is not there')
        throw new UnreadableError(`Cannot read ${JSON.stringify(source)}: ${reasonOf(cause)}.`, { cause });
      throw new UnreadableError(`There is no file or folder ${JSON.stringify(source)}.`, { cause });
    });
    const name = basename(path);
    if (found.isDirectory()) {
      const files = await readFolder(path, { signal });
      if (files.length === 0) throw emptyFolder(source);
      const artifact = await withPartsBeside({ name, files, downloadedBytes: 0 }, dirname(path), signal);
      return { artifact, from: 'folder' };
    }
    const blob = await openFile(path).catch((cause: unknown) => {
      throw new UnreadableError(`Cannot read ${JSON.stringify(source)}: ${(cause as Error).message}.`, { cause });
    });
    if (/\.(onnx|ort)$/i.test(path)) {
      return { artifact: { name, files: [{ path: name, size: blob.size, blob }], downloadedBytes: 0 }, from: 'model' };
    }
    const artifact = await unpackFile(new File([blob], name), options);
    return { artifact: await withPartsBeside(artifact, dirname(path), signal), from: 'archive' };
  } finally {
    progress.clear();
  }
}

/** Says where to begin. */
export function emptyFolder(folder: string): ManifestError {
  return new ManifestError(
    'model-missing',
    `The folder ${JSON.stringify(folder)} is empty. Put the model in it, as model.onnx.`,
  );
}

/**
 * Opens the archives that a pipeline names, from the folder that its own archive is or will be in.
 *
 * @throws {ManifestError} for one that is not there, or that the pipeline looks for outside of that folder.
 */
export function withPartsBeside(artifact: Artifact, folder: string, signal: AbortSignal): Promise<Artifact> {
  const names = (address: string): string =>
    `Cannot serve ${JSON.stringify(artifact.name)}: its pipeline names the archive ${JSON.stringify(address)}`;
  return withParts(artifact, async (address) => {
    let path: string;
    try {
      path = join(folder, entryPath(address));
    } catch (cause) {
      throw new ManifestError(
        'file-invalid',
        `${names(address)}, which leads out of its folder. Put it beside this one, or below.`,
        { cause },
      );
    }
    const blob = await openFile(path).catch((cause: unknown) => {
      const shown = `${names(address)}, and it cannot be opened in ${JSON.stringify(folder)}`;
      throw new ManifestError('file-missing', `${shown}: ${(cause as Error).message}. Put it there.`, { cause });
    });
    return unpackFile(new File([blob], basename(path)), { signal });
  });
}

/** Nothing is downloaded here: a file that breaks off is one that cannot be read. */
async function unpackFile(file: File, options: UnpackArtifactOptions): Promise<Artifact> {
  try {
    return await unpackArtifact(file, options);
  } catch (cause) {
    if (!(cause instanceof ArtifactError) || cause.code !== 'download-failed') throw cause;
    const reason = cause.cause instanceof Error ? `: ${cause.cause.message}` : '';
    throw new UnreadableError(`Cannot read ${JSON.stringify(file.name)} to its end${reason.replace(/\.$/, '')}.`, {
      cause,
    });
  }
}
