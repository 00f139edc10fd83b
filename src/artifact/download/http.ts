import { abortable } from '../../abortable.ts';
import type { ArtifactRequest, Download } from './index.ts';
import {
  infoOf,
  isGoingOn,
  isSameFile,
  startOf,
  totalOf,
  type Answer,
  type AnswerInfo,
  type Body,
  type Place,
} from './answer.ts';
import { pause, retryAfterMs, waitMs } from './backoff.ts';
import { DownloadError, SourceChanged } from './errors.ts';
import { brokeOff, shownUrl, sourceName, statusReason, unreachable } from './messages.ts';
import { bodyInTime, headInTime, type StallWatch } from './stall.ts';
import { areSame, ifChanged, ifUnchanged, validatorsOf, type Validators } from './validators.ts';

export interface HttpOptions {
  request?: ArtifactRequest | undefined;
  signal?: AbortSignal | undefined;
  fetch?: typeof fetch;
  /** Gives a new address when the server says 400, 401, 403 or 410. */
  refreshUrl?: (() => Promise<string>) | undefined;
  /** Attempts in a row that bring no byte, before it gives up. @default 5 */
  retries?: number | undefined;
  /** Milliseconds without a byte after which a connection is made anew. @default 30_000 */
  stallMs?: number | undefined;
  /** Milliseconds of the shortest span of waiting; it doubles up to 30 s. @default 500 */
  backoffMs?: number | undefined;
  /** How the browser's own cache is used. @default 'no-store' */
  httpCache?: RequestCache | undefined;
  /** What is kept already: if it is unchanged, nothing is downloaded. */
  known?: Validators | undefined;
  /** Where to go on, and what the bytes before came with. */
  from?: Place | undefined;
  /** The byte of the file before which enough has come: no more is asked for. @default its end */
  until?: number | undefined;
  /** Bytes that will do for the first answer: more is asked for when it is read. @default all */
  firstBytes?: number | undefined;
}

/** What is kept is what the server has. */
export interface NotModified {
  readonly kind: 'not-modified';
  readonly response: AnswerInfo;
}

/**
 * Asks for a file, and goes on wherever the connection breaks: from the last byte, as long as it is the same file.
 *
 * @returns what comes; its chunks throw `SourceChanged` where the file changed on the way
 * @throws {ArtifactError} `download-failed`, after as many attempts as were allowed; `signal.reason`
 */
export async function openHttp(address: string | URL, options: HttpOptions = {}): Promise<Download | NotModified> {
  const connection = new Connection(new URL(address), options);
  return connection.open();
}

/** Answers that come of a busy or broken server, and may be better the next time. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Answers to an address that has expired: object stores differ. */
const expired = new Set([400, 401, 403, 410]);

/** Attempts that are made again where the server has never answered. */
const strangerRetries = 2;

class Connection {
  readonly #options: HttpOptions;
  #url: URL;
  readonly #name: string;
  /** Attempts since the last byte came. */
  #failures = 0;
  #firstBytes: number | undefined;
  /** Whether the server has ever answered. */
  #isKnown = false;
  /** Whether the address was made anew since the last byte came. */
  #isRefreshed = false;
  /** Whether headers are left out that another origin, to which a redirect may lead, would have to be asked for. */
  #isPlain = false;
  /** Ends the request that is on its way. */
  #stop = new AbortController();
  /** Ends all of it, when nobody reads any more. */
  readonly #close = new AbortController();
  /** The caller's, or the end of reading. */
  readonly #signal: AbortSignal;

  constructor(url: URL, options: HttpOptions) {
    this.#url = url;
    this.#options = options;
    this.#name = sourceName(url);
    this.#firstBytes = options.firstBytes;
    this.#signal = options.signal ? AbortSignal.any([options.signal, this.#close.signal]) : this.#close.signal;
  }

