import type { Artifact } from '../artifact/index.ts';
import type { Remote } from 'comlink';
import { InputError, WorkerError } from '../errors.ts';
import { nextTurn } from '../next-turn.ts';
import type { RuntimeReport } from '../runtime/device.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { SelfTest, SelfTestOptions } from '../self-test.ts';
import type {
  Call,
  CallsMessage,
  EngineControl,
  InvokeCall,
  LoadedModel,
  RepliesMessage,
  Reply,
  SentLoadOptions,
} from './contract.ts';
import { decodeError } from './error-transport.ts';
import { columnOf, unpackColumn } from './columns.ts';
import { Link } from './link.ts';

/** What one call gave, and the milliseconds that the engine spent on it. */
export interface Answered {
  readonly answer: unknown;
  readonly modelMs: number;
}

/** What an engine is asked. */
export interface Asking {
  readonly input: unknown;
  readonly options: object;
  readonly transfer: readonly Transferable[];
  /** Whether its run has a time limit of its own, which the page has to know the begin of. */
  readonly isTimed?: true | undefined;
}

/** Who waits for an answer. Either `onAnswer` or `onFailure` is called, once; after a cancel neither. */
export interface Listener {
  onAnswer(answered: Answered): void;
  onFailure(error: unknown): void;
  /** Is told what there is of the answer, as it comes. */
  readonly onPiece?: ((piece: unknown) => void) | undefined;
  /** A call that was cancelled takes none of the engine's time any more. */
  onGone?(): void;
}

/** A call with the buffers that go with it for good. */
interface Outgoing {
  readonly call: Call;
  readonly transfer: readonly Transferable[];
}

/** The page's end of an engine worker. */
export class Engine {
  /** Resolves once the runtime is up. */
  readonly started: Promise<RuntimeReport>;
  readonly #link: Link<EngineControl>;
  readonly #pending = new Map<number, Listener>();
  /** Cancelled calls that the engine may still be at. */
  readonly #cancelled = new Map<number, Listener>();
  #outbox: Outgoing[] = [];
  #lastId = 0;
  /** Why no call can be answered any more. */
  #lostReason: Error | undefined;
  #culprit: Culprit | undefined;
  #lastSignAt = 0;

