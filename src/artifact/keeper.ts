import { ArtifactError } from '../errors.ts';
import { hasherHere, isSound, manyBytes, type ChunkHasher } from './chunk-hasher.ts';
import { quotePath } from './entry-path.ts';
import { addressOf, chunkBytes, sha256Hex, type FileDigest } from './file-digest.ts';
import { pieceIn, type FileStore, type FileWriter, type KeptPath, type NewPiece } from './store/index.ts';

/** What the files of an archive are said to be, by their paths in it. */
export type ExpectedDigests = ReadonlyMap<string, FileDigest>;

/** Files below it share a piece: opening a file costs more than reading a small one. */
const smallBytes = 64 * 1024;

/**
 * Writes an archive's files into pieces, and hashes each chunk of 4 MiB on its way. Large files are a piece; small ones
 * in a row share one of up to a chunk. The same files in the same order make the same pieces.
 */
export class Keeper {
  readonly #files: FileStore;
  readonly #folder: string;
  readonly #hasher: ChunkHasher;
  readonly #kept: KeptPath[] = [];
  readonly #pieces: PieceWriter[] = [];
  readonly #digests = new Map<string, FileDigest>();
  #expected: ExpectedDigests = new Map();
  /** Small files go on in it. */
  #bundle: PieceWriter | undefined;
  /** Takes the file that has begun. */
  #open: PieceWriter | undefined;

  /** @param folder of the store, for its pieces until they are adopted */
  constructor(files: FileStore, folder: string, hasher: ChunkHasher = hasherHere()) {
    this.#files = files;
    this.#folder = folder;
    this.#hasher = hasher;
  }

  /** The files so far, in their order. */
  get kept(): readonly KeptPath[] {
    return this.#kept;
  }

  /**
   * Compares what has come, and what will come, with digests as far as they name it.
   *
   * @throws {ArtifactError} `archive-corrupt`
   */
  expect(expected: ExpectedDigests): void {
    this.#expected = expected;
    for (const path of this.#digests.keys()) this.#check(path);
  }

  /** @throws {ArtifactError} `archive-corrupt` where a file that was expected has not come */
  checkComplete(): void {
    for (const path of this.#expected.keys()) {
      if (this.#digests.has(path)) continue;
      throw new ArtifactError(
        'archive-corrupt',
        `${quotePath(path)} is not in it, which inference.json lists under "files". Pack it again.`,
      );
    }
  }

  async begin(path: string, size: number): Promise<void> {
    if (size >= manyBytes) this.#hasher.prepare();
    this.#open = size < smallBytes ? await this.#bundleFor(size) : await this.#newPiece(size);
    this.#kept.push({ path, size, piece: this.#pieces.indexOf(this.#open), at: this.#open.size });
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#open!.write(bytes);
  }

  async end(): Promise<void> {
    const piece = this.#open!;
    const { path, size, at } = this.#kept.at(-1)!;
    this.#open = undefined;
    const isSmall = piece === this.#bundle;
    const chunks = isSmall && size > 0 ? [await sha256Hex(piece.lately(at, size))] : [];
    this.#digests.set(path, isSmall ? { size, chunks } : await piece.finish());
    this.#check(path);
  }

  #check(path: string): void {
    const expected = this.#expected.get(path);
    if (!expected) return;
    const { size, chunks } = this.#digests.get(path)!;
    const chunk = chunks.findIndex((digest, index) => digest !== expected.chunks[index]);
    if (chunk >= 0 || expected.size !== size) throw notAsPacked(path, Math.max(0, chunk));
  }

  /**
   * Takes a file, or the first bytes of one, that an earlier visit has written in the same order.
   *
   * @param bytes as many as are there for sure
   * @returns whether they are what was expected
   */
  async restore(path: string, size: number, bytes: number): Promise<boolean> {
    const isSmall = size < smallBytes;
    const expected = this.#expected.get(path);
    const piece = isSmall ? await this.#bundleFor(size, true) : this.#takePiece();
    const at = piece.size;
    this.#kept.push({ path, size, piece: this.#pieces.indexOf(piece), at });
    const there = await this.#files.read(piece.path);
    if (!there || there.size < at + bytes || !expected) return false;
    if (!isSmall && bytes === size) {
      piece.restoreWhole(expected);
      this.#digests.set(path, expected);
      return isSound(await this.#files.open(piece.path), expected);
    }
    await piece.restore(there, at + bytes);
    this.#open = piece;
    if (bytes < size) return (await piece.chunksSoFar()).every((digest, index) => digest === expected.chunks[index]);
    await this.end();
    return true;
  }

  /** Puts all that has come where it outlives this worker. */
  async checkpoint(): Promise<void> {
    await this.#bundle?.flush();
    await this.#open?.flush();
  }

  /** Ends what is open, and gives the pieces. */
  async finish(): Promise<NewPiece[]> {
    await this.#bundle?.finish();
    return Promise.all(
      this.#pieces.map(async (piece) => {
        const digest = await piece.finish();
        return { ...digest, address: await addressOf(digest), from: piece.path };
      }),
    );
  }

