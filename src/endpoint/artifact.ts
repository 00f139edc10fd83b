import type { Artifact } from '../artifact/index.ts';
import type { FolderFile, ModelSource } from '../manifest/open-source.ts';
import { Archive, type UnpackOptions } from '../worker/archive.ts';
import { spawnArchiveWorker, type Assets, type WorkerSource } from './assets.ts';

/** How an archive is fetched and unpacked. */
export interface OpenArtifactOptions extends UnpackOptions {
  assets?: Assets;
}

/**
 * Downloads, unpacks and checks a `model.tar.gz` in the page's archive worker, without serving it: to look into it,
 * or to deploy it later, with `deploy(artifact)`.
 *
 * @param source an archive's address, a `File` or `Blob`, or a stream of bytes, which is read to its end; the address
 * of a folder, which ends in a slash; or a list of files
 * @throws {ArtifactError} when it cannot be fetched, unpacked or trusted; nothing is left behind then
 */
export async function openArtifact(
  source: ModelSource | FileList,
  options: OpenArtifactOptions = {},
): Promise<Artifact> {
  return archiveFor(options.assets?.archiveWorker).unpack(resolveSource(source), options);
}

/** One archive worker a page, and one more for each place it is taken from. */
const archives = new Map<WorkerSource | undefined, Archive>();

function archiveFor(source: WorkerSource | undefined): Archive {
  const archive = archives.get(source) ?? new Archive(() => spawnArchiveWorker(source));
  archives.set(source, archive);
  return archive;
}

/** Addresses are relative to the page, not to the worker that fetches them. */
function resolveSource(source: ModelSource | FileList): ModelSource {
  if (typeof FileList !== 'undefined' && source instanceof FileList) return resolveSource([...source]);
  if (typeof source === 'string' || source instanceof URL) return absolute(source);
  if (source instanceof Blob || source instanceof ReadableStream) return source;
  if (Array.isArray(source)) return source.map(resolveFile);
  throw new TypeError(
    'The source is not the address of a model.tar.gz or of a folder, a File or Blob, a ReadableStream, a list of files, or an artifact that was opened.',
  );
}

/** A file with its path, since not every browser keeps `webkitRelativePath` of one that crosses to a worker. */
function resolveFile(file: FolderFile): FolderFile {
  if (typeof file === 'string' || file instanceof URL) return absolute(file);
  if (file instanceof Blob) return { path: file.webkitRelativePath || file.name, source: file };
  const { path, source } = file;
  return { path, source: source instanceof Blob ? source : absolute(source) };
}

function absolute(address: string | URL): string {
  return new URL(address, document.baseURI).href;
}
