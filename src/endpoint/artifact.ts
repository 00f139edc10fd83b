import type { Artifact } from '../artifact/index.ts';
import { ArtifactError, StoreError } from '../errors.ts';
import type { FolderFile, ModelSource } from '../manifest/open-source.ts';
import { holdModel, type Release } from '../use-lock.ts';
import { Archive, type UnpackOptions } from '../worker/archive.ts';
import { spawnArchiveWorker, type Assets, type WorkerSource } from './assets.ts';
import { tellOf } from './store-events.ts';

/** How an archive is fetched, unpacked and kept. */
export interface OpenArtifactOptions extends UnpackOptions {
  /**
   * When the server is asked whether what is kept has changed: `foreground` before it is used, `background` after that,
   * so that a newer version is there the next time; `models` says so by an `update` event.
   *
   * @default 'foreground'
   */
  revalidate?: 'foreground' | 'background';
  assets?: Assets;
}

/**
 * Downloads, unpacks, checks and keeps a `model.tar.gz` in the page's archive worker, or opens what is kept of it, without
 * serving it: to look into it, or to deploy it later, with `deploy(artifact)`. As long as the page has the artifact, what is
 * kept of it makes no room for others.
 *
 * @param source an archive's address, a `File` or `Blob`, or a stream of bytes, which is read to its end; the address
 * of a folder, which ends in a slash; or a list of files
 * @throws {ArtifactError} when it cannot be fetched, unpacked or trusted; nothing is left behind then
 * @throws {StoreError} when it cannot be kept
 */
export async function openArtifact(
  source: ModelSource | FileList,
  options: OpenArtifactOptions = {},
): Promise<Artifact> {
  const { artifact, release } = await openHeld(source, options);
  const key = artifact.storage?.key;
  if (key !== undefined && typeof FinalizationRegistry !== 'undefined') {
    forgotten ??= new FinalizationRegistry((held) => held());
    forgotten.register(artifact, await holdModel(options.namespace ?? 'default', key, 'look'));
  }
  release();
  return artifact;
}

let forgotten: FinalizationRegistry<Release> | undefined;

/** Opens an artifact that is not removed before it is released. */
export async function openHeld(
  source: ModelSource | FileList,
  options: OpenArtifactOptions = {},
): Promise<{ artifact: Artifact; release: Release }> {
  const { revalidate, assets, ...given } = options;
  const { namespace = 'default', cache = 'default' } = given;
  const resolved = resolveSource(source);
  if (isLoose(resolved)) checkLoose(given);
  const archive = archiveFor(assets?.archiveWorker);
  const key = given.key ?? (typeof resolved === 'string' ? resolved : undefined);
  const release = key === undefined || cache === 'no-store' ? () => {} : await holdModel(namespace, key, 'use');
  const isLater = revalidate === 'background' && cache === 'default' && typeof resolved === 'string';
  const onEvent = tellOf(namespace);
  try {
    const artifact = await archive.open(resolved, isLater ? { ...given, cache: 'force-cache' } : given, onEvent);
    if (isLater && artifact.storage?.source === 'store') {
      const later = { ...given, cache: 'no-cache', signal: undefined, onProgress: undefined } as const;
      // What is kept will do as long as nothing better comes.
      archive.open(resolved, later, onEvent).catch(() => {});
    }
    namespaces.set(artifact, namespace);
    return { artifact, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** Whether a source is files, which nobody signed and which are not kept, instead of an archive. */
function isLoose(source: ModelSource): boolean {
  return Array.isArray(source) || (typeof source === 'string' && new URL(source).pathname.endsWith('/'));
}

/** Refuses what only an archive can promise. @throws {ArtifactError} `signature-missing` @throws {StoreError} `not-kept` */
function checkLoose({ trust, integrity, cache }: UnpackOptions): void {
  if (trust) {
    throw new ArtifactError(
      'signature-missing',
      'A folder or a list of files has no signature, and only signed archives are trusted here. Pack it with inpoint pack --sign.',
    );
  }
  if (integrity !== undefined) {
    throw new TypeError('integrity is the digest of an archive, and the source is a folder or a list of files.');
  }
  if (cache === 'only-if-cached') {
    throw new StoreError(
      'not-kept',
      "Of folders and lists of files nothing is kept, and { cache: 'only-if-cached' } downloads nothing. Pack them with inpoint pack.",
    );
  }
}

/** Where artifacts are kept that this page has opened. */
const namespaces = new WeakMap<Artifact, string>();

/** Holds what is kept of an artifact that is there already. */
export async function holdArtifact(artifact: Artifact): Promise<Release> {
  const key = artifact.storage?.key;
  return key === undefined ? () => {} : holdModel(namespaces.get(artifact) ?? 'default', key, 'use');
}

/** One archive worker a page, and one more for each place it is taken from. */
const archives = new Map<WorkerSource | undefined, Archive>();

export function archiveFor(source: WorkerSource | undefined): Archive {
  const archive = archives.get(source) ?? new Archive(() => spawnArchiveWorker(source));
  archives.set(source, archive);
  return archive;
}

/** Addresses are relative to the page, not to the worker that fetches them. */
export function resolveSource(source: ModelSource | FileList): ModelSource {
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
