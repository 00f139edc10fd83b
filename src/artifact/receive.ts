import { ArtifactError, InpointError } from '../errors.ts';
import { ByteReader, concatBytes } from './byte-reader.ts';
import { entryPath, isJunk, quotePath } from './entry-path.ts';
import { digestFile, isDigest, type FileDigest } from './file-digest.ts';
import { formatBytes } from '../format-bytes.ts';
import { gunzip, isGzip } from './gunzip.ts';
import { createInflater, type Inflater } from './inflate.ts';
import type { Keeper } from './keeper.ts';
import { checkExpansion, type Limits } from './limits.ts';
import { looksLike } from './looks-like.ts';
import {
  firstPartBytes,
  manifestPath,
  packedHeaderBytes,
  readPackedIndex,
  signatureBytes,
  signaturePath,
  type PackedIndex,
} from './packed-index.ts';
import { verifySignature } from './signature.ts';
import { isTar, untar } from './untar.ts';

export interface ReceiveOptions {
  readonly limits: Limits;
  /** Bytes of the whole archive, where that is known. */
  readonly totalBytes: number | undefined;
  /** Takes files as they are, whatever digests `inference.json` has for them. @default false */
  readonly asTheyAre?: boolean | undefined;
  /** Public keys, one of which must have signed the archive. */
  readonly trust?: readonly string[] | undefined;
  /** Inflates the parts of a packed archive. @default this thread */
  readonly newInflater?: (() => Promise<Inflater | undefined>) | undefined;
  /** Is told of an archive's index once it is read, before anything of it is kept. */
  readonly onIndex?: ((start: PackedStart) => Promise<void>) | undefined;
  /** Is told of each border up to which all is written. */
  readonly onBorder?: ((border: number, signature: Uint8Array | undefined) => Promise<void>) | undefined;
}

/** What the first bytes of a packed archive say. */
export interface PackedStart {
  readonly index: PackedIndex;
  /** Compressed bytes of the part that holds it. */
  readonly firstBytes: number;
  /** `inference.json`, as it is in the archive. */
  readonly manifest: Uint8Array<ArrayBuffer>;
}

/** What came. */
export interface Received {
  /** The names of the files, in the order in which the keeper has them: one folder around everything is taken off. */
  readonly paths: readonly string[];
  /** Of an archive whose parts can be fetched alone. */
  readonly packed: PackedStart | undefined;
}

/**
 * Unpacks an archive into a keeper, in one pass, and checks it: CRC-32 and length, or the digests that it brings.
 *
 * @throws {ArtifactError}
 */
export async function receive(source: ByteReader, keeper: Keeper, options: ReceiveOptions): Promise<Received> {
  const start = await source.peek(512);
  checkStart(start);
  const packed = await readStart(source, start, options);
  if (packed) {
    checkFiles(packed.index.files, options.limits);
    await options.onIndex?.(packed);
    await source.skip(packedHeaderBytes + packed.firstBytes);
    await keepWhole(keeper, manifestPath, packed.manifest);
    await receivePacked(source, keeper, packed, 0, options);
    return { paths: keeper.kept.map(({ path }) => path), packed };
  }
  const tar = await openTar(source, start, options.limits);
  const paths = await keepFiles(tar, keeper, options);
  // What follows the end of the tar still counts for the checksum.
  while (await tar.some());
  return { paths, packed: undefined };
}

/** Refuses what is no archive by its first bytes: web pages, most often. @throws {ArtifactError} */
export function checkStart(start: Uint8Array): void {
  if (start.length === 0) throw new ArtifactError('archive-empty', 'it has no bytes. Check the upload.');
  if (!isGzip(start) && !isTar(start)) throw notAnArchive('it is neither gzip nor tar', start);
}

/** What is refused of a tar's entries is refused of the list that takes their place. */
function checkFiles(files: PackedIndex['files'], limits: Limits): void {
  const kinds = new Map<string, 'file' | 'directory'>();
  const totalBytes = [...files.values()].reduce((sum, { size }) => sum + size, 0);
  for (const [path, { size }] of files) {
    if (entryPath(path) !== path || path === '')
      throw new ArtifactError('archive-unsafe', `${quotePath(path)} is no plain path.`);
    claimPath(kinds, path, 'file');
    if (size > limits.maxFileBytes || new TextEncoder().encode(path).length > limits.maxPathBytes) {
      throw new ArtifactError(
        'archive-too-large',
        `${quotePath(path)} is over the limits. Raise limits.maxFileBytes or limits.maxPathBytes if you trust it.`,
      );
    }
  }
  if (files.size >= limits.maxEntries || totalBytes > limits.maxTotalBytes) {
    throw new ArtifactError(
      'archive-too-large',
      `it has ${files.size} files of ${formatBytes(totalBytes)}. Raise limits.maxEntries or limits.maxTotalBytes if you trust it.`,
    );
  }
}

