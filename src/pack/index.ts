import { crc32, crc32Combined } from '../artifact/crc32.ts';
import { entryPath, quotePath } from '../artifact/entry-path.ts';
import { digestFile, type FileDigest } from '../artifact/file-digest.ts';
import { resolveLimits } from '../artifact/limits.ts';
import { manifestPath, signaturePartBytes, signaturePath } from '../artifact/packed-index.ts';
import { ArtifactError } from '../errors.ts';
import { formatBytes } from '../format-bytes.ts';
import { deflatePart, gzipHeader, gzipTrailer, joined, shrinks, storedBytes } from './gzip-parts.ts';
import { inOrder } from './order.ts';
import { isPlain, paddingOf, tarEndBytes, tarHeader } from './tar-header.ts';

export { manifestPath, signaturePath } from '../artifact/packed-index.ts';

/** A file on its way into an archive. */
export interface PackFile {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly blob: Blob;
}

export interface PackOptions {
  /** What `inference.json` is to say, but for `files` and `parts`, which are added. */
  readonly manifest: Readonly<Record<string, unknown>>;
  /** Signs the bytes of `inference.json`: 64 bytes of Ed25519 (RFC 8032). */
  readonly sign?: ((manifest: Uint8Array) => Promise<Uint8Array>) | undefined;
  /** Holds what is compressed until `inference.json` can be written. @default in memory, or where Blobs are */
  readonly spool?: Spool | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Every byte of the files is read twice: once for its digest, and once to be written. */
  readonly onProgress?: ((progress: PackProgress) => void) | undefined;
}

/** Takes bytes, and gives them back once, in their order. */
export interface Spool {
  write(bytes: Uint8Array): Promise<void>;
  read(): AsyncIterable<Uint8Array>;
}

export interface PackProgress {
  readonly phase: 'digest' | 'write';
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/**
 * Writes a `model.tar.gz`, a chunk at a time. The same files and manifest give the same bytes, on every machine.
 *
 * First comes `inference.json`, with the digests and places of all other files, so that a reader can tell what an
 * archive is from its first kilobytes, and a signature of it, if there is one; then what is small, then models, then
 * golden samples. An `inference.json` among the files is left out, and so is its signature: the manifest takes its place.
 *
 * The tar is one member of gzip, deflated in parts that know nothing of each other: one for `inference.json`, one for
 * what is small, and one for each MiB of a larger file. `inference.json` lists how long they are. A download that
 * broke off can go on at the last border without anything of an inflater's state, a damaged file can be fetched by itself,
 * and everything that reads gzip reads all of it. What would shrink so far that readers take it for a decompression bomb
 * is stored.
 *
 * @throws {ArtifactError} `archive-unsafe` for a path and `archive-too-large` for a number or a size that readers would
 * refuse. @throws {UnreadableFileError} for a file that changed or went away meanwhile.
 */
export async function* packArtifact(files: readonly PackFile[], options: PackOptions): AsyncGenerator<Uint8Array> {
  const { manifest, sign, spool = blobSpool(), signal, onProgress } = options;
  const own = new Set([manifestPath, signaturePath]);
  const ordered = inOrder(
    files.filter(({ path }) => !own.has(path)),
    manifest,
  );
  checkPaths(ordered);
  checkSizes(ordered);
  const totalBytes = ordered.reduce((total, { blob }) => total + blob.size, 0);
  let doneBytes = 0;
  const advance = (phase: PackProgress['phase'], bytes: number): void => {
    signal?.throwIfAborted();
    doneBytes += bytes;
    onProgress?.({ phase, doneBytes, totalBytes });
  };
  // Without a prototype, since a file may be called __proto__.
  const listed = Object.create(null) as Record<string, FileDigest & { at: number }>;
  const tar = new TarCount(sign ? signaturePartBytes : 0);
  for (const { path, blob } of ordered) {
    const onChunk = (bytes: number): void => advance('digest', bytes);
    const digest = await named(path, () => digestFile(blob, { signal, onChunk }));
    listed[path] = { ...digest, at: tar.place(path, blob.size) };
  }
  doneBytes = 0;
  const lengths: [tarBytes: number, gzipBytes: number][] = [];
  if (sign) lengths.push([signaturePartBytes, storedBytes(signaturePartBytes)]);
  const total = { tarBytes: 0, gzipBytes: 0 };
  let crcOfRest = 0;
  for await (const { bytes, shrink } of parts(ordered, (count) => advance('write', count))) {
    const part = compressed(bytes, shrink, total);
    lengths.push([bytes.length, part.length]);
    crcOfRest = crc32(bytes, crcOfRest);
    await spool.write(part);
  }
  const description = descriptionOf(manifest, listed, lengths);
  const first = entry(manifestPath, description);
  const signature = sign ? entry(signaturePath, await sign(description)) : new Uint8Array(0);
  const firstPart = deflatePart(first, true);
  yield gzipHeader(firstPart.length);
  yield firstPart;
  if (sign) yield deflatePart(signature, false);
  yield* spool.read();
  const crc = crc32Combined(crc32(signature, crc32(first)), crcOfRest, total.tarBytes);
  yield gzipTrailer(crc, first.length + signature.length + total.tarBytes);
}

/** `inference.json`, a file and a part a line at most, whatever is in the manifest. */
function descriptionOf(
  manifest: Readonly<Record<string, unknown>>,
  files: Readonly<Record<string, unknown>>,
  lengths: readonly unknown[],
): Uint8Array<ArrayBuffer> {
  const { parts: _, ...stated } = manifest;
  const json = JSON.stringify({ ...stated, files }, undefined, 2);
  return new TextEncoder().encode(`${json.slice(0, -2)},\n  "parts": ${JSON.stringify(lengths)}\n}\n`);
}

/** Where the content of each file lies in the tar, counted from behind `inference.json`. */
class TarCount {
  #end: number;

