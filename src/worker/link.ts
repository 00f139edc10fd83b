import { wrap, type Remote } from 'comlink';
import { WorkerError } from '../errors.ts';
import type { ConnectMessage, ReadyMessage } from './contract.ts';
import { carryErrors } from './error-transport.ts';
import { packageVersion, protocol } from './protocol.ts';

/** Milliseconds after which a worker that has not said a word will not any more. */
const bootMs = 60_000;

/**
 * The page's end of one worker. It owns the worker: from the moment it is lost — it did not boot, speaks another
 * protocol, crashed, closed itself or was ended — all that waits for it is rejected with the reason.
 */
export class Link<Control> {
  /** Typed messages beside comlink, for calls. */
  readonly calls: MessagePort;
  readonly #worker: Worker;
  readonly #control: Remote<Control>;
  readonly #controlPort: MessagePort;
  /** Rejects once the worker is lost, with the reason; never resolves. */
  readonly lost: Promise<never>;
  #reject!: (reason: Error) => void;
  #ended = false;

  /**
   * @param what the worker's role, for messages
   * @param spawn makes the worker; what it throws is the reason that it did not boot
   */
  constructor(what: string, spawn: () => Worker) {
    carryErrors();
    this.lost = new Promise<never>((_, reject) => (this.#reject = reject));
    this.lost.catch(() => {});
    const control = new MessageChannel();
    const calls = new MessageChannel();
    this.#controlPort = control.port1;
    this.#control = wrap<Control>(control.port1);
    this.calls = calls.port1;
    try {
      this.#worker = spawn();
    } catch (cause) {
      throw notStarted(what, (cause as Error).message, cause);
    }
    const lock = `inpoint-${crypto.randomUUID?.() ?? Math.random()}`;
    this.#handshake(what, lock, holdUntilReady(`${lock}-page`));
    this.#worker.postMessage(
      { inpoint: 'connect', lock, control: control.port2, calls: calls.port2 } satisfies ConnectMessage,
      [control.port2, calls.port2],
    );
  }

  /**
   * Does one piece of work through comlink; rejects when the worker is lost meanwhile. What is asked before the worker
   * is up waits in its port; one that turns out to be of another version is ended, and nothing it says counts.
   */
  async request<T>(work: (control: Remote<Control>) => Promise<T>): Promise<T> {
    return Promise.race([work(this.#control), this.lost]);
  }

  /** Ends the worker and rejects what waits for it. Twice is once. */
  end(reason: Error = new WorkerError('worker-lost', 'The worker was ended.')): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#worker.terminate();
    this.#controlPort.close();
    this.calls.close();
    this.#reject(reason);
  }

  #handshake(what: string, lock: string, release: () => void): void {
    const fail = (error: WorkerError): void => {
      clearTimeout(timer);
      this.end(error);
    };
    const timer = setTimeout(() => fail(notStarted(what, `it did not answer within ${bootMs / 1000} seconds`)), bootMs);
    this.#worker.onmessage = ({ data }: MessageEvent<Partial<ReadyMessage> | undefined>) => {
      if (data?.inpoint !== 'ready') return;
      if (data.protocol !== protocol) {
        return fail(
          new WorkerError(
            'worker-mismatch',
            `The ${what} cannot be started: it is of inpoint ${data.version} and the page of ${packageVersion}. One of them comes from a cache: reload the page, and serve both from one build.`,
          ),
        );
      }
      clearTimeout(timer);
      // From now on an error that nobody caught in the worker does not end it, and belongs on the console.
      this.#worker.onerror = null;
      release();
      if (data.locked) void this.#watch(what, lock, data.areShared === true);
    };
    this.#worker.onerror = (event) => {
      // Without a message, it is the script itself that did not come.
      const message = event instanceof ErrorEvent && event.message;
      if (message) event.preventDefault();
      fail(notStarted(what, message || 'its script could not be loaded'));
    };
    void this.lost.catch(() => {
      clearTimeout(timer);
      release();
    });
  }

  /** Waits for the lock that the worker holds while it lives; having it means that the worker is gone. */
  async #watch(what: string, lock: string, areShared: boolean): Promise<void> {
    const waiting = new AbortController();
    this.lost.catch(() => waiting.abort());
    try {
      // Once its data were cleared, a page of Chromium (156) has other locks than the workers that it starts: nothing is told by them.
      // Where the worker has seen the page's lock, one that is not held is that of a worker that is gone already.
      if (!areShared) {
        const { held } = await navigator.locks.query();
        if (!held?.some(({ name }) => name === lock)) return;
      }
      await navigator.locks.request(lock, { signal: waiting.signal }, () => {
        this.end(
          new WorkerError(
            'worker-lost',
            `The ${what} is gone: it crashed, ran out of memory or closed itself. Deploy the model again.`,
          ),
        );
      });
    } catch {
      // Ended by the page.
    }
  }
}

/** Holds a lock, where the page has any, for the worker to see whether both have the same ones. */
function holdUntilReady(lock: string): () => void {
  let release!: () => void;
  const released = new Promise<void>((resolve) => (release = resolve));
  navigator.locks?.request(lock, () => released).catch(() => {});
  return release;
}

/** Why a worker did not start, and what to do. A page without an origin may start none, whatever the browser says of it. */
function notStarted(what: string, reason: string, cause?: unknown): WorkerError {
  if (globalThis.origin === 'null') {
    const why =
      location.protocol === 'file:'
        ? 'it was opened as a file. Serve it by https, or from localhost.'
        : 'it is in a sandbox, of its frame or of a Content-Security-Policy. Add allow-same-origin to that sandbox, or show the page without one.';
    return new WorkerError('origin-missing', `The ${what} cannot be started: this page has no origin, since ${why}`, {
      cause,
    });
  }
  const remedy = reason.includes('TrustedScriptURL')
    ? 'Under Trusted Types, give its address by a policy of the page, with { assets }.'
    : "Its file must be served beside the page's script with a JavaScript type, and a Content-Security-Policy must allow worker-src 'self'; say where it is with { assets }.";
  const message = `The ${what} cannot be started: ${reason.replace(/\.$/, '')}. ${remedy}`;
  return new WorkerError('worker-boot-failed', message, { cause });
}