/** No description is larger. */
const mostFirstBytes = 16 * 2 ** 20;

/** The index of a packed archive; undefined of any other, and of one that something disagrees with. Nothing is consumed. */
export async function readStart(
  source: ByteReader,
  start: Uint8Array,
  { totalBytes, limits }: Pick<ReceiveOptions, 'totalBytes' | 'limits'>,
): Promise<PackedStart | undefined> {
  const firstBytes = isGzip(start) ? firstPartBytes(start) : undefined;
  if (firstBytes === undefined || firstBytes > mostFirstBytes) return undefined;
  const first = (await source.peek(packedHeaderBytes + firstBytes)).subarray(packedHeaderBytes);
  if (first.length < firstBytes) return undefined;
  try {
    const tar = await inflateWhole(first, limits);
    const reader = new ByteReader(once(tar));
    for await (const { path, size, body } of untar(reader, limits)) {
      if (path !== manifestPath) return undefined;
      const manifest = await collect(body, size);
      const found = startOf(manifest, { firstBytes, totalBytes });
      return found?.index.borders[0]!.tarAt === tar.length ? found : undefined;
    }
  } catch {
    // The general way finds what is wrong with it.
  }
  return undefined;
}

/**
 * Reads the index in a description that is kept.
 *
 * @param manifest `inference.json`
 */
export function startOf(
  manifest: Uint8Array<ArrayBuffer>,
  { firstBytes, totalBytes }: { readonly firstBytes: number; readonly totalBytes: number | undefined },
): PackedStart | undefined {
  const json: unknown = JSON.parse(new TextDecoder().decode(manifest));
  // One header of the tar, and the file up to the next block.
  const firstTarBytes = 512 + Math.ceil(manifest.length / 512) * 512;
  const index = readPackedIndex(json, { firstBytes, firstTarBytes, totalBytes });
  return index && { index, firstBytes, manifest };
}

/** A last block of deflate that holds nothing: what ends a part that is inflated by itself. */
const lastBlock = Uint8Array.of(3, 0);

/** CRC-32 and length. */
const trailerBytes = 8;

/**
 * Goes on with a packed archive at one of its borders. The keeper has the files before it.
 *
 * @param source begins at the border
 */
export async function receivePacked(
  source: ByteReader,
  keeper: Keeper,
  { index, manifest }: PackedStart,
  border: number,
  { limits, trust, onBorder, newInflater, asTheyAre }: ReceiveOptions,
): Promise<void> {
  const { borders, files } = index;
  const { gzipAt, tarAt } = borders[border]!;
  const deflated = upTo(source, index.totalBytes - trailerBytes - gzipAt);
  const inflater = await newInflater?.();
  const tar = new ByteReader(inflating(deflated, limits, false, inflater), tarAt);
  let next = border + 1;
  const passed = async (): Promise<void> => {
    const before = next;
    while (next < borders.length && borders[next]!.tarAt <= tar.position) next++;
    if (next === before || !onBorder) return;
    await keeper.checkpoint();
    await onBorder(next - 1, signature);
  };
  if (!asTheyAre) keeper.expect(files);
  const signature = border === 0 ? await keepSignature(tar, keeper, manifest, trust) : undefined;
  for (const [path, { at, size }] of inTarOrder(files)) {
    if (at + size <= tarAt) continue;
    if (at >= tarAt) {
      await tar.skip(at - tar.position);
      await keeper.begin(path, size);
    }
    while (tar.position < at + size) {
      const bytes = await tar.some(at + size - tar.position);
      if (!bytes) throw endsInside(path);
      await keeper.write(bytes);
      await passed();
    }
    await keeper.end();
    await passed();
  }
  keeper.checkComplete();
  while (await tar.some());
}

/** Files as they follow each other. */
export function inTarOrder(files: PackedIndex['files']): [path: string, file: FileDigest & { at: number }][] {
  return [...files].toSorted(([, a], [, b]) => a.at - b.at);
}

/**
 * Has the keeper take what an earlier visit has written, up to a border.
 *
 * @param signature 64 bytes; undefined where the archive has none
 * @returns whether all of it is sound
 */
