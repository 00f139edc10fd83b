/** How far an archive has come. Downloading and unpacking are one pass. */
export interface DownloadProgress {
  readonly phase: 'download';
  /** Bytes as they come, compressed or not. */
  readonly loadedBytes: number;
  /** Undefined where the server does not say, or compresses on the way. */
  readonly totalBytes: number | undefined;
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
