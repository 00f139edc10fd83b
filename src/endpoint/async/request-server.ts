import { EndpointError, WorkerError } from '../../errors.ts';
import { inTurn, TurnLostError, type Turn } from '../../turn.ts';
import { encodeError } from '../../worker/error-transport.ts';
import { afterFailure } from './after-failure.ts';
import type { Changes } from './changes.ts';
import type { InputFiles } from './input-files.ts';
import { keptInput, type KeptInput } from './keep-input.ts';
import { mostInterruptions, type Outcome, type RequestRecord, type RequestStore } from './request-store.ts';
import { retryWaitMs } from './retry-wait.ts';

/** What a server of requests works with. */
export interface ServerParts {
  /** The endpoint's, for messages. */
  readonly name: string;
  /** Digest of the model that answers here. */
  readonly version: string;
  readonly store: RequestStore;
  readonly files: InputFiles;
  readonly changes: Changes;
  /** Web Lock of whoever serves this version. */
  readonly lock: string;
  /** Milliseconds of silence after which whoever serves is taken for frozen. */
  readonly takeOverMs: number | undefined;
  answer(input: unknown, options: object): Promise<unknown>;
  /** Is told of each request that was settled here. */
  onSettled(record: RequestRecord): void;
}

/** Requests that are executed at the same time. */
const mostInFlight = 8;

/** Milliseconds until the database is tried again after it failed. */
const troubleMs = 1000;

/**
 * Executes the requests of one queue and version, in this tab or, as long as another one does, not at all: one tab has the turn,
 * the next one gets it when that one ends or stands still.
 */
export class RequestServer {
  readonly #parts: ServerParts;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #inFlight = new Map<number, { readonly stop: AbortController; readonly through: Promise<void> }>();
  #trouble: string | undefined;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#running = this.#run();
  }

  /** Why nothing is executed here any more, or for the moment. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Ends the execution of a request that was removed, if it is in progress here. */
  drop(sequence: number): void {
    this.#inFlight.get(sequence)?.stop.abort(removed);
  }

  /** Puts back what is in progress, and lets another tab serve. */
  async close(): Promise<void> {
    this.#stop.abort(closed);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { lock, takeOverMs } = this.#parts;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await inTurn(lock, (turn) => this.#serve(turn), { signal, takeOverMs });
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof TurnLostError) continue;
        this.#trouble = (error as Error).message;
        await new Promise((resolve) => setTimeout(resolve, troubleMs));
      }
    }
  }

  async #serve(turn: Turn): Promise<void> {
    const { store, files, changes, version, onSettled } = this.#parts;
    const { token, failed } = await store.beginTurn(version, Date.now(), (record) =>
      encodeError(this.#interrupted(record)),
    );
    for (const record of failed) onSettled(record);
    this.#trouble = undefined;
    // What the one before has settled, and did not live to tell.
    changes.tell();
    const ending = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, turn.lost, ending.signal]);
    try {
      await files.sweep(() => store.files());
      while (!signal.aborted) {
        const { count } = changes;
        const late = await store.expire(Date.now(), (record) => encodeError(expired(record)));
        for (const record of late) onSettled(record);
        if (late.length > 0) changes.tell();
        const room = mostInFlight - this.#inFlight.size;
        const { claimed, nextAt } =
          room > 0 ? await store.claim(version, token, room, Date.now()) : { claimed: [], nextAt: Infinity };
        for (const { record, input } of claimed)
          this.#begin(token, record, input, signal, (error) => ending.abort(error));
        if (claimed.length > 0) changes.tell();
        else await changes.after(count, signal, nextAt - Date.now());
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      ending.abort(closed);
      await Promise.all([...this.#inFlight.values()].map(({ through }) => through));
    }
    turn.lost.throwIfAborted();
    const reason: unknown = ending.signal.reason;
    if (reason === closed) return;
    if (afterFailure(reason) !== 'put-back') throw reason;
    // The endpoint has failed: another tab's may not have.
    this.#trouble = (reason as Error).message;
    this.#stop.abort(reason);
  }

  #begin(
    token: number,
    record: RequestRecord,
    input: KeptInput,
    signal: AbortSignal,
    end: (reason: unknown) => void,
  ): void {
    const { changes } = this.#parts;
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const through = this.#execute(token, record, input, either, end)
      .catch(end)
      .finally(() => {
        this.#inFlight.delete(record.sequence);
        changes.tell();
      });
    this.#inFlight.set(record.sequence, { stop, through });
  }

  async #execute(
    token: number,
    record: RequestRecord,
    input: KeptInput,
    signal: AbortSignal,
    end: (reason: unknown) => void,
  ): Promise<void> {
    const { store, files, version, onSettled } = this.#parts;
    let outcome: Outcome;
    try {
      const given = await keptInput(input, (file) => files.read(file));
      const answer = await this.#parts.answer(given, { ...record.options, signal });
      outcome = { state: 'Completed', answer };
    } catch (error) {
      if (signal.reason === removed) return;
      if (!signal.aborted && afterFailure(error) === 'put-back') end(error);
      outcome = this.#after(record, error, signal.aborted || afterFailure(error) === 'put-back');
    }
    const commit = (what: Outcome): Promise<boolean> => store.commit(version, token, record.sequence, what, Date.now());
    let isKept: boolean;
    try {
      isKept = await commit(outcome);
    } catch (error) {
      if (error instanceof TurnLostError || outcome.state !== 'Completed') throw error;
      // An answer that cannot be kept is none.
      outcome = this.#after(record, error, false);
      isKept = await commit(outcome);
    }
    if (outcome.state === 'Completed' || !isKept) await files.remove(record.files);
    if (isKept && outcome.state !== 'Queued') onSettled({ ...record, state: outcome.state });
  }

  /** @param isNobodys whether it was no failure at all, but the end of this server */
  #after(record: RequestRecord, error: unknown, isNobodys: boolean): Outcome {
    if (isNobodys) return { state: 'Queued', dueAt: record.madeAt, error: undefined };
    const encoded = encodeError(error);
    const isLast = afterFailure(error) === 'fail' || record.attempts > record.retries;
    if (isLast) return { state: 'Failed', error: encoded };
    return { state: 'Queued', dueAt: Date.now() + retryWaitMs(record.attempts), error: encoded };
  }

  #interrupted({ inferenceId }: RequestRecord): WorkerError {
    return new WorkerError(
      'worker-lost',
      `The page ended ${mostInterruptions} times while ${JSON.stringify(this.#parts.name)} answered ${JSON.stringify(inferenceId)}. It may be too large for this device: make the request anew with a smaller input.`,
    );
  }
}

const closed = new Error('The endpoint is closed.');
const removed = new Error('The request was removed.');

function expired({ inferenceId, madeAt, expiresAt, error }: RequestRecord): EndpointError {
  const seconds = ((expiresAt! - madeAt) / 1000).toLocaleString('en');
  return new EndpointError(
    'request-expired',
    `${JSON.stringify(inferenceId)} was not ${error ? 'answered' : 'begun'} within the ${seconds} s that it was given. ${error ? `Its last execution failed: ${error.message} ` : ''}Make the request anew, with a longer ttlMs.`,
  );
}
