import { sha256 } from '@noble/hashes/sha2.js';
import { namedError, placed, type Artifact } from './artifact.ts';
import { ByteReader } from './byte-reader.ts';
import { download, type ArtifactRequest, type ArtifactSource } from './download/index.ts';
import { checkIntegrity, type Hasher } from './integrity.ts';
import { Keeper } from './keeper.ts';
import { resolveLimits, type Limits } from './limits.ts';
import { counted, type DownloadProgress } from './progress.ts';
import { receive, type ReceiveOptions } from './receive.ts';
import { memoryStore, type FileStore } from './store/index.ts';

export interface UnpackArtifactOptions {
  request?: ArtifactRequest;
  limits?: Partial<Limits>;
  signal?: AbortSignal;
  onProgress?: (progress: DownloadProgress) => void;
  /** Public keys, one of which must have signed the archive. */
  trust?: ReceiveOptions['trust'];
  /** Takes the files. @default a store in memory */
  files?: FileStore;
  /** Takes files as they are, whatever digests `inference.json` has for them. @default false */
  asTheyAre?: boolean;
  /** The SHA-256 that the archive must have, in base64. */
  digest?: string | undefined;
  /** How the browser's own cache is used. @default 'no-store' */
  httpCache?: RequestCache;
}

/**
 * Fetches, unpacks and checks a `model.tar.gz` in one streaming pass. Either all of it is there afterwards
 * or an error is, and nothing is left behind.
 *
 * @throws {ArtifactError} with the reason; an abort rejects with `signal.reason`.
 */
export async function unpackArtifact(source: ArtifactSource, options: UnpackArtifactOptions = {}): Promise<Artifact> {
  const { name, chunks, totalBytes } = await download(source, options);
  const { files = memoryStore(), trust, digest } = options;
  const hasher = digest === undefined ? undefined : sha256.create();
  const reader = new ByteReader(hashed(counted(chunks, totalBytes, options.onProgress), hasher));
  const keeper = new Keeper(files, 'unpacked');
  try {
    const { paths } = await receive(reader, keeper, {
      limits: resolveLimits(options.limits),
      totalBytes,
      trust,
      asTheyAre: options.asTheyAre,
    });
    if (hasher) await checkIntegrity(reader, hasher, digest!);
    const pieces = await keeper.finish();
    const blobs = await Promise.all(pieces.map(async ({ from }) => (await files.read(from)) ?? new Blob()));
    return { name, files: placed(paths, keeper.kept, blobs), downloadedBytes: reader.position };
  } catch (error) {
    await keeper.abandon();
    throw namedError(error, name);
  } finally {
    await reader.close();
  }
}

/** Passes chunks on, and hashes them on the way. */
async function* hashed(chunks: AsyncGenerator<Uint8Array>, hasher: Hasher | undefined): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hasher?.update(chunk);
    yield chunk;
  }
}
