import { EndpointError, InputError, QuotaError, StoreError } from '../../errors.ts';
import { decodeError } from '../../worker/error-transport.ts';
import type {
  AsyncCalls,
  AsyncCompletion,
  AsyncInvocation,
  AsyncStatus,
  CompletionEvent,
  DeadLetter,
  InvokeAsyncOptions,
} from './async-endpoint.ts';
import { Changes } from './changes.ts';
import { InputFiles } from './input-files.ts';
import { clone, keepableInput, keptInput } from './keep-input.ts';
import { notify } from './notify.ts';
import { OlderVersions } from './older-versions.ts';
import { RequestServer } from './request-server.ts';
import type { NewRequest, RequestRecord, RequestState, RequestStore } from './request-store.ts';
import type { WorkerSource } from '../assets.ts';
import type { Tasks } from '../tasks.ts';

/** What a queue works with. */
export interface QueueParts {
  /** The endpoint's, for messages. */
  readonly name: string;
  /** What its requests are kept under. */
  readonly queue: string;
  /** Digest of the model that answers here. */
  readonly version: string;
  readonly store: RequestStore;
  readonly archiveWorker: WorkerSource | undefined;
  readonly takeOverMs: number | undefined;
  readonly answer: Answering;
  /** Has another version of the model answer, which is loaded for the first request. @throws where it is not to be had */
  openVersion(version: string): Promise<{ readonly answer: Answering; leave(): Promise<void> }>;
}

type Answering = (input: unknown, options: object) => Promise<unknown>;

const usualRetries = 3;

/** Milliseconds until a database that failed is asked again. */
const askAgainMs = 5000;

/** Requests of one name in this tab: made, looked at and waited for here, served here or in another tab. */
export class RequestQueue implements AsyncCalls<keyof Tasks> {
  readonly #parts: QueueParts;
  readonly #changes: Changes;
  readonly #files: InputFiles;
  readonly #server: RequestServer;
  readonly #older: OlderVersions;
  readonly #closed = new AbortController();
  readonly #events = new EventTarget();
  #isFollowing = false;

