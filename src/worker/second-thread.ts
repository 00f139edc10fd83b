import { hasherHere } from '../artifact/chunk-hasher.ts';
import { sha256Hex } from '../artifact/file-digest.ts';
import { createInflater, type Inflater } from '../artifact/inflate.ts';
import { nextTurn } from '../next-turn.ts';
import type { SecondThread } from '../artifact/second-thread.ts';

/** What the archive worker sends to a second one of its kind. */
type Task =
  | { readonly inpoint: 'second'; readonly kind: 'start' }
  | { readonly inpoint: 'second'; readonly kind: 'hash'; readonly chunk: Uint8Array<ArrayBuffer> }
  | { readonly inpoint: 'second'; readonly kind: 'deflated'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly inpoint: 'second'; readonly kind: 'taken'; readonly bytes: number }
  | { readonly inpoint: 'second'; readonly kind: 'end' };

/** What that one answers. Arrays go back and forth without a copy. */
type Answer =
  | { readonly kind: 'up' }
  | { readonly kind: 'hashed'; readonly chunk: Uint8Array<ArrayBuffer>; readonly digest: string }
  | { readonly kind: 'inflated'; readonly chunks: readonly Uint8Array<ArrayBuffer>[]; readonly readBytes: number }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly message: string };

/** A thread that its starter ends. No `Disposable`: what is built of `using` fails where there is no `Symbol.dispose`. */
export interface StartedThread extends SecondThread {
  end(): void;
}

/** Chunks that are hashed over there at a time. */
const mostChunks = 2;

/** Milliseconds that are waited for the thread to come up. */
const startMs = 150;

/** Compressed bytes that go in one message, and that are on their way at a time. */
const messageBytes = 256 * 1024;
const mostOnTheWay = 4 * messageBytes;

/** Inflated bytes that wait over there and here before the inflater is held up. */
const mostInflated = 16 * 2 ** 20;

/**
 * Another worker of this one's script, which inflates or hashes once it is asked to prepare and is up. Where it does not
 * start, since a policy is in its way, this thread does both.
 */
export function startSecondThread(): StartedThread {
  const here = hasherHere();
  const free: Uint8Array<ArrayBuffer>[] = [];
  const hashing: { resolve(digest: string): void; reject(error: unknown): void }[] = [];
  let worker: Worker | undefined;
  let up: Promise<boolean> | undefined;
  let isUp = false;
  let inflater: RemoteInflater | undefined;

  function giveUp(): void {
    worker?.terminate();
    worker = undefined;
    isUp = false;
    const error = new DOMException('The second thread is gone.', 'AbortError');
    for (const { reject } of hashing.splice(0)) reject(error);
    inflater?.fail(error);
  }

  function start(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), startMs);
      const settle = (value: boolean): void => {
        clearTimeout(timer);
        isUp = value;
        resolve(value);
      };
      try {
        worker = new Worker(ownAddress(), { type: 'module', name: 'inpoint-second' });
      } catch {
        // Trusted Types want an address vouched for, and the page's header does not name our policy.
        return settle(false);
      }
      worker.onerror = (event) => {
        event.preventDefault();
        giveUp();
        settle(false);
      };
      worker.onmessage = ({ data }: MessageEvent<Answer>) => {
        if (data.kind === 'up') settle(true);
        else if (data.kind === 'hashed') {
          free.push(data.chunk);
          hashing.shift()?.resolve(data.digest);
        } else inflater?.hear(data);
      };
      worker.postMessage({ inpoint: 'second', kind: 'start' } satisfies Task);
    });
  }

  return {
    prepare() {
      up ??= start();
    },
    buffer: () => free.pop() ?? here.buffer(),
    async digest(chunk) {
      // One that inflates has enough to do.
      if (!worker || !isUp || inflater || hashing.length >= mostChunks) return here.digest(chunk);
      const answered = new Promise<string>((resolve, reject) => hashing.push({ resolve, reject }));
      worker.postMessage({ inpoint: 'second', kind: 'hash', chunk } satisfies Task, [chunk.buffer]);
      return answered;
    },
    async inflater() {
      up ??= start();
      if (!(await up) || !worker || inflater) return undefined;
      inflater = new RemoteInflater(worker);
      return inflater;
    },
    end: giveUp,
  };
}

/** The address of this worker's script, by a Trusted Types policy that vouches for no other. */
function ownAddress(): string {
  const { href } = globalThis.location;
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  try {
    trustedAddress ??= trustedTypes?.createPolicy('inpoint', { createScriptURL: () => href }).createScriptURL('');
  } catch {
    // The page's header names other policies only.
  }
  return (trustedAddress as string | undefined) ?? href;
}

/** Kept, since a worker may make a policy once. */
let trustedAddress: unknown;

/** As far as they are used here. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(address: string): string },
  ): { createScriptURL(address: string): unknown };
}

/** This thread's end of an inflater in the second one. */
class RemoteInflater implements Inflater {
  readonly #worker: Worker;
  #message: Uint8Array<ArrayBuffer> = new Uint8Array(messageBytes);
  #filled = 0;
  #onTheWay = 0;
  #inflated: Uint8Array<ArrayBuffer>[] = [];
  #hasEnded = false;
  #error: unknown;
  #wake: () => void = () => {};

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  hear(heard: Answer): void {
    if (heard.kind === 'inflated') {
      this.#inflated.push(...heard.chunks);
      this.#onTheWay -= heard.readBytes;
    }
    if (heard.kind === 'ended') this.#hasEnded = true;
    if (heard.kind === 'failed') this.#error = new TypeError(heard.message);
    this.#wake();
  }

