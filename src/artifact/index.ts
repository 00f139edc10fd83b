import { sha256 } from '@noble/hashes/sha2.js';
import { ArtifactError } from '../errors.ts';
import { ByteReader } from './byte-reader.ts';
import { download, type ArtifactRequest, type ArtifactSource } from './download/index.ts';
import { Keeper } from './keeper.ts';
import { resolveLimits, type Limits } from './limits.ts';
import { receive, type ReceiveOptions } from './receive.ts';
import { memoryStore, type FileStore, type StorageKind } from './store/index.ts';

export type { ArtifactRequest, ArtifactSource } from './download/index.ts';
export type { Limits } from './limits.ts';
export type { StorageKind } from './store/index.ts';

/** An unpacked model artifact: its files are all there, and their checksums were right. */
export interface Artifact {
  /** What the source is called: a file's name, or the last part of an address. */
  readonly name: string;
  /** In the order of the archive, junk left out and one folder around everything taken off. */
  readonly files: readonly ArtifactFile[];
  /** Bytes as they came, compressed or not. */
  readonly downloadedBytes: number;
  /** Where its files are kept. */
  readonly storage?: StorageReport | undefined;
  /** Other archives that a pipeline of this one names, by the addresses it has for them. */
  readonly parts?: Readonly<Record<string, Artifact>> | undefined;
}

/** One file of an archive. */
export interface ArtifactFile {
  /** Relative, with forward slashes: `onnx/model.onnx`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** The file's bytes, wherever they are kept. */
  readonly blob: Blob;
}

/** How far an archive has come. Downloading and unpacking are one pass. */
export interface DownloadProgress {
  readonly phase: 'download';
  /** Bytes as they come, compressed or not. */
  readonly loadedBytes: number;
  /** Undefined where the server does not say, or compresses on the way. */
  readonly totalBytes: number | undefined;
}

/** Where the files of an artifact are, and how they came there. */
export interface StorageReport {
  readonly kind: StorageKind;
  /** Where the files came from this time. */
  readonly source: 'network' | 'store';
  /** What they are kept under; undefined where they are not. */
  readonly key: string | undefined;
  /** Digest of the contents, in 64 hexadecimal digits; undefined where they are not kept. */
  readonly version: string | undefined;
  /** The server could not be asked whether there is a newer one, or that one could not be downloaded. */
  readonly isStale: boolean;
  /** Files that were found damaged, and were downloaded again. */
  readonly healed: readonly string[];
  /** Why no better kind is used, where one would be. */
  readonly reason: string | undefined;
}

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

/** What takes the bytes of an archive as they come. */
export type Hasher = ReturnType<typeof sha256.create>;

/**
 * Reads an archive to its end, and compares its digest with the one that was asked for.
 *
 * @param expected in base64
 * @throws {ArtifactError} `integrity-mismatch`
 */
export async function checkIntegrity(reader: ByteReader, hasher: Hasher, expected: string): Promise<void> {
  while (await reader.some());
  const found = btoa(String.fromCharCode(...hasher.digest()));
  if (found === expected) return;
  throw new ArtifactError(
    'integrity-mismatch',
    `it is not the archive that was asked for: its digest is sha256-${found}, and not sha256-${expected}. Check what the address serves, and { integrity }.`,
  );
}

/** Files in the pieces that hold them. */
export function placed(
  paths: readonly string[],
  kept: readonly { readonly size: number; readonly piece: number; readonly at: number }[],
  pieces: readonly Blob[],
): ArtifactFile[] {
  return kept.map(({ size, piece, at }, index) => {
    const whole = pieces[piece]!;
    return { path: paths[index]!, size, blob: whole.size === size ? whole : whole.slice(at, at + size) };
  });
}

/** Says of which archive it was that something is wrong with it. */
export function namedError(error: unknown, name: string): unknown {
  if (!(error instanceof ArtifactError) || error.code === 'download-failed') return error;
  const message = `Cannot unpack ${JSON.stringify(name)}: ${error.message}`;
  return new ArtifactError(error.code, message, { cause: error.cause });
}

/** Passes chunks on and says how many bytes have come. */
export async function* counted(
  chunks: AsyncGenerator<Uint8Array>,
  totalBytes: number | undefined,
  onProgress: ((progress: DownloadProgress) => void) | undefined,
  loadedBytes = 0,
): AsyncGenerator<Uint8Array> {
  const report = (): void => onProgress?.({ phase: 'download', loadedBytes, totalBytes });
  report();
  for await (const chunk of chunks) {
    loadedBytes += chunk.length;
    // A total that was passed is no total: something decompressed on the way.
    if (loadedBytes > totalBytes!) totalBytes = undefined;
    report();
    yield chunk;
  }
}