export async function restorePacked(
  keeper: Keeper,
  { index, manifest }: PackedStart,
  signature: Uint8Array<ArrayBuffer> | undefined,
  border: number,
): Promise<boolean> {
  const own = new Map<string, FileDigest>();
  own.set(manifestPath, await digestBytes(manifest));
  if (signature) own.set(signaturePath, await digestBytes(signature));
  const { tarAt } = index.borders[border]!;
  keeper.expect(new Map([...own, ...index.files]));
  for (const [path, { size }] of own) if (!(await keeper.restore(path, size, size))) return false;
  for (const [path, { at, size }] of inTarOrder(index.files)) {
    if (at >= tarAt && at + size > tarAt) break;
    if (!(await keeper.restore(path, size, Math.min(size, tarAt - at)))) return false;
  }
  return true;
}

async function digestBytes(bytes: Uint8Array<ArrayBuffer>): Promise<FileDigest> {
  return digestFile(new Blob([bytes]));
}

/** @throws {ArtifactError} `signature-missing`, `signature-invalid`: before anything of the model is kept */
async function keepSignature(
  tar: ByteReader,
  keeper: Keeper,
  manifest: Uint8Array<ArrayBuffer>,
  trust: readonly string[] | undefined,
): Promise<Uint8Array | undefined> {
  const header = await tar.peek(512);
  const isThere = new TextDecoder().decode(header).startsWith(`${signaturePath}\0`);
  let signature: Uint8Array<ArrayBuffer> | undefined;
  if (isThere) {
    await tar.skip(512);
    signature = (await tar.exactly(signatureBytes)).slice();
    await keepWhole(keeper, signaturePath, signature);
  }
  if (trust) await verifySignature(manifest, signature, trust);
  return signature;
}

async function keepWhole(keeper: Keeper, path: string, bytes: Uint8Array): Promise<void> {
  await keeper.begin(path, bytes.length);
  await keeper.write(bytes);
  await keeper.end();
}

/** The next `count` bytes of a source. */
export async function* upTo(source: ByteReader, count: number): AsyncGenerator<Uint8Array> {
  for (let left = count; left > 0;) {
    const bytes = await source.some(left);
    if (!bytes) throw new ArtifactError('archive-truncated', `it ends ${left} bytes before its end. Try again.`);
    left -= bytes.length;
    yield bytes;
  }
}

/** Bytes that an inflater gets at once: it answers in one piece, up to 1,032 times as large. */
const pieceBytes = 64 * 1024;

/**
 * Inflates a deflate stream from where an inflater can start anew.
 *
 * @param isOpen whether it ends at a border, and not with a last block
 */
export async function* inflating(
  deflated: AsyncIterable<Uint8Array>,
  limits: Limits,
  isOpen = false,
  inflater: Inflater = createInflater(),
): AsyncGenerator<Uint8Array> {
  let readBytes = 0;
  let unpackedBytes = 0;
  let ended = false;
  const checked = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const bytes of chunks) {
      unpackedBytes += bytes.length;
      checkExpansion(readBytes, unpackedBytes, limits);
      yield bytes;
    }
  };
  const source = deflated[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = source.next();
      if (inflater.meanwhile) yield* checked(inflater.meanwhile(next));
      const { done, value: chunk } = await next;
      if (done) break;
      readBytes += chunk.length;
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        yield* checked(inflater.write(chunk.subarray(at, at + pieceBytes)));
      }
    }
    if (isOpen) yield* inflater.write(lastBlock);
    yield* inflater.settle();
    await inflater.end();
    ended = true;
  } catch (cause) {
    if (cause instanceof InpointError || !(cause instanceof TypeError)) throw cause;
    throw new ArtifactError('archive-corrupt', 'its compressed data are damaged. Download or make it again.', {
      cause,
    });
  } finally {
    if (!ended) inflater.abort();
    await source.return?.();
  }
}