  /** Lets go of what is open; what was written stays. */
  async abandon(): Promise<void> {
    await Promise.all(this.#pieces.map((piece) => piece.abandon().catch(() => {})));
  }

  async #bundleFor(size: number, restoring = false): Promise<PieceWriter> {
    if (this.#bundle && this.#bundle.size + size <= chunkBytes) return this.#bundle;
    await this.#bundle?.finish();
    this.#bundle = restoring ? this.#takePiece() : await this.#newPiece(0);
    return this.#bundle;
  }

  async #newPiece(size: number): Promise<PieceWriter> {
    const piece = this.#takePiece();
    await piece.create(size);
    return piece;
  }

  #takePiece(): PieceWriter {
    const piece = new PieceWriter(this.#files, pieceIn(this.#folder, this.#pieces.length), this.#hasher);
    this.#pieces.push(piece);
    return piece;
  }
}

/** Chunks that are hashed while the next one comes. */
const hashesAtOnce = 3;

/** Writes one piece, and keeps its last chunk until it is hashed. */
class PieceWriter {
  readonly path: string;
  /** Bytes that have come. */
  size = 0;
  readonly #files: FileStore;
  readonly #hasher: ChunkHasher;
  readonly #digests: Promise<string>[] = [];
  #writer: FileWriter | undefined;
  /** The last chunk, as far as it has come. It begins small, since many pieces stay so. */
  #chunk = new Uint8Array(0);
  #filled = 0;
  #flushed = 0;
  #finished: FileDigest | undefined;

  constructor(files: FileStore, path: string, hasher: ChunkHasher) {
    this.#files = files;
    this.#hasher = hasher;
    this.path = path;
  }

  async create(size: number, from = 0): Promise<void> {
    this.#writer = await this.#files.create(this.path, size, from);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const taken = bytes.subarray(at, at + chunkBytes - this.#filled);
      this.#fit(this.#filled + taken.length);
      this.#chunk.set(taken, this.#filled);
      this.#filled += taken.length;
      this.size += taken.length;
      at += taken.length;
      if (this.#filled === chunkBytes) await this.#endChunk();
    }
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    if (this.#flushed === this.#filled) return;
    if (!this.#writer) await this.create(this.size, this.size - this.#filled + this.#flushed);
    await this.#writer!.write(this.#chunk.subarray(this.#flushed, this.#filled));
    this.#flushed = this.#filled;
  }

  /** Bytes of the last chunk. */
  lately(at: number, size: number): Uint8Array<ArrayBuffer> {
    const start = at - (this.size - this.#filled);
    return this.#chunk.subarray(start, start + size);
  }

  async chunksSoFar(): Promise<string[]> {
    return Promise.all(this.#digests);
  }

  async finish(): Promise<FileDigest> {
    if (this.#finished) return this.#finished;
    if (this.#filled > 0) await this.#endChunk();
    await this.#writer?.finish();
    this.#writer = undefined;
    this.#chunk = new Uint8Array(0);
    this.#finished = { size: this.size, chunks: await Promise.all(this.#digests) };
    return this.#finished;
  }

  async abandon(): Promise<void> {
    await this.#writer?.abandon();
    this.#writer = undefined;
  }

  /** Takes what an earlier visit has written, up to `end`. */
  async restore(there: Blob, end: number): Promise<void> {
    if (this.size === 0) {
      for (; this.size + chunkBytes <= end; this.size += chunkBytes) {
        this.#digests.push(sha256Hex(await there.slice(this.size, this.size + chunkBytes).arrayBuffer()));
      }
    }
    const rest = new Uint8Array(await there.slice(this.size, end).arrayBuffer());
    this.#fit(this.#filled + rest.length);
    this.#chunk.set(rest, this.#filled);
    this.#filled += rest.length;
    this.#flushed = this.#filled;
    this.size = end;
  }

  restoreWhole(digest: FileDigest): void {
    this.size = digest.size;
    this.#finished = digest;
  }

  async #endChunk(): Promise<void> {
    await this.flush();
    const isWhole = this.#filled === chunkBytes;
    // WebCrypto takes a copy at once; the hasher takes the chunk itself.
    this.#digests.push(isWhole ? this.#hasher.digest(this.#chunk) : sha256Hex(this.#chunk.subarray(0, this.#filled)));
    this.#digests.at(-1)!.catch(() => {});
    if (isWhole) this.#chunk = new Uint8Array(0);
    this.#filled = 0;
    this.#flushed = 0;
    await this.#digests.at(-hashesAtOnce);
  }

  #fit(size: number): void {
    if (size <= this.#chunk.length) return;
    const larger = size <= smallBytes ? new Uint8Array(smallBytes) : this.#hasher.buffer();
    larger.set(this.#chunk.subarray(0, this.#filled));
    this.#chunk = larger;
  }
}

function notAsPacked(path: string, chunk: number): ArtifactError {
  return new ArtifactError(
    'archive-corrupt',
    `${quotePath(path)} is not what was packed: chunk ${chunk} of 4 MiB differs from its digest in inference.json. Download or make it again.`,
  );
}