  constructor(parts: QueueParts) {
    const { queue, store, version, answer } = parts;
    this.#parts = parts;
    this.#changes = new Changes(rootOf(queue));
    this.#files = new InputFiles(queue, parts.archiveWorker);
    this.#server = this.#serve(version, answer);
    this.#older = new OlderVersions({
      version,
      wanted: () => store.openVersions(),
      serve: async (older) => {
        const { answer: answerOlder, leave } = await parts.openVersion(older);
        const server = this.#serve(older, answerOlder);
        return { close: () => server.close(), leave };
      },
    });
  }

  async invokeAsync(
    input: unknown,
    {
      inferenceId = crypto.randomUUID(),
      ttlMs,
      retries = usualRetries,
      notify: wanted,
      signal,
      ...options
    }: InvokeAsyncOptions = {},
  ): Promise<AsyncInvocation<unknown>> {
    signal?.throwIfAborted();
    this.#closed.signal.throwIfAborted();
    check({ inferenceId, ttlMs, retries });
    const { name, queue, version, store } = this.#parts;
    const madeAt = Date.now();
    const kept = clone('options', options);
    const { input: keptAs, files } = await keepableInput(input, this.#files.isThere);
    signal?.throwIfAborted();
    const request: NewRequest = {
      queue,
      inferenceId,
      version,
      options: kept,
      madeAt,
      expiresAt: ttlMs === undefined ? undefined : madeAt + ttlMs,
      retries,
      notify: wanted === true ? { title: name } : wanted || undefined,
      files: [...files.keys()],
    };
    const { isNew } = await this.#keep(files, signal, () => store.add(request, keptAs));
    if (isNew) this.#changes.tell();
    else await this.#files.remove(request.files);
    return {
      inferenceId,
      isDuplicate: !isNew,
      status: () => this.status(inferenceId),
      wait: (given) => this.wait(inferenceId, given),
      acknowledge: () => this.acknowledge(inferenceId),
    };
  }

  async status(inferenceId: string): Promise<AsyncStatus | undefined> {
    const record = await this.#parts.store.find(inferenceId);
    return record && this.#statusOf(record, await servedLocks());
  }

  async result(inferenceId: string): Promise<unknown> {
    const record = await this.#find(inferenceId);
    const completion = await this.#completionOf(record);
    if (completion?.status === 'Completed') return completion.answer;
    if (completion) throw completion.error;
    if (isSettled(record.state)) await this.#find(inferenceId);
    return undefined;
  }

  async wait(inferenceId: string, { signal }: { signal?: AbortSignal } = {}): Promise<unknown> {
    const either = signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal;
    for (;;) {
      either.throwIfAborted();
      const { count } = this.#changes;
      const record = await this.#find(inferenceId);
      const completion = await this.#completionOf(record);
      if (completion?.status === 'Completed') return completion.answer;
      if (completion) throw completion.error;
      // One that was removed while it was read is told of at once.
      if (isSettled(record.state)) continue;
      await this.#changes.after(count, either);
    }
  }

  async *completions({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<AsyncCompletion, void> {
    for await (const record of this.#settled(0, signal)) {
      // One that was acknowledged meanwhile is none.
      const there = await this.#parts.store.find(record.inferenceId);
      const completion = there?.sequence === record.sequence ? await this.#completionOf(record) : undefined;
      if (completion) yield completion;
    }
  }

  async deadLetters(): Promise<DeadLetter[]> {
    const { store } = this.#parts;
    const settled = await store.settledAfter(0);
    return settled
      .filter(({ state }) => state !== 'Completed')
      .map((record) => ({
        ...(this.#statusOf(record, new Set()) as AsyncStatus & { status: 'Failed' | 'Expired' }),
        error: decodeError(record.error!),
        input: async () => keptInput(await store.input(record), (file) => this.#files.read(file)),
      }));
  }

  acknowledge(inferenceId: string): Promise<boolean> {
    return this.#remove(inferenceId, ({ state }) => isSettled(state));
  }

  cancel(inferenceId: string): Promise<boolean> {
    return this.#remove(inferenceId, () => true);
  }

  addEventListener(type: 'completion', listener: (event: CompletionEvent) => void): void {
    this.#events.addEventListener(type, listener as (event: Event) => void);
    void this.#follow();
  }

  removeEventListener(type: 'completion', listener: (event: CompletionEvent) => void): void {
    this.#events.removeEventListener(type, listener as (event: Event) => void);
  }

  /** Lets another tab serve, and ends all that waits here. The requests stay. */
  async close(): Promise<void> {
    const { name, store } = this.#parts;
    const message = `The endpoint ${JSON.stringify(name)} is closed. Deploy the model again: its requests are still there.`;
    this.#closed.abort(new EndpointError('endpoint-closed', message));
    await Promise.all([this.#server.close(), this.#older.close()]);
    this.#changes.close();
    store.close();
  }

  #serve(version: string, answer: Answering): RequestServer {
    const { name, queue, store, takeOverMs } = this.#parts;
    return new RequestServer({
      name,
      version,
      store,
      answer,
      takeOverMs,
      files: this.#files,
      changes: this.#changes,
      lock: lockOf(queue, version),
      onSettled: (record) => void notify(record),
    });
  }

  async #keep<T>(
    files: ReadonlyMap<string, Blob>,
    signal: AbortSignal | undefined,
    commit: () => Promise<T>,
  ): Promise<T> {
    try {
      return await this.#files.write(files, () => {
        signal?.throwIfAborted();
        return commit();
      });
    } catch (error) {
      signal?.throwIfAborted();
      // What is ours says already what to do.
      if (typeof (error as Partial<StoreError>).code === 'string') throw error;
      throw await unkept(error as Error, this.#parts.name, files);
    }
  }

  async #find(inferenceId: string): Promise<RequestRecord> {
    const record = await this.#parts.store.find(inferenceId);
    if (record) return record;
    throw new InputError(
      'inferenceId',
      `There is no request ${JSON.stringify(inferenceId)} of ${JSON.stringify(this.#parts.name)}: it was acknowledged or cancelled, or never made.`,
    );
  }

  /** How a request ended; undefined of one that has not, or was removed meanwhile. */
  async #completionOf(record: RequestRecord): Promise<AsyncCompletion | undefined> {
    const { inferenceId, state, error } = record;
    if (state === 'Completed') {
      const answer = await this.#parts.store.answer(record);
      return answer === undefined ? undefined : { inferenceId, status: state, answer };
    }
    if (isSettled(state)) return { inferenceId, status: state, error: decodeError(error!) };
    return undefined;
  }

  #statusOf(record: RequestRecord, served: ReadonlySet<string>): AsyncStatus {
    const { inferenceId, state, version, attempts, madeAt, expiresAt, settledAt, error } = record;
    const isWaiting = !isSettled(state) && !served.has(lockOf(this.#parts.queue, version));
    return {
      inferenceId,
      status: isWaiting ? 'Waiting' : state,
      reason: isWaiting ? this.#whyWaiting(version) : error?.message,
      version,
      attempts,
      madeAt,
      expiresAt,
      settledAt,
    };
  }

  #whyWaiting(version: string): string {
    const own = this.#parts.version;
    if (version === own) return this.#server.trouble ?? 'No page has begun to serve it yet.';
    const why = this.#older.whyNot(version) ?? 'It is about to be looked for on this device.';
    return `It was made for version ${shown(version)} of the model, and this page deployed ${shown(own)}. ${why} Deploy that version under the name ${JSON.stringify(this.#parts.name)}, or cancel the request.`;
  }

  /** Requests that are settled, after the one of a number, for ever. */
  async *#settled(after: number, signal: AbortSignal | undefined): AsyncGenerator<RequestRecord, void> {
    const either = signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal;
    let last = after;
    for (;;) {
      const { count } = this.#changes;
      for (const record of await this.#parts.store.settledAfter(last)) {
        signal?.throwIfAborted();
        last = record.settled!;
        yield record;
      }
      try {
        await this.#changes.after(count, either);
      } catch (error) {
        signal?.throwIfAborted();
        if (this.#closed.signal.aborted) return;
        throw error;
      }
    }
  }

  /** Dispatches events, once somebody listens. */
  async #follow(): Promise<void> {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    let last: number | undefined;
    while (!this.#closed.signal.aborted) {
      try {
        last ??= await this.#parts.store.lastSettled();
        for await (const { inferenceId, state, settled } of this.#settled(last, undefined)) {
          last = settled!;
          this.#events.dispatchEvent(Object.assign(new Event('completion'), { inferenceId, status: state }));
        }
      } catch {
        // The database is asked again: what it has settled meanwhile is told then.
        await new Promise((resolve) => setTimeout(resolve, askAgainMs));
      }
    }
  }

  async #remove(inferenceId: string, mayRemove: (record: RequestRecord) => boolean): Promise<boolean> {
    const found = await this.#parts.store.remove(inferenceId, mayRemove);
    if (!found?.isRemoved) return false;
    this.#server.drop(found.record.sequence);
    await this.#files.remove(found.record.files);
    this.#changes.tell();
    return true;
  }
}

