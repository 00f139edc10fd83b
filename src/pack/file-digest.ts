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
    chunks.push(hexadecimal(await crypto.subtle.digest('SHA-256', bytes)));
    onChunk?.(bytes.byteLength);
  }
  return { size: blob.size, chunks };
}

function hexadecimal(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
