import { crc32 } from '../artifact/crc32.ts';
import { entryPath, quotePath } from '../artifact/entry-path.ts';
import { resolveLimits } from '../artifact/limits.ts';
import { ArtifactError } from '../errors.ts';
import { formatBytes } from '../format-bytes.ts';
import { chunkBytes, digestFile, type FileDigest } from './file-digest.ts';
import { deflatePart, gzipHeader, gzipTrailer, joined, shrinks } from './gzip-parts.ts';
import { inOrder } from './order.ts';
import { isPlain, paddingOf, tarEndBytes, tarHeader } from './tar-header.ts';

/** A file on its way into an archive. */
export interface PackFile {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly blob: Blob;
}

export interface PackOptions {
  /** What `inference.json` is to say, but for `files`, which is added. */
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal | undefined;
  /** Every byte of the files is read twice: once for its digest, and once to be written. */
  readonly onProgress?: ((progress: PackProgress) => void) | undefined;
}

export interface PackProgress {
  readonly phase: 'digest' | 'write';
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/**
 * Writes a `model.tar.gz`, a chunk at a time. The same files and manifest give the same bytes, on every machine.
 *
 * First comes `inference.json`, with the digests of all other files, so that a reader can tell what an archive is from
 * its first kilobytes; then what is small, then models, then golden samples. An `inference.json` among the files is
 * left out: the manifest takes its place.
 *
 * The tar is one member of gzip, deflated in parts that know nothing of each other: one for `inference.json`, one for
 * what is small, and one for each chunk of 4 MiB of a larger file. A download that broke off can go on at the last border
 * without anything of an inflater's state, and everything that reads gzip reads it. What would shrink so far that readers
 * take it for a decompression bomb is stored.
 *
 * @throws {ArtifactError} `archive-unsafe` for a path and `archive-too-large` for a number or a size that readers would
 * refuse. @throws {UnreadableFileError} for a file that changed or went away meanwhile.
 */
export async function* packArtifact(files: readonly PackFile[], options: PackOptions): AsyncGenerator<Uint8Array> {
  const { manifest, signal, onProgress } = options;
  const ordered = inOrder(
    files.filter(({ path }) => path !== manifestPath),
    manifest,
  );
  checkPaths(ordered);
  checkSizes(ordered);
  const totalBytes = ordered.reduce((total, { blob }) => total + blob.size, 0);
  let doneBytes = 0;
  const advance = (phase: PackProgress['phase'], bytes: number): void => {
    doneBytes += bytes;
    onProgress?.({ phase, doneBytes, totalBytes });
  };
  // Without a prototype, since a file may be called __proto__.
  const digests = Object.create(null) as Record<string, FileDigest>;
  for (const { path, blob } of ordered) {
    const onChunk = (bytes: number): void => advance('digest', bytes);
    digests[path] = await named(path, () => digestFile(blob, { signal, onChunk }));
  }
  const description = new TextEncoder().encode(`${JSON.stringify({ ...manifest, files: digests }, undefined, 2)}\n`);
  doneBytes = 0;
  const onWrite = (bytes: number): void => {
    signal?.throwIfAborted();
    advance('write', bytes);
  };
  const total = { tarBytes: 0, gzipBytes: 0 };
  let crc = 0;
  yield gzipHeader;
  for await (const { bytes, shrink } of parts(entry(manifestPath, description), ordered, onWrite)) {
    crc = crc32(bytes, crc);
    yield compressed(bytes, shrink, total);
  }
  yield gzipTrailer(crc, total.tarBytes);
}

/** A file that cannot be read any more, though it could be found. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';
}

/** Where an archive says what it is. */
export const manifestPath = 'inference.json';

/** Files below it share a part: their likeness makes them smaller together. */
const smallBytes = 64 * 1024;

/** A part of the tar, deflated by itself. */
interface Part {
  readonly bytes: Uint8Array;
  readonly shrink: boolean;
}

async function* parts(
  first: Uint8Array,
  files: readonly PackFile[],
  onChunk: (bytes: number) => void,
): AsyncGenerator<Part> {
  yield { bytes: first, shrink: true };
  let small: Uint8Array[] = [];
  let smallTotal = 0;
  for (const { path, blob } of files) {
    if (blob.size < smallBytes) {
      small.push(entry(path, await bytesOf(path, blob)));
      smallTotal += small.at(-1)!.length;
      onChunk(blob.size);
      if (smallTotal < chunkBytes) continue;
    }
    if (small.length > 0) yield { bytes: joined(small), shrink: true };
    small = [];
    smallTotal = 0;
    if (blob.size < smallBytes) continue;
    const shrink = await named(path, () => shrinks(blob));
    for (let at = 0; at < blob.size; at += chunkBytes) {
      const bytes = await bytesOf(path, blob.slice(at, at + chunkBytes));
      const pieces: Uint8Array[] = [bytes];
      if (at === 0) pieces.unshift(tarHeader(path, blob.size));
      if (at + chunkBytes >= blob.size) pieces.push(new Uint8Array(paddingOf(blob.size)));
      onChunk(bytes.length);
      yield { bytes: joined(pieces), shrink };
    }
  }
  yield { bytes: joined([...small, new Uint8Array(tarEndBytes)]), shrink: true };
}

/** A part, stored where all up to its end would be out of proportion. @param total what came before, and is counted on */
function compressed(bytes: Uint8Array, shrink: boolean, total: { tarBytes: number; gzipBytes: number }): Uint8Array {
  total.tarBytes += bytes.length;
  let part = deflatePart(bytes, shrink);
  // Within a part the ratio may be higher than at its end: half of the limit leaves room for the beginning of any.
  const maxRatio = resolveLimits().maxRatio / 2;
  const isBomb = total.tarBytes > harmlessBytes && total.tarBytes > (total.gzipBytes + part.length) * maxRatio;
  if (isBomb && shrink) part = deflatePart(bytes, false);
  total.gzipBytes += part.length;
  return part;
}

/** Readers look at the ratio from 16 MiB on; a part of 4 MiB that begins below this ends below that. */
const harmlessBytes = 8 * 2 ** 20;

async function bytesOf(path: string, blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await named(path, () => blob.arrayBuffer()));
}