  async open(): Promise<Download | NotModified> {
    const { from, known } = this.#options;
    const answer = await this.#ask(from, known);
    if (answer.kind === 'not-modified') return { kind: answer.kind, response: infoOf(answer.response, known ?? {}) };
    const response = infoOf(answer.response, from && answer.response.status === 206 ? from.validators : {});
    const totalBytes = totalOf(answer);
    if (answer.at > 0 && from && !isGoingOn(answer, from, totalBytes)) {
      this.#stop.abort();
      throw new SourceChanged();
    }
    return {
      name: this.#name,
      totalBytes,
      response,
      offset: answer.at,
      chunks: this.#closable(
        this.#chunks(answer, { validators: response.validators, totalBytes, bytes: answer.at }, response.encoded),
      ),
    };
  }

  /** Has `return()` end the connection at once: a generator by itself waits for what it waits for, or was never begun. */
  #closable(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
    const end = chunks.return.bind(chunks);
    chunks.return = (value) => {
      this.#close.abort();
      return end(value);
    };
    return chunks;
  }

  /** The file's bytes from where the first answer begins. */
  async *#chunks(first: Body, place: Place, encoded: boolean): AsyncGenerator<Uint8Array> {
    const { totalBytes, validators } = place;
    let loaded = place.bytes;
    let answer: Body = first;
    try {
      for (;;) {
        let failure: unknown;
        // Where the server sends the file from its beginning, what is there already is passed over.
        let skip = loaded - answer.at;
        try {
          for await (const chunk of bodyInTime(answer.response, this.#stall(), this.#signal)) {
            const fresh = chunk.subarray(Math.min(skip, chunk.length));
            skip -= chunk.length - fresh.length;
            if (fresh.length === 0) continue;
            loaded += fresh.length;
            this.#failures = 0;
            this.#isRefreshed = false;
            yield fresh;
          }
          if (totalBytes === undefined || loaded >= totalBytes) return;
        } catch (error) {
          this.#signal.throwIfAborted();
          failure = error;
        }
        await this.#wait(loaded, totalBytes, failure, undefined);
        answer = await this.#goOn({ bytes: encoded ? 0 : loaded, validators, totalBytes }, loaded);
      }
    } catch (error) {
      if (!this.#close.signal.aborted) throw error;
    } finally {
      this.#stop.abort();
    }
  }

  /** Asks for the rest. What cannot be the same file any more is told by an error. */
  async #goOn(place: Place, loaded: number): Promise<Body> {
    const answer = await this.#ask(place, undefined, loaded);
    if (answer.kind === 'not-modified') throw new SourceChanged();
    if (isSameFile(answer, place, loaded)) return answer;
    this.#stop.abort();
    throw new SourceChanged();
  }

  /** Asks until there is an answer that is one, or all attempts are used up. @param loaded bytes, for messages */
  async #ask(from: Place | undefined, known: Validators | undefined, loaded: number = 0): Promise<Answer> {
    for (;;) {
      let response: Response;
      try {
        response = await this.#request(from, known);
      } catch (error) {
        this.#signal.throwIfAborted();
        // A redirect may have led to an origin that does not allow what was asked with, and that is no failure.
        const mayBeOfHeaders = known !== undefined && !this.#isPlain && error instanceof TypeError;
        this.#isPlain = true;
        if (!mayBeOfHeaders) await this.#wait(loaded, from?.totalBytes, error, undefined);
        continue;
      }
      this.#isKnown = true;
      const { status } = response;
      if (status === 304) return { kind: 'not-modified', response };
      if (status === 206 || (status === 200 && response.body)) {
        if (known && status === 200 && areSame(known, validatorsOf(response)) === true) {
          this.#stop.abort();
          return { kind: 'not-modified', response };
        }
        const at = status === 206 ? startOf(response, from) : 0;
        if (at !== undefined) return { kind: 'body', response, at };
        this.#stop.abort();
        throw new SourceChanged();
      }
      this.#stop.abort();
      if (status === 416 && from) throw new SourceChanged();
      if (status === 416 && this.#firstBytes) {
        // There is nothing in it, and of nothing there is no part.
        this.#firstBytes = undefined;
        continue;
      }
      if (await this.#refresh(status)) continue;
      if (!passing.has(status)) {
        throw new DownloadError(`Cannot download ${shownUrl(this.#url)}: ${statusReason(response)}`, status);
      }
      await this.#wait(loaded, from?.totalBytes, undefined, response);
    }
  }

  async #request(from: Place | undefined, known: Validators | undefined): Promise<Response> {
    const { request = {}, httpCache = 'no-store' } = this.#options;
    const headers: Record<string, string> = { ...request.headers };
    // Another origin would be asked first whether it takes any other header than Range.
    const isOwn = this.#url.origin === globalThis.location?.origin || globalThis.location === undefined;
    if (from && from.bytes > 0) {
      headers['range'] = `bytes=${from.bytes}-${this.#options.until === undefined ? '' : this.#options.until - 1}`;
      if (isOwn && !this.#isPlain) Object.assign(headers, ifUnchanged(from.validators));
    } else if (known && isOwn && !this.#isPlain) Object.assign(headers, ifChanged(known));
    else if (this.#firstBytes) headers['range'] = `bytes=0-${this.#firstBytes - 1}`;
    this.#stop = new AbortController();
    const fetched = (this.#options.fetch ?? fetch)(this.#url, {
      ...request,
      headers,
      cache: httpCache,
      signal: AbortSignal.any([this.#signal, this.#stop.signal]),
    });
    return headInTime(fetched, this.#stall());
  }

  /** Of the request that is on its way. */
  #stall(): StallWatch {
    return { stallMs: this.#options.stallMs ?? 30_000, stop: this.#stop };
  }

  /** Gets a new address where the old one has expired, once for each byte that comes. */
  async #refresh(status: number): Promise<boolean> {
    const { refreshUrl } = this.#options;
    if (!refreshUrl || this.#isRefreshed || !expired.has(status)) return false;
    this.#isRefreshed = true;
    let address: string;
    try {
      address = await abortable(refreshUrl(), this.#signal);
      this.#url = new URL(address);
    } catch (cause) {
      this.#signal.throwIfAborted();
      throw new DownloadError(
        `Cannot download ${shownUrl(this.#url)}: the server answered ${status}, and refreshUrl() gave no new address: ${(cause as Error).message}`,
        status,
        { cause },
      );
    }
    this.#signal.throwIfAborted();
    return true;
  }

  /** Waits before the next attempt. @throws {DownloadError} when there is none */
  async #wait(
    loaded: number,
    totalBytes: number | undefined,
    failure: unknown,
    response: Response | undefined,
  ): Promise<void> {
    const { retries = 5, backoffMs = 500 } = this.#options;
    this.#stop.abort();
    this.#failures++;
    // A server that never answered does not let this page read it, more often than not.
    const most = this.#isKnown ? retries : Math.min(retries, strangerRetries);
    if (this.#failures > most || isHopeless(this.#url, failure)) {
      const why =
        loaded > 0 ? brokeOff(loaded, totalBytes, this.#failures - 1) : response ? statusReason(response) : unreachable;
      throw new DownloadError(`Cannot download ${shownUrl(this.#url)}: ${why}`, response?.status, { cause: failure });
    }
    const asked = retryAfterMs(response?.headers.get('retry-after') ?? null, Date.now());
    await pause(waitMs({ baseMs: backoffMs, mostMs: 30_000 }, this.#failures, asked), this.#signal);
  }
}

/** What will not be better another time: `data:` and `blob:` addresses have no connection. */
function isHopeless({ protocol }: URL, failure: unknown): boolean {
  return failure !== undefined && !protocol.startsWith('http');
}