  fail(error: unknown): void {
    this.#error ??= error;
    this.#wake();
  }

  async *write(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length;) {
      const taken = bytes.subarray(at, at + messageBytes - this.#filled);
      this.#message.set(taken, this.#filled);
      this.#filled += taken.length;
      at += taken.length;
      if (this.#filled === messageBytes) this.#send();
    }
    yield* this.#take();
    while (this.#onTheWay > mostOnTheWay) {
      await this.#more();
      yield* this.#take();
    }
  }

  async *meanwhile(more: Promise<unknown>): AsyncGenerator<Uint8Array> {
    const arrival = new AbortController();
    const { signal: arrived } = arrival;
    const there = (): void => {
      arrival.abort();
      this.#wake();
    };
    more.then(there, there);
    await Promise.race([more.catch(() => {}), nextTurn()]);
    // A slow line: all that has come is to be inflated, and written.
    if (!arrived.aborted && this.#filled > 0) this.#send();
    while (!arrived.aborted) {
      yield* this.#take();
      // What was taken took its time.
      if (!arrived.aborted && this.#inflated.length === 0) await this.#news();
    }
  }

  /** The last of it comes at the end alone. */
  async *settle(): AsyncGenerator<Uint8Array> {
    if (this.#filled > 0) this.#send();
    yield* this.#take();
    this.#worker.postMessage({ inpoint: 'second', kind: 'end' } satisfies Task);
    while (!this.#hasEnded || this.#inflated.length > 0) {
      await this.#more();
      yield* this.#take();
    }
  }

  async end(): Promise<void> {
    if (this.#error) throw this.#error;
  }

  abort(): void {}

  #send(): void {
    const bytes = this.#message.subarray(0, this.#filled);
    this.#onTheWay += bytes.length;
    this.#worker.postMessage({ inpoint: 'second', kind: 'deflated', bytes } satisfies Task, [bytes.buffer]);
    this.#message = new Uint8Array(messageBytes);
    this.#filled = 0;
  }

  *#take(): Generator<Uint8Array> {
    if (this.#error) throw this.#error;
    const chunks = this.#inflated;
    this.#inflated = [];
    let bytes = 0;
    for (const chunk of chunks) {
      bytes += chunk.length;
      yield chunk;
    }
    if (bytes > 0) this.#worker.postMessage({ inpoint: 'second', kind: 'taken', bytes } satisfies Task);
  }

  /** Waits until there is something to take or to know, which may have come while what was there was taken. */
  async #more(): Promise<void> {
    if (this.#inflated.length === 0 && !this.#hasEnded) await this.#news();
  }

  #news(): Promise<void> {
    if (this.#error) throw this.#error;
    return new Promise((resolve) => (this.#wake = resolve));
  }
}

/** Makes this worker the second thread of another one, if that is what it was started for. */
export function serveSecondThread(): void {
  let inflating: InflatingHere | undefined;
  addEventListener('message', ({ data }: MessageEvent<Task | undefined>) => {
    if (data?.inpoint !== 'second') return;
    if (data.kind === 'start') answer({ kind: 'up' });
    else if (data.kind === 'hash') {
      const { chunk } = data;
      void sha256Hex(chunk).then((digest) => answer({ kind: 'hashed', chunk, digest }, [chunk.buffer]));
    } else {
      inflating ??= new InflatingHere();
      if (data.kind === 'deflated') inflating.write(data.bytes);
      if (data.kind === 'taken') inflating.taken(data.bytes);
      if (data.kind === 'end') inflating.end();
    }
  });
}

/** The second thread's end: inflates what comes, in its order, as long as it is taken. */
class InflatingHere {
  readonly #inflater = createInflater();
  #work: Promise<void> = Promise.resolve();
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #waitingBytes = 0;
  #wake: () => void = () => {};

  write(bytes: Uint8Array): void {
    this.#then(async () => {
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        const piece = bytes.subarray(at, at + pieceBytes);
        for await (const chunk of this.#inflater.write(piece)) await this.#give(chunk);
      }
      this.#flush(bytes.length);
    });
  }

  taken(bytes: number): void {
    this.#waitingBytes -= bytes;
    this.#wake();
  }

  end(): void {
    this.#then(async () => {
      for await (const chunk of this.#inflater.settle()) await this.#give(chunk);
      this.#flush(0);
      await this.#inflater.end();
      answer({ kind: 'ended' });
    });
  }

  #then(work: () => Promise<void>): void {
    this.#work = this.#work.then(work);
    this.#work.catch((error: unknown) => answer({ kind: 'failed', message: (error as Error).message }));
  }

  async #give(chunk: Uint8Array): Promise<void> {
    // What goes over takes its buffer along.
    const whole = chunk.length === chunk.buffer.byteLength ? (chunk as Uint8Array<ArrayBuffer>) : chunk.slice();
    this.#chunks.push(whole);
    this.#waitingBytes += whole.length;
    if (this.#waitingBytes < mostInflated) return;
    this.#flush(0);
    while (this.#waitingBytes >= mostInflated) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  #flush(readBytes: number): void {
    const chunks = this.#chunks;
    this.#chunks = [];
    answer(
      { kind: 'inflated', chunks, readBytes },
      chunks.map(({ buffer }) => buffer),
    );
  }
}

/** Bytes that an inflater gets at once: it answers in one piece, up to 1,032 times as large. */
const pieceBytes = 64 * 1024;

function answer(message: Answer, transfer: Transferable[] = []): void {
  globalThis.postMessage(message, { transfer });
}