/** What the locks and messages of a queue are called. */
function rootOf(queue: string): string {
  return `inpoint/1/async/${queue}`;
}

function lockOf(queue: string, version: string): string {
  return `${rootOf(queue)}/serve/${version}`;
}

/** Locks that anybody holds now. */
async function servedLocks(): Promise<ReadonlySet<string>> {
  const { held = [] } = await navigator.locks.query();
  return new Set(held.map(({ name }) => name!));
}

function isSettled(state: RequestState): state is Exclude<RequestState, 'Queued' | 'InProgress'> {
  return state !== 'Queued' && state !== 'InProgress';
}

function shown(version: string): string {
  return version.slice(0, 12);
}

function check({ inferenceId, ttlMs, retries }: Pick<InvokeAsyncOptions, 'inferenceId' | 'ttlMs' | 'retries'>): void {
  if (typeof inferenceId !== 'string' || inferenceId === '')
    throw new TypeError('inferenceId is the name of a request: a text that is not empty.');
  if (ttlMs !== undefined && !(ttlMs > 0)) throw new RangeError('ttlMs is a number of milliseconds above 0.');
  if (!Number.isInteger(retries) || retries! < 0) throw new RangeError('retries is a whole number from 0 on.');
}

async function unkept(error: Error, name: string, files: ReadonlyMap<string, Blob>): Promise<StoreError> {
  if (error.name !== 'QuotaExceededError') {
    return new StoreError(
      'store-failed',
      `A request of ${JSON.stringify(name)} cannot be kept on this device: ${error.message} Try again, or call invoke() and stay.`,
      { cause: error },
    );
  }
  const { usage = 0, quota = Infinity } = (await navigator.storage?.estimate?.()) ?? {};
  const neededBytes = [...files.values()].reduce((sum, { size }) => sum + size, 0);
  return new QuotaError(
    `There is no room on this device to keep a request of ${JSON.stringify(name)}. Acknowledge answers that were received, remove models that are not needed, or call invoke() and stay.`,
    { neededBytes, availableBytes: Math.max(0, quota - usage), usageBytes: usage, quotaBytes: quota },
    { cause: error },
  );
}
