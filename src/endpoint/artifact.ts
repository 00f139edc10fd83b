import type { Artifact, ArtifactSource } from '../artifact/index.ts';
import { Archive, type UnpackOptions } from '../worker/archive.ts';
import { spawnArchiveWorker, type Assets, type WorkerSource } from './assets.ts';

export interface OpenArtifactOptions extends UnpackOptions {
  assets?: Assets;
}

/**
 * Downloads, unpacks and checks a `model.tar.gz` in the page's archive worker, without serving it: to look into it,
 * or to deploy it later, with `deploy(artifact)`.
 *
 * @param source an address, a `File` or `Blob`, or a stream of bytes, which is read to its end
 * @throws {ArtifactError} when it cannot be fetched, unpacked or trusted; nothing is left behind then
 */
export async function openArtifact(source: ArtifactSource, options: OpenArtifactOptions = {}): Promise<Artifact> {
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
function resolveSource(source: ArtifactSource): ArtifactSource {
  if (typeof source === 'string' || source instanceof URL) return new URL(source, document.baseURI).href;
  if (source instanceof Blob || source instanceof ReadableStream) return source;
  throw new TypeError(
    'The source is not the address of a model.tar.gz, a File or Blob, a ReadableStream, or an artifact that was opened.',
  );
}
