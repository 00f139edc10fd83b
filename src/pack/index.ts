import { entryPath } from '../artifact/entry-path.ts';
import { ArtifactError } from '../errors.ts';
import { chunkBytes, digestFile, type FileDigest } from './file-digest.ts';
import { gzipMember, shrinks } from './gzip-member.ts';
import { inOrder } from './order.ts';
import { paddingOf, tarEndBytes, tarHeader } from './tar-header.ts';

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
 * The tar is cut into members of gzip: one for `inference.json`, one for what is small, and one for each chunk of
 * 4 MiB of a larger file. A download that broke off can go on at the last border without anything of an inflater's
 * state, and a damaged byte is found in the member it is in. gzip(1) and tar read it as any other.
 *
 * @throws {ArtifactError} `archive-unsafe` for a path that readers would refuse.
 */
export async function* packArtifact(files: readonly PackFile[], options: PackOptions): AsyncGenerator<Uint8Array> {
  const { manifest, signal, onProgress } = options;
  const ordered = inOrder(
    files.filter(({ path }) => path !== manifestPath),
    manifest,
  );
  checkPaths(ordered);
  const totalBytes = ordered.reduce((total, { blob }) => total + blob.size, 0);
  let doneBytes = 0;
  const advance = (phase: PackProgress['phase'], bytes: number): void => {
    doneBytes += bytes;
    onProgress?.({ phase, doneBytes, totalBytes });
  };
  // Without a prototype, since a file may be called __proto__.
  const digests = Object.create(null) as Record<string, FileDigest>;
  for (const { path, blob } of ordered) {
    digests[path] = await digestFile(blob, { signal, onChunk: (bytes) => advance('digest', bytes) });
  }
  const description = new TextEncoder().encode(`${JSON.stringify({ ...manifest, files: digests }, undefined, 2)}\n`);
  yield gzipMember(entry(manifestPath, description), true);
  doneBytes = 0;
  yield* members(ordered, (bytes) => {
    signal?.throwIfAborted();
    advance('write', bytes);
  });
}

/** Where an archive says what it is. */
export const manifestPath = 'inference.json';

/** Files below it share a member: their likeness makes them smaller together. */
const smallBytes = 64 * 1024;

async function* members(files: readonly PackFile[], onChunk: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let small: Uint8Array[] = [];
  let smallTotal = 0;
  for (const { path, blob } of files) {
    if (blob.size < smallBytes) {
      small.push(entry(path, new Uint8Array(await blob.arrayBuffer())));
      smallTotal += small.at(-1)!.length;
      onChunk(blob.size);
      if (smallTotal < chunkBytes) continue;
    }
    if (small.length > 0) yield gzipMember(joined(small), true);
    small = [];
    smallTotal = 0;
    if (blob.size < smallBytes) continue;
    const shrink = await shrinks(blob);
    for (let at = 0; at < blob.size; at += chunkBytes) {
      const bytes = new Uint8Array(await blob.slice(at, at + chunkBytes).arrayBuffer());
      const pieces: Uint8Array[] = [bytes];
      if (at === 0) pieces.unshift(tarHeader(path, blob.size));
      if (at + chunkBytes >= blob.size) pieces.push(new Uint8Array(paddingOf(blob.size)));
      onChunk(bytes.length);
      yield gzipMember(joined(pieces), shrink);
    }
  }
  yield gzipMember(joined([...small, new Uint8Array(tarEndBytes)]), true);
}

function entry(path: string, content: Uint8Array): Uint8Array {
  return joined([tarHeader(path, content.length), content, new Uint8Array(paddingOf(content.length))]);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
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
