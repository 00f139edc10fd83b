import { sha256 } from '@noble/hashes/sha2.js';

/** What `inference.json` says of a file, by which a reader knows that it has it whole and unchanged. */
export interface FileDigest {
  /** In bytes. */
  readonly size: number;
  /** SHA-256 of each chunk of 4 MiB, the last one shorter, in hexadecimal. */
  readonly chunks: readonly string[];
}

/** Bytes of a chunk: WebCrypto hashes only what it has whole, so a file is hashed in parts. */
export const chunkBytes: number = 4 * 2 ** 20;

/** Reads a file once, a chunk at a time. `onChunk` is told how many bytes each was. */
export async function digestFile(
  blob: Blob,
  { signal, onChunk }: { signal?: AbortSignal | undefined; onChunk?: ((bytes: number) => void) | undefined } = {},
): Promise<FileDigest> {
  const chunks: string[] = [];
  for (let at = 0; at < blob.size; at += chunkBytes) {
    signal?.throwIfAborted();
    const bytes = await blob.slice(at, at + chunkBytes).arrayBuffer();
    chunks.push(await sha256Hex(bytes));
    onChunk?.(bytes.byteLength);
  }
  return { size: blob.size, chunks };
}

/** Whether somebody else's JSON is a digest. */
export function isDigest(value: unknown): value is FileDigest {
  const { size, chunks } = (value ?? {}) as Partial<Record<keyof FileDigest, unknown>>;
  return Number.isSafeInteger(size) && Array.isArray(chunks) && chunks.every((chunk) => typeof chunk === 'string');
}

/** The address of content: SHA-256 of its chunk digests, one after the other, in hexadecimal. */
export async function addressOf({ chunks }: Pick<FileDigest, 'chunks'>): Promise<string> {
  const bytes = chunks.join('').match(/../g) ?? [];
  return sha256Hex(Uint8Array.from(bytes, (digits) => Number.parseInt(digits, 16)));
}

/** SHA-256 in hexadecimal. Pages that are not served securely have no WebCrypto, and wait ten times as long. */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer> | ArrayBuffer): Promise<string> {
  const { subtle } = globalThis.crypto as { subtle?: SubtleCrypto };
  if (subtle) return hexadecimal(await subtle.digest('SHA-256', bytes));
  return hexadecimal(sha256(new Uint8Array(bytes)).slice().buffer);
}

/** Two digits a byte. */
export function hexadecimal(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