  constructor(start: number) {
    this.#end = start;
  }

  place(path: string, size: number): number {
    const at = this.#end + tarHeader(path, size).length;
    this.#end = at + size + paddingOf(size);
    return at;
  }
}

function blobSpool(): Spool {
  const blobs: Blob[] = [];
  return {
    async write(bytes) {
      blobs.push(new Blob([bytes as BlobPart]));
    },
    async *read() {
      for (const blob of blobs) yield new Uint8Array(await blob.arrayBuffer());
    },
  };
}

/** A file that cannot be read any more, though it could be found. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';
}

/** Files below it share a part: their likeness makes them smaller together. */
const smallBytes = 64 * 1024;

/** Bytes of a file in one part: what a download that broke off loses is half of that on average. */
const partBytes = 2 ** 20;

/** A part of the tar, deflated by itself. */
interface Part {
  readonly bytes: Uint8Array;
  readonly shrink: boolean;
}

async function* parts(files: readonly PackFile[], onChunk: (bytes: number) => void): AsyncGenerator<Part> {
  let small: Uint8Array[] = [];
  let smallTotal = 0;
  for (const { path, blob } of files) {
    if (blob.size < smallBytes) {
      small.push(entry(path, await bytesOf(path, blob)));
      smallTotal += small.at(-1)!.length;
      onChunk(blob.size);
      if (smallTotal < partBytes) continue;
    }
    if (small.length > 0) yield { bytes: joined(small), shrink: true };
    small = [];
    smallTotal = 0;
    if (blob.size < smallBytes) continue;
    const shrink = await named(path, () => shrinks(blob));
    for (let at = 0; at < blob.size; at += partBytes) {
      const bytes = await bytesOf(path, blob.slice(at, at + partBytes));
      const pieces: Uint8Array[] = [bytes];
      if (at === 0) pieces.unshift(tarHeader(path, blob.size));
      if (at + partBytes >= blob.size) pieces.push(new Uint8Array(paddingOf(blob.size)));
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

/** Readers look at the ratio from 16 MiB on; a part that begins below this ends below that. */
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
