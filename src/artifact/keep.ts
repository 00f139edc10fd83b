import { StoreError } from '../errors.ts';
import type { Artifact, StorageReport } from './artifact.ts';
import { SourceChanged, type ArtifactSource } from './download/index.ts';
import { integrityDigest } from './integrity.ts';
import { resolveLimits } from './limits.ts';
import { openModel } from './open-model.ts';
import { mostStarts, nothingKept, shownKey, type KeepOptions } from './opening.ts';
import { openStore } from './store/index.ts';
import { unpackArtifact } from './unpack.ts';

export type { CacheMode } from './cache-mode.ts';
export type { KeepOptions, StoreEvent } from './opening.ts';
export type { Resume } from './receipt.ts';

/**
 * Opens an archive from what is kept of it, or fetches, unpacks, checks and keeps it. An address is kept under itself,
 * a file or a stream only under a `key`.
 *
 * @throws {ArtifactError} @throws {StoreError} @throws {QuotaError}; an abort rejects with `signal.reason`
 */
export async function keepArtifact(source: ArtifactSource, options: KeepOptions = {}): Promise<Artifact> {
  const digest = options.integrity === undefined ? undefined : integrityDigest(options.integrity);
  const key = options.key ?? ownKey(source);
  const { cache = 'default', namespace = 'default' } = options;
  if (key === undefined || cache === 'no-store') return openUnkept(source, options, digest, undefined);
  for (let tries = 1; ; tries++) {
    const { store, reason } = await openStore(namespace);
    if (!store && cache === 'only-if-cached') throw nothingKept(key);
    if (!store) return openUnkept(source, options, digest, reason);
    try {
      return await openModel({ store, reason, key, source, options, digest, limits: resolveLimits(options.limits) });
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof DOMException)) throw error;
      // Somebody cleared the data of this site meanwhile: the folder that was open is no more.
      if (!gone.has(error.name) || tries === mostTries || !isReadAgain(source)) throw storeFailed(key, error);
    }
  }
}

/** What the platform says of files and folders that were removed while they were open. */
const gone: ReadonlySet<string> = new Set(['NotFoundError', 'InvalidStateError', 'NotReadableError']);

/** Times that a store is opened anew, since it was cleared. */
const mostTries = 3;

function isReadAgain(source: ArtifactSource): boolean {
  return !(source instanceof ReadableStream);
}

function storeFailed(key: string, cause: DOMException): StoreError {
  return new StoreError(
    'store-failed',
    `What is kept under ${shownKey(key)} cannot be read or written on this device: ${cause.message} Try again, or use it without keeping it: { cache: 'no-store' }.`,
    { cause },
  );
}

/** Addresses are their own keys, but for those that hold the bytes or die with the page. */
function ownKey(source: ArtifactSource): string | undefined {
  if (typeof source !== 'string' && !(source instanceof URL)) return undefined;
  const { protocol, href } = new URL(source);
  return protocol === 'data:' || protocol === 'blob:' ? undefined : href;
}

/** Opens an archive that is not kept: its files are in memory. */
async function openUnkept(
  source: ArtifactSource,
  options: KeepOptions,
  digest: string | undefined,
  reason: string | undefined,
): Promise<Artifact> {
  const storage: StorageReport = {
    kind: 'memory',
    source: 'network',
    key: undefined,
    version: undefined,
    isStale: false,
    healed: [],
    reason,
  };
  // Where there is no store, the browser's own cache has to do.
  const httpCache = reason === undefined ? 'no-store' : (options.cache ?? 'default');
  for (let start = 1; ; start++) {
    try {
      const artifact = await unpackArtifact(source, { ...options, httpCache, digest });
      return { ...artifact, storage };
    } catch (error) {
      if (!(error instanceof SourceChanged) || start === mostStarts) throw error;
    }
  }
}
