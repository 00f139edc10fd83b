import { ArtifactError } from '../errors.ts';
import { formatBytes } from '../format-bytes.ts';

/** Where an archive comes from. A stream is read once and then belongs to Inpoint. */
export type ArtifactSource = string | URL | Blob | ReadableStream<Uint8Array>;

/** How an archive behind authentication is asked for. */
export interface ArtifactRequest {
  /** Such as `Authorization`. */
  headers?: Record<string, string>;
  /** @default 'same-origin' */
  credentials?: RequestCredentials;
}

interface DownloadOptions {
  request?: ArtifactRequest;
  signal?: AbortSignal;
  fetch?: typeof fetch;
}

/** The bytes of a source on their way, before anything is known about them. */
export interface Download {
  /** What to call the source in messages: a file's name, or the last part of an address. */
  readonly name: string;
  readonly chunks: AsyncGenerator<Uint8Array>;
  /** Bytes that will come; undefined where nobody has said, or where a server compresses on the way. */
  readonly totalBytes: number | undefined;
}

/**
 * Opens a source. Addresses must be absolute; the page resolves them.
 *
 * @throws {ArtifactError} `download-failed` when the server cannot be reached, says no, or breaks off.
 */
export async function download(source: ArtifactSource, options: DownloadOptions = {}): Promise<Download> {
  if (source instanceof Blob) {
    const name = 'name' in source && typeof source.name === 'string' && source.name ? source.name : 'the archive';
    return { name, chunks: chunksOf(source.stream(), name, source.size, options.signal), totalBytes: source.size };
  }
  if (source instanceof ReadableStream) {
    return {
      name: 'the archive',
      chunks: chunksOf(source, 'the stream', undefined, options.signal),
      totalBytes: undefined,
    };
  }
  const url = new URL(source);
  const response = await request(url, options);
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw new ArtifactError('download-failed', `Cannot download ${shownUrl(url)}: ${statusReason(response)}`);
  }
  return downloadOf(url, response, options.signal);
}

/**
 * Opens a file that may not be there: undefined where the server says so, or answers with a web page of its own, as
 * servers of single-page applications do for any address.
 *
 * @throws {ArtifactError} `download-failed` when the server cannot be reached, or fails.
 */
export async function downloadIfThere(url: URL, options: DownloadOptions): Promise<Download | undefined> {
  const response = await request(url, options);
  const isPage = /^text\/html\b/i.test(response.headers.get('content-type') ?? '');
  if (response.ok && response.body && !isPage) return downloadOf(url, response, options.signal);
  await response.body?.cancel();
  // Object stores say 403 of what is not there to those who may not list.
  if (response.ok || [403, 404, 410].includes(response.status)) return undefined;
  throw new ArtifactError('download-failed', `Cannot download ${shownUrl(url)}: ${statusReason(response)}`);
}

async function request(url: URL, options: DownloadOptions): Promise<Response> {
  try {
    return await (options.fetch ?? fetch)(url, { ...options.request, signal: options.signal });
  } catch (cause) {
    options.signal?.throwIfAborted();
    throw new ArtifactError(
      'download-failed',
      `Cannot download ${shownUrl(url)}: the server could not be reached, or does not allow this page to read it. Check the address and the connection; another origin has to send Access-Control-Allow-Origin.`,
      { cause },
    );
  }
}

function downloadOf(url: URL, response: Response, signal: AbortSignal | undefined): Download {
  const length = Number(response.headers.get('content-length') ?? NaN);
  const encoded = (response.headers.get('content-encoding') ?? 'identity') !== 'identity';
  const totalBytes = Number.isSafeInteger(length) && !encoded ? length : undefined;
  return { name: sourceName(url), chunks: chunksOf(response.body!, shownUrl(url), totalBytes, signal), totalBytes };
}

/** A stream's chunks. What breaks it becomes an error that says what broke; an abort gives its own reason. */
async function* chunksOf(
  stream: ReadableStream<Uint8Array>,
  shown: string,
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
    throw new ArtifactError(
      'download-failed',
      `Cannot download ${shown}: it broke off after ${formatBytes(loaded)}${of}. Check the connection and try again.`,
      { cause },
    );
  } finally {
    signal?.removeEventListener('abort', cancel);
    cancel();
  }
}

function sourceName(url: URL): string {
  const last = url.pathname.split('/').findLast((part) => part !== '');
  try {
    return decodeURIComponent(last ?? url.host);
  } catch {
    return last ?? url.host;
  }
}

/** An address without what may be secret in it: presigned ones carry their signature in the query. */
function shownUrl(url: URL): string {
  return JSON.stringify(
    url.protocol === 'data:' || url.protocol === 'blob:' ? `${url.protocol}…` : url.origin + url.pathname,
  );
}

function statusReason(response: Response): string {
  const said = `the server answered ${response.status}${response.statusText ? ` ${response.statusText}` : ''}.`;
  switch (response.status) {
    case 401:
    case 403:
      return `${said} It wants authentication: pass request.headers or request.credentials, or a fresh presigned address.`;
    case 404:
    case 410:
      return `${said} Check the address.`;
    case 429:
    case 503:
      return `${said} It is busy: try again later.`;
    default:
      return `${said} Try again later, or ask whoever runs the server.`;
  }
}