/** Says of which file it is that cannot be read. */
async function named<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof DOMException) || cause.name !== 'NotReadableError') throw cause;
    throw new UnreadableFileError(
      `Cannot read ${quotePath(path)}: it was changed or removed while it was packed. Pack again.`,
      { cause },
    );
  }
}

function entry(path: string, content: Uint8Array): Uint8Array {
  return joined([tarHeader(path, content.length), content, new Uint8Array(paddingOf(content.length))]);
}

function checkPaths(files: readonly PackFile[]): void {
  const seen = new Set<string>();
  for (const { path } of files) {
    const shown = JSON.stringify(path);
    if (entryPath(path) !== path) throw new ArtifactError('archive-unsafe', `${shown} is not a plain relative path.`);
    if (seen.has(path)) throw new ArtifactError('archive-unsafe', `${shown} is given twice.`);
    seen.add(path);
  }
}

/** What unpackArtifact() refuses at its default limits, before a byte is written. */
function checkSizes(files: readonly PackFile[]): void {
  const { maxEntries, maxFileBytes, maxTotalBytes, maxPathBytes } = resolveLimits();
  const tooLarge = (reason: string): ArtifactError => new ArtifactError('archive-too-large', reason);
  // A path or a size that ustar cannot say has an entry of its own. The first one is inference.json.
  let entries = 1;
  let totalBytes = 0;
  for (const { path, blob } of files) {
    const pathBytes = new TextEncoder().encode(path).length;
    if (pathBytes > maxPathBytes)
      throw tooLarge(
        `The path ${quotePath(path)} has ${pathBytes} bytes, and no reader takes more than ${maxPathBytes}. Shorten it.`,
      );
    if (blob.size > maxFileBytes)
      throw tooLarge(
        `${quotePath(path)} has ${formatBytes(blob.size)}, and no reader takes a file of more than ${formatBytes(maxFileBytes)}. Part its weights, or quantize them.`,
      );
    entries += isPlain(path, blob.size) ? 1 : 2;
    totalBytes += blob.size;
  }
  if (totalBytes > maxTotalBytes)
    throw tooLarge(
      `The files come to ${formatBytes(totalBytes)}, and no reader takes more than ${formatBytes(maxTotalBytes)}. Leave out what the model does not need.`,
    );
  if (entries > maxEntries)
    throw tooLarge(
      `The ${files.length} files make ${entries} entries of a tar, and no reader takes more than ${maxEntries}. Leave out what the model does not need.`,
    );
}