  constructor(spawn: () => Worker, options: RuntimeOptions) {
    this.#link = new Link<EngineControl>('engine worker', spawn);
    this.started = this.#link.request((control) => control.start(options));
    this.#endWhenBroken().catch(() => {});
    this.#link.calls.onmessage = ({ data }: MessageEvent<RepliesMessage>) => {
      this.#lastSignAt = performance.now();
      for (const reply of unpackColumn(data.replies, true) as readonly Reply[]) this.#settle(reply);
    };
    this.#link.lost.catch((reason: Error) => {
      this.#lostReason = reason;
      const pending = [...this.#pending.values()];
      this.#pending.clear();
      for (const listener of pending) listener.onFailure(reason);
    });
  }

  /** Why no call can be answered any more; undefined while it can. */
  get lostReason(): Error | undefined {
    return this.#lostReason;
  }

  /** The call that the engine was lost by, where that is known. */
  get culprit(): Culprit | undefined {
    return this.#culprit;
  }

  /** The call that was sent first of those without an answer, whatever the model. */
  get oldest(): number | undefined {
    return this.#pending.keys().next().value;
  }

  /** `performance.now()` when it last answered anything, or took up what takes its time. */
  get lastSignAt(): number {
    return this.#lastSignAt;
  }

  /** Rejects once the worker is lost; never resolves. */
  get lost(): Promise<never> {
    return this.#link.lost;
  }

  /**
   * Loads an artifact's model.
   *
   * @throws {ManifestError} @throws {InferenceError} @throws {WorkerError}
   */
  async load(artifact: Artifact, options: SentLoadOptions): Promise<Replica> {
    const id = ++this.#lastId;
    const loaded = await this.#request((control) => control.load(id, artifact, options));
    return new Replica(this, id, loaded);
  }

  /** Tests a model on samples, as `selfTest()` says. */
  async selfTest(model: number, artifact: Artifact, options?: SelfTestOptions): Promise<SelfTest> {
    return this.#request((control) => control.selfTest(model, artifact, options));
  }

  /** Takes a model out of the engine. */
  async unload(model: number): Promise<void> {
    await this.#request((control) => control.unload(model));
  }

  /**
   * Sends a call with all others of this turn of the event loop.
   *
   * @returns what the engine calls it; higher than those before it
   */
  send(model: number, { input, options, transfer, isTimed }: Asking, listener: Listener): number {
    const id = ++this.#lastId;
    if (this.#lostReason) {
      const reason = this.#lostReason;
      queueMicrotask(() => listener.onFailure(reason));
      return id;
    }
    this.#pending.set(id, listener);
    const isStream = listener.onPiece !== undefined && (true as const);
    const call: InvokeCall = {
      id,
      model,
      input,
      ...(hasAny(options) && { options }),
      ...(isStream && { isStream }),
      ...(isTimed && { isTimed }),
    };
    this.#post(call, transfer);
    return id;
  }

  /** Drops a call if it has not begun, and its answer if it has; a text stops within a token. */
  cancel(id: number): void {
    const listener = this.#pending.get(id);
    if (!listener) return;
    this.#pending.delete(id);
    if (listener.onGone) this.#cancelled.set(id, listener);
    this.#post({ cancel: id }, []);
  }

  /** Ends the worker; calls in flight are rejected with `reason`. */
  end(reason?: Error): void {
    this.#link.end(reason);
  }

  async #endWhenBroken(): Promise<void> {
    await this.started;
    this.#lastSignAt = performance.now();
    const { error, call } = await this.#link.request((control) => control.broken());
    if (call === undefined) this.end(decodeError(error));
    else this.endFor(call, decodeError(error));
  }

  /** Ends the worker because of what one call did to it. */
  endFor(id: number, error: Error): void {
    this.#culprit = { id, error };
    this.end(new WorkerError('worker-lost', `The engine was ended for one call: ${error.message}`, { cause: error }));
  }

  /** Asks for what takes its time: calls that wait meanwhile are not late. */
  async #request<T>(work: (control: Remote<EngineControl>) => Promise<T>): Promise<T> {
    this.#lastSignAt = performance.now();
    try {
      return await this.#link.request(work);
    } finally {
      this.#lastSignAt = performance.now();
    }
  }

  #post(call: Call, transfer: readonly Transferable[]): void {
    if (this.#outbox.push({ call, transfer }) === 1) void nextTurn().then(() => this.#flush());
  }

  #flush(): void {
    const waiting = this.#outbox;
    this.#outbox = [];
    for (const outgoing of messagesOf(waiting)) {
      try {
        this.#postTogether(outgoing);
      } catch {
        // One input cannot be cloned, or its buffer not be given away, and the others must not suffer for it.
        for (const one of outgoing) this.#postAlone(one);
      }
    }
  }

  #postTogether(outgoing: readonly Outgoing[]): void {
    const calls = outgoing.map(({ call }) => call);
    const transfer = outgoing.flatMap((one) => one.transfer);
    this.#link.calls.postMessage({ calls: columnOf(calls, transfer) } satisfies CallsMessage, transfer);
  }

  #postAlone(one: Outgoing): void {
    try {
      this.#postTogether([one]);
    } catch (cause) {
      // A cancel has nothing in it that could fail.
      const { id } = one.call as InvokeCall;
      const message = `The input cannot be sent to the engine: ${(cause as Error).message.replace(/\.$/, '')}. Pass plain data, pictures, samples or buffers; of a MediaStream its frames, or the samples of an AudioWorklet.`;
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      pending?.onFailure(new InputError('input', message, { cause }));
    }
  }

  #settle(reply: Reply): void {
    if (reply.kind === 'gone') {
      this.#cancelled.get(reply.id)?.onGone?.();
      this.#cancelled.delete(reply.id);
      return;
    }
    const pending = this.#pending.get(reply.id);
    if (!pending) return;
    if (reply.kind === 'pieces') {
      for (const piece of reply.pieces) pending.onPiece?.(piece);
      return;
    }
    this.#pending.delete(reply.id);
    if (reply.kind === undefined) pending.onAnswer(reply);
    else pending.onFailure(decodeError(reply.error));
  }
}

