import { abortable } from '../../abortable.ts';
import { ArtifactError, InputError } from '../../errors.ts';

/** A file of records, wherever it is. */
export interface ByteSource {
  readonly name: string;
  readonly type: string;
  /** Bytes of it; undefined where that is not known. */
  readonly size: number | undefined;
  /** Its first bytes, up to {@link headBytes}. */
  readonly head: Uint8Array;
  /** What tells it from another, and from itself when it has been changed; undefined of what can be read only once. */
  readonly identity: object | undefined;
  /** Its bytes behind some of them. */
  open(offset: number, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /** All of it, where any place of it has to be read. */
  blob(signal: AbortSignal): Promise<Blob>;
}

/** Bytes by which a file is known. */
const headBytes = 4096;

/** A file, with a digest of its first and last bytes for an identity. */
export async function blobSource(blob: Blob): Promise<ByteSource> {
  const { size, type } = blob;
  const head = new Uint8Array(await blob.slice(0, headBytes).arrayBuffer());
  const tail = new Uint8Array(await blob.slice(Math.max(0, size - headBytes)).arrayBuffer());
  const { name, lastModified } = blob as Partial<File>;
  return {
    name: name ?? 'the input',
    type,
    size,
    head,
    identity: { kind: 'file', size, lastModified, head: await digest(head), tail: await digest(tail) },
    open: async (offset) => blob.slice(offset).stream(),
    blob: async () => blob,
  };
}

/**
 * A file at an address. It is asked for once, and again where it is read from amid it: by a range, or past what is not
 * needed.
 *
 * @throws {ArtifactError} `download-failed`
 */
export async function urlSource(address: string, signal: AbortSignal): Promise<ByteSource> {
  const response = await fetchFile(address, {}, signal);
  const { headers } = response;
  const isEncoded = headers.get('content-encoding') !== null;
  const length = Number(headers.get('content-length'));
  const size = isEncoded || !length ? undefined : length;
  const etag = headers.get('etag') ?? undefined;
  const lastModified = headers.get('last-modified') ?? undefined;
  const { head, stream } = await peek(response.body!, signal);
  let first: ReadableStream<Uint8Array> | undefined = stream;
  const open = async (offset: number, stop: AbortSignal): Promise<ReadableStream<Uint8Array>> => {
    if (offset === 0 && first) {
      const whole = first;
      first = undefined;
      return whole;
    }
    first?.cancel().catch(() => {});
    first = undefined;
    // A range of nothing is refused.
    if (offset === size) return new Blob([]).stream();
    const canRange = !isEncoded && etag?.startsWith('"') === true && offset > 0;
    const range: Record<string, string> = canRange ? { range: `bytes=${offset}-`, 'if-range': etag } : {};
    const again = await fetchFile(address, range, stop);
    if (again.status === 416) return new Blob([]).stream();
    if (again.status === 206 && !again.headers.get('content-encoding')) return again.body!;
    const told = (name: string): string | undefined => again.headers.get(name) ?? undefined;
    if (told('etag') !== etag || told('last-modified') !== lastModified) {
      again.body!.cancel().catch(() => {});
      throw unfetched(address, 'it was changed while it was read. Begin anew');
    }
    return again.body!.pipeThrough(behind(offset));
  };
  return {
    name: unescaped(new URL(address).pathname.split('/').at(-1)!) || address,
    type: headers.get('content-type') ?? '',
    size,
    head,
    identity: { kind: 'address', address, etag, lastModified, size, head: await digest(head) },
    open,
    blob: async (stop) => abortable(new Response(await open(0, stop)).blob(), stop),
  };
}

/** A stream of bytes, which is there once. */
export async function streamSource(bytes: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<ByteSource> {
  const { head, stream } = await peek(bytes, signal);
  return {
    name: 'the stream',
    type: '',
    size: undefined,
    head,
    identity: undefined,
    open: async () => stream,
    blob: (stop) => abortable(new Response(stream).blob(), stop),
  };
}

async function fetchFile(address: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, { headers, signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw unfetched(address, `it cannot be fetched (${(cause as Error).message})`, cause);
  }
  if (response.ok && response.body) return response;
  const isBehind = response.status === 416 && 'range' in headers;
  if (isBehind && response.headers.get('content-range') === `bytes */${/\d+/.exec(headers['range']!)![0]}`)
    return response;
  throw unfetched(address, `the server answered ${response.status}`);
}

function unfetched(address: string, reason: string, cause?: unknown): ArtifactError {
  return new ArtifactError('download-failed', `Cannot read ${JSON.stringify(address)}: ${reason}.`, { cause });
}

/** A part of an address as a text, or as it is where it is none. */
function unescaped(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Looks at the beginning of a stream, and gives it back whole. */
async function peek(
  bytes: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): Promise<{ head: Uint8Array; stream: ReadableStream<Uint8Array> }> {
  const reader = bytes.getReader();
  cancelOn(signal, reader);
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length < headBytes) {
    const next = await abortable(reader.read(), signal);
    if (next.done) break;
    if (!(next.value instanceof Uint8Array)) {
      throw new InputError('input', 'The stream gives no bytes. Say { inputFormat } only of a stream of bytes.');
    }
    chunks.push(next.value);
    length += next.value.length;
  }
  const head = new Uint8Array(await new Blob(chunks as BlobPart[]).slice(0, headBytes).arrayBuffer());
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = chunks.shift();
        if (chunk) return controller.enqueue(chunk);
        const next = await reader.read();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return { head, stream };
}

/** Cancels a stream with an abort: whoever would have read it may never come to that. */
export function cancelOn(signal: AbortSignal, reader: ReadableStreamDefaultReader<unknown>): void {
  const cancel = (): void => void reader.cancel(signal.reason).catch(() => {});
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
}

/** Leaves out as many bytes. */
function behind(offset: number): TransformStream<Uint8Array, Uint8Array> {
  let left = offset;
  return new TransformStream({
    transform(chunk, controller) {
      const skipped = Math.min(left, chunk.length);
      left -= skipped;
      if (skipped < chunk.length) controller.enqueue(chunk.subarray(skipped));
    },
  });
}

/** SHA-256 in hexadecimal digits; undefined on an insecure page, where nothing is kept. */
async function digest(bytes: Uint8Array): Promise<string | undefined> {
  if (!(crypto as Partial<Crypto>).subtle) return undefined;
  const hash = await crypto.subtle.digest('SHA-256', bytes as BufferSource);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
