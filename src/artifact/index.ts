import { ArtifactError } from '../errors.ts';
import { ByteReader } from './byte-reader.ts';
import { download, type ArtifactRequest, type ArtifactSource } from './download.ts';
import { entryPath, isJunk, quotePath } from './entry-path.ts';
import { gunzip, isGzip } from './gunzip.ts';
import { looksLike } from './looks-like.ts';
import { checkExpansion, resolveLimits, type Limits } from './limits.ts';
import { memoryStore, type Store } from './store/index.ts';
import { isTar, untar } from './untar.ts';

export type { ArtifactRequest, ArtifactSource } from './download.ts';
export type { Limits } from './limits.ts';

/** An unpacked model artifact: its files are all there, and their checksums were right. */
export interface Artifact {
  /** What the source is called: a file's name, or the last part of an address. */
  readonly name: string;
  /** In the order of the archive, junk left out and one folder around everything taken off. */
  readonly files: readonly ArtifactFile[];
  /** Bytes as they came, compressed or not. */
  readonly downloadedBytes: number;
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

export interface OpenOptions {
  request?: ArtifactRequest;
  limits?: Partial<Limits>;
  signal?: AbortSignal;
  onProgress?: (progress: DownloadProgress) => void;
  /** @default a store in memory */
  store?: Store;
}

/**
 * Fetches, unpacks and checks a `model.tar.gz` in one streaming pass. Either all of it is there afterwards
 * or an error is, and nothing is left behind.
 *
 * @throws {ArtifactError} with the reason; an abort rejects with `signal.reason`.
 */
export async function unpackArtifact(source: ArtifactSource, options: OpenOptions = {}): Promise<Artifact> {
  const limits = resolveLimits(options.limits);
  const store = options.store ?? memoryStore();
  const { name, chunks, totalBytes } = await download(source, options);
  const progress = { loadedBytes: 0, totalBytes };
  const reader = new ByteReader(counted(chunks, progress, options.onProgress));
  try {
    const tar = await openTar(reader, progress, limits);
    const files = await keepFiles(tar, store, limits);
    // What follows the end of the tar still counts for the checksum.
    while (await tar.some());
    return { name, files: withoutWrapper(files), downloadedBytes: progress.loadedBytes };
  } catch (cause) {
    if (!(cause instanceof ArtifactError) || cause.code === 'download-failed') throw cause;
    throw new ArtifactError(cause.code, `Cannot unpack ${JSON.stringify(name)}: ${cause.message}`, {
      cause: cause.cause,
    });
  } finally {
    await reader.close();
  }
}

/** The tar within the source, which is gzip or, from a server that decompressed on the way, already the tar. */
async function openTar(source: ByteReader, progress: { loadedBytes: number }, limits: Limits): Promise<ByteReader> {
  const start = await source.peek(512);
  if (start.length === 0) throw new ArtifactError('archive-empty', 'it has no bytes. Check the upload.');
  if (!isGzip(start)) {
    if (isTar(start)) return source;
    throw notAnArchive('it is neither gzip nor tar', start);
  }
  const tar = new ByteReader(expanding(gunzip(source), progress, limits));
  const block = await tar.peek(512);
  if (block.length === 0) throw new ArtifactError('archive-empty', 'nothing is in it. Check how it was made.');
  // Of a few bytes only those are refused that are known to be something else; a cut tar says so itself.
  if (!isTar(block) && (block.length === 512 || looksLike(block))) {
    throw notAnArchive('it is gzip, and what is in it is not a tar', block);
  }
  return tar;
}

function notAnArchive(reason: string, start: Uint8Array): ArtifactError {
  const kind = looksLike(start);
  const remedy = kind ? `: ${kind}` : '. Pass the archive that training left, a model.tar.gz.';
  return new ArtifactError('not-an-archive', reason + remedy);
}

/** Passes on what is unpacked as long as it is in proportion to what was read. */
async function* expanding(
  chunks: AsyncGenerator<Uint8Array>,
  progress: { loadedBytes: number },
  limits: Limits,
): AsyncGenerator<Uint8Array> {
  let unpackedBytes = 0;
  for await (const chunk of chunks) {
    unpackedBytes += chunk.length;
    checkExpansion(progress.loadedBytes, unpackedBytes, limits);
    yield chunk;
  }
}

/** Passes chunks on and says how many bytes have come. */
async function* counted(
  chunks: AsyncGenerator<Uint8Array>,
  progress: { loadedBytes: number; totalBytes: number | undefined },
  onProgress: OpenOptions['onProgress'],
): AsyncGenerator<Uint8Array> {
  const report = (): void => onProgress?.({ phase: 'download', ...progress });
  report();
  for await (const chunk of chunks) {
    progress.loadedBytes += chunk.length;
    // A total that was passed is no total: something decompressed on the way.
    if (progress.loadedBytes > progress.totalBytes!) progress.totalBytes = undefined;
    report();
    yield chunk;
  }
}

async function keepFiles(tar: ByteReader, store: Store, limits: Limits): Promise<ArtifactFile[]> {
  const kinds = new Map<string, 'file' | 'directory'>();
  const files: ArtifactFile[] = [];
  let totalBytes = 0;
  for await (const entry of untar(tar, limits)) {
    const path = entryPath(entry.path);
    if (isJunk(path)) continue;
    if (path === '' && entry.kind === 'file') {
      throw new ArtifactError('archive-unsafe', 'a file in it has no name. Make it again.');
    }
    claimPath(kinds, path, entry.kind);
    if (entry.kind === 'directory') continue;
    totalBytes += entry.size;
    if (totalBytes > limits.maxTotalBytes) {
      throw new ArtifactError(
        'archive-too-large',
        `its files come to more than ${limits.maxTotalBytes} bytes. Raise limits.maxTotalBytes if you trust it.`,
      );
    }
    const writer = store.create(path, entry.size);
    for await (const bytes of entry.body) await writer.write(bytes);
    files.push({ path, size: entry.size, blob: await writer.finish() });
  }
  if (files.length === 0) throw new ArtifactError('archive-empty', 'no file is in it. Check how it was made.');
  return files;
}

/** Refuses a path that is taken: the later of two files would silently replace the earlier. */
function claimPath(kinds: Map<string, 'file' | 'directory'>, path: string, kind: 'file' | 'directory'): void {
  const known = kinds.get(path);
  const shown = quotePath(path);
  if (known && (kind === 'file' || known === 'file')) {
    const reason = known === kind ? `${shown} is in it twice` : `${shown} is both a file and a folder`;
    throw new ArtifactError('archive-unsafe', `${reason}. Make it again.`);
  }
  kinds.set(path, kind);
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    const folder = path.slice(0, slash);
    if (kinds.get(folder) === 'file') {
      throw new ArtifactError('archive-unsafe', `${quotePath(folder)} is both a file and a folder. Make it again.`);
    }
    if (kinds.has(folder)) break;
    kinds.set(folder, 'directory');
  }
}

/** Takes off the one folder that many archives wrap around everything. */
function withoutWrapper(files: ArtifactFile[]): ArtifactFile[] {
  const wrapper = files[0]!.path.split('/', 1)[0]!;
  const wrapped = files.every(({ path }) => path.startsWith(`${wrapper}/`));
  return wrapped ? files.map((file) => ({ ...file, path: file.path.slice(wrapper.length + 1) })) : files;
}