function hasAny(options: object): boolean {
  for (const _ in options) return true;
  return false;
}

/** The call that an engine was lost by, and what is wrong with it. */
interface Culprit {
  readonly id: number;
  readonly error: Error;
}

/**
 * Calls by the messages that carry them, in their order. What two inputs of one message share would be one thing on the
 * other side too, which one call closes or changes under the other: such calls go in messages of their own.
 */
function messagesOf(waiting: readonly Outgoing[]): (readonly Outgoing[])[] {
  if (waiting.length === 1) return [waiting];
  const messages: Outgoing[][] = [];
  const seen = new Map<object, number>();
  let first = 0;
  for (const [place, one] of waiting.entries()) {
    const isShared = 'input' in one.call && mark(one.call.input, seen, place, first, maxPartDepth);
    if (isShared) first = place;
    if (first === place) messages.push([]);
    messages.at(-1)!.push(one);
  }
  return messages;
}

/** As deep as named tensors lie in an input, and one more. */
const maxPartDepth = 4;

/**
 * Marks what of a value can be changed or closed, its objects and the buffers under them, with the call it is of. True when
 * some of it is of an earlier one, since `first`.
 */
function mark(value: unknown, seen: Map<object, number>, call: number, first: number, depth: number): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Blob) return false;
  const part = ArrayBuffer.isView(value) ? value.buffer : value;
  const before = seen.get(part);
  seen.set(part, call);
  let isShared = before !== undefined && before !== call && before >= first;
  if (part !== value || depth === 0) return isShared;
  // Long lists are of numbers.
  if (Array.isArray(value) ? typeof value[0] !== 'object' : Object.getPrototypeOf(value) !== Object.prototype)
    return isShared;
  const items = value as Record<string, unknown>;
  const isTensor = 'dims' in items && ArrayBuffer.isView(items['data']);
  for (const name in items) {
    // Nobody changes a shape, and many tensors have the same.
    if (isTensor && name === 'dims') continue;
    if (mark(items[name], seen, call, first, depth - 1)) isShared = true;
  }
  return isShared;
}

/**
 * Tells what a model takes and gives, in a worker that ends with it and starts no runtime.
 *
 * @throws {ManifestError} @throws {WorkerError}
 */
export async function describeThere(
  spawn: () => Worker,
  artifact: Artifact,
  options: SentLoadOptions,
): Promise<LoadedModel> {
  const link = new Link<EngineControl>('engine worker', spawn);
  try {
    return await link.request((control) => control.describe(artifact, options));
  } finally {
    link.end();
  }
}

/** A model loaded in an engine. */
export class Replica {
  readonly model: LoadedModel;
  readonly #engine: Engine;
  readonly #id: number;

  constructor(engine: Engine, id: number, model: LoadedModel) {
    this.#engine = engine;
    this.#id = id;
    this.model = model;
  }

  /** Sends a call; gives what `cancel()` knows it by. */
  send(asking: Asking, listener: Listener): number {
    return this.#engine.send(this.#id, asking, listener);
  }

  /** Drops a call if it has not begun, and its answer if it has. */
  cancel(id: number): void {
    this.#engine.cancel(id);
  }

  /** Tests the model on the golden samples of its artifact, or against what another engine gave. */
  selfTest(artifact: Artifact, options?: SelfTestOptions): Promise<SelfTest> {
    return this.#engine.selfTest(this.#id, artifact, options);
  }

  async dispose(): Promise<void> {
    await this.#engine.unload(this.#id);
  }
}
