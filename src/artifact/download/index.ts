import { formatBytes } from '../../format-bytes.ts';
import { DownloadError, SourceChanged } from './errors.ts';
import type { AnswerInfo } from './answer.ts';
import { openHttp, type HttpOptions } from './http.ts';

export { isUnreachable, SourceChanged } from './errors.ts';
export { openHttp, type HttpOptions, type NotModified } from './http.ts';
export { plainUrl, shownUrl } from './messages.ts';
export type { Validators } from './validators.ts';

/** Where an archive comes from. A stream is read once and then belongs to Inpoint. */
export type ArtifactSource = string | URL | Blob | ReadableStream<Uint8Array>;

/** How an archive behind authentication is asked for. */
export interface ArtifactRequest {
  /** Such as `Authorization`. */
  headers?: Record<string, string>;
  /** @default 'same-origin' */
  credentials?: RequestCredentials;
}

/** The bytes of a source on their way, before anything is known about them. */
export interface Download {
  /** What to call the source in messages: a file's name, or the last part of an address. */
  readonly name: string;
  readonly chunks: AsyncGenerator<Uint8Array>;
  /** Bytes of the whole archive; undefined where nobody has said, or where a server compresses on the way. */
  readonly totalBytes: number | undefined;
  /** What the server said; undefined of files and streams. */
  readonly response?: AnswerInfo | undefined;
  /** Bytes of the archive before the first of `chunks`. */
  readonly offset: number;
}

/**
 * Opens a source. Addresses must be absolute; the page resolves them.
 *
 * @throws {ArtifactError} `download-failed` when the server cannot be reached, says no, or breaks off.
 */
export async function download(source: ArtifactSource, options: HttpOptions = {}): Promise<Download> {
  const { signal } = options;
  if (source instanceof Blob) {
    const name = 'name' in source && typeof source.name === 'string' && source.name ? source.name : 'the archive';
    const chunks = chunksOf(source.stream(), name, source.size, signal);
    return { name, chunks, totalBytes: source.size, offset: 0 };
  }
  if (source instanceof ReadableStream) {
    const chunks = chunksOf(source, 'the stream', undefined, signal);
    return { name: 'the archive', chunks, totalBytes: undefined, offset: 0 };
  }
  const answer = await openHttp(source, options);
  if ('kind' in answer) throw new SourceChanged();
  return answer;
}

/**
 * Opens a file that may not be there: undefined where the server says so, or answers with a web page of its own, as
 * servers of single-page applications do for any address.
 *
 * @throws {ArtifactError} `download-failed` when the server cannot be reached, or fails.
 */
export async function downloadIfThere(url: URL, options: HttpOptions): Promise<Download | undefined> {
  try {
    const found = await download(url, options);
    if (!found.response?.isPage) return found;
    await found.chunks.return(undefined);
    return undefined;
  } catch (error) {
    // Object stores say 403 of what is not there to those who may not list.
    if (error instanceof DownloadError && [403, 404, 410].includes(error.status!)) return undefined;
    throw error;
  }
}

/** A stream's chunks. What breaks it becomes an error that says what broke; an abort gives its own reason. */
async function* chunksOf(
  stream: ReadableStream<Uint8Array>,
  name: string,
  totalBytes: number | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  const cancel = (): void => void reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener('abort', cancel, { once: true });
  let loaded = 0;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) return;
      if (!(value instanceof Uint8Array)) throw new TypeError('The stream gave something else than Uint8Array.');
      loaded += value.length;
      yield value;
    }
  } catch (cause) {
    signal?.throwIfAborted();
    const of = totalBytes === undefined ? '' : ` of ${formatBytes(totalBytes)}`;
    throw new DownloadError(
      `Cannot download ${name}: it broke off after ${formatBytes(loaded)}${of}. Check the connection and try again.`,
      undefined,
      { cause },
    );
  } finally {
    signal?.removeEventListener('abort', cancel);
    cancel();
  }
}
