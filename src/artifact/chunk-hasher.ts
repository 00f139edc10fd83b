import { chunkBytes, sha256Hex, type FileDigest } from './file-digest.ts';
import type { OpenFile } from './store/index.ts';

/** Hashes chunks of 4 MiB while others are read or written. */
export interface ChunkHasher {
  /** Says that many chunks will come: what takes its time to start does so now. */
  prepare(): void;
  /** A buffer of a chunk's size, with anything in it. */
  buffer(): Uint8Array<ArrayBuffer>;
  /** Takes a whole chunk away, and gives its SHA-256 in hexadecimal. */
  digest(chunk: Uint8Array<ArrayBuffer>): Promise<string>;
}

/** Hashes on this thread: Chromium's WebCrypto works while it is called, and takes 0.1 s for 100 MB. */
export function hasherHere(): ChunkHasher {
  const free: Uint8Array<ArrayBuffer>[] = [];
  return {
    prepare() {},
    buffer: () => free.pop() ?? new Uint8Array(chunkBytes),
    async digest(chunk) {
      const hash = sha256Hex(chunk);
      // A copy was taken.
      free.push(chunk);
      return hash;
    },
  };
}

/** Bytes from which on it is worth to have others hash, too. */
export const manyBytes: number = 16 * 2 ** 20;

/** Chunks of one file that are hashed at a time. */
const hashesAtOnce = 6;

/** Whether a file's every chunk is as it was written. A file that is not there, or cannot be read, is not sound. */
export async function isSound(
  file: OpenFile | undefined,
  { size, chunks }: FileDigest,
  hasher: ChunkHasher = hasherHere(),
): Promise<boolean> {
  try {
    if (file?.size !== size) return false;
    const hashing: Promise<boolean>[] = [];
    for (const [index, expected] of chunks.entries()) {
      const bytes = await file.read(index * chunkBytes, hasher.buffer());
      const hash = bytes.length === chunkBytes ? hasher.digest(bytes) : sha256Hex(bytes);
      hashing.push(hash.then((digest) => digest === expected));
      hashing.at(-1)!.catch(() => {});
      if (!((await hashing[index - hashesAtOnce]) ?? true)) return false;
    }
    return (await Promise.all(hashing)).every(Boolean);
  } catch {
    return false;
  } finally {
    file?.close();
  }
}