async function inflateWhole(deflated: Uint8Array, limits: Limits): Promise<Uint8Array> {
  let all: Uint8Array = new Uint8Array(0);
  for await (const bytes of inflating(once(deflated), limits, true)) {
    if (all.length + bytes.length > mostFirstBytes * 4) throw new RangeError('It is no description of a model.');
    all = concatBytes(all, bytes);
  }
  return all;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function collect(chunks: AsyncIterable<Uint8Array>, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const all = new Uint8Array(size);
  let at = 0;
  for await (const bytes of chunks) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}

function endsInside(path: string): ArtifactError {
  return new ArtifactError(
    'archive-truncated',
    `it ends inside ${quotePath(path)}. The download or the upload was cut short: try again.`,
  );
}

/** The tar within the source, which is gzip or, from a server that decompressed on the way, already the tar. */
async function openTar(source: ByteReader, start: Uint8Array, limits: Limits): Promise<ByteReader> {
  if (!isGzip(start)) return source;
  const tar = new ByteReader(expanding(gunzip(source), source, limits));
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
  source: ByteReader,
  limits: Limits,
): AsyncGenerator<Uint8Array> {
  let unpackedBytes = 0;
  for await (const chunk of chunks) {
    unpackedBytes += chunk.length;
    checkExpansion(source.position, unpackedBytes, limits);
    yield chunk;
  }
}

async function keepFiles(
  tar: ByteReader,
  keeper: Keeper,
  { limits, trust, asTheyAre }: Pick<ReceiveOptions, 'limits' | 'trust' | 'asTheyAre'>,
): Promise<string[]> {
  const kinds = new Map<string, 'file' | 'directory'>();
  const found: Described = {};
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
    await keeper.begin(path, entry.size);
    const seen = isDescription(path, entry.size) ? new Uint8Array(entry.size) : undefined;
    let at = 0;
    for await (const bytes of entry.body) {
      seen?.set(bytes, at);
      at += bytes.length;
      await keeper.write(bytes);
    }
    await keeper.end();
    if (seen) await take(found, path, seen, asTheyAre ? undefined : keeper, trust);
  }
  if (keeper.kept.length === 0) throw new ArtifactError('archive-empty', 'no file is in it. Check how it was made.');
  keeper.checkComplete();
  const paths = withoutWrapper(keeper.kept.map(({ path }) => path));
  if (trust)
    await checkTrust(
      found,
      paths.map((path) => ({ path })),
      trust,
    );
  return paths;
}

/** What an archive says of itself, as far as it has come. */
interface Described {
  manifest?: Uint8Array<ArrayBuffer> | undefined;
  signature?: Uint8Array<ArrayBuffer> | undefined;
}

/** Whether a file is `inference.json` or its signature, in the archive's root or in one folder around everything. */
function isDescription(path: string, size: number): boolean {
  const name = path.split('/', 3).slice(-1)[0];
  return path.split('/').length <= 2 && (name === manifestPath || name === signaturePath) && size <= mostFirstBytes;
}

async function take(
  found: Described,
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  keeper: Keeper | undefined,
  trust: readonly string[] | undefined,
): Promise<void> {
  if (path.endsWith(signaturePath)) found.signature = bytes;
  else {
    found.manifest = bytes;
    keeper?.expect(digestsOf(bytes, path.slice(0, -manifestPath.length)));
  }
  // As soon as both are there: before the model comes, where they come first.
  if (trust && found.manifest && found.signature) await verifySignature(found.manifest, found.signature, trust);
}

/**
 * A signature stands for the files that `inference.json` lists with their digests, and for no others.
 *
 * @throws {ArtifactError} `signature-missing`, `signature-invalid`, `signature-unsupported`
 */
export async function checkTrust(
  { manifest = new Uint8Array(0), signature }: Described,
  files: readonly { readonly path: string }[],
  trust: readonly string[],
): Promise<void> {
  await verifySignature(manifest, signature, trust);
  const listed = digestsOf(manifest, '');
  for (const { path } of files) {
    if (listed.has(path) || path === manifestPath || path === signaturePath) continue;
    throw new ArtifactError(
      'signature-invalid',
      `${quotePath(path)} was put in after signing: inference.json does not list it. Pack and sign it again.`,
    );
  }
}

/** The digests that `inference.json` has for files; what cannot be read as such is none. */
function digestsOf(bytes: Uint8Array, prefix: string): ReadonlyMap<string, FileDigest> {
  try {
    const { files } = JSON.parse(new TextDecoder().decode(bytes)) as { files?: Readonly<Record<string, unknown>> };
    return new Map(
      Object.entries(files ?? {}).flatMap(([path, digest]) => (isDigest(digest) ? [[prefix + path, digest]] : [])),
    );
  } catch {
    return new Map();
  }
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
function withoutWrapper(paths: string[]): string[] {
  const wrapper = paths[0]!.split('/', 1)[0]!;
  const wrapped = paths.every((path) => path.startsWith(`${wrapper}/`));
  return wrapped ? paths.map((path) => path.slice(wrapper.length + 1)) : paths;
}
