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
  LoadedModel,
  RepliesMessage,
  Reply,
  SentLoadOptions,
} from './contract.ts';
import { decodeError } from './error-transport.ts';
import { Link } from './link.ts';

/** What one call gave, and the milliseconds that the engine spent on it. */
export interface Answered {
  readonly answer: unknown;
  readonly modelMs: number;
}

/** A call on its way to an engine. */
interface Asked {
  /** What the engine calls it; higher than those before it. */
  readonly id: number;
  readonly answered: Promise<Answered>;
}

/** What an engine is asked. */
export interface Asking {
  readonly input: unknown;
  readonly options: object;
  readonly transfer: readonly Transferable[];
  readonly signal: AbortSignal;
  /** Is told what there is of the answer, as it comes. */
  readonly onPiece?: ((piece: unknown) => void) | undefined;
  /** Whether its run has a time limit of its own, which the page has to know the begin of. @default false */
  readonly isTimed?: boolean;
}

/** A call with the buffers that go with it for good. */
interface Outgoing {
  readonly call: Call;
  readonly transfer: readonly Transferable[];
}

interface Pending {
  readonly onPiece: ((piece: unknown) => void) | undefined;
  resolve(answered: Answered): void;
  reject(error: unknown): void;
}

/** The page's end of an engine worker. */
export class Engine {
  /** Resolves once the runtime is up. */
  readonly started: Promise<RuntimeReport>;
  readonly #link: Link<EngineControl>;
  readonly #pending = new Map<number, Pending>();
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
      for (const reply of data.replies) this.#settle(reply);
    };
    this.#link.lost.catch((reason: Error) => {
      this.#lostReason = reason;
      for (const { reject } of this.#pending.values()) reject(reason);
      this.#pending.clear();
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

  /** Sends a call with all others of this turn of the event loop. */
  send(model: number, { input, options, transfer, signal, onPiece, isTimed = false }: Asking): Asked {
    const id = ++this.#lastId;
    const answered = new Promise<Answered>((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.#lostReason) return reject(this.#lostReason);
      const onAbort = (): void => {
        if (this.#pending.delete(id)) this.#post({ kind: 'cancel', id }, []);
        reject(signal.reason);
      };
      const done = (): void => signal?.removeEventListener('abort', onAbort);
      this.#pending.set(id, {
        onPiece,
        resolve: (answer) => (done(), resolve(answer)),
        reject: (error) => (done(), reject(error)),
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#post({ kind: 'invoke', id, model, input, options, isStream: onPiece !== undefined, isTimed }, transfer);
    });
    return { id, answered };
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
    this.#link.calls.postMessage({ calls } satisfies CallsMessage, transfer);
  }

  #postAlone(one: Outgoing): void {
    try {
      this.#postTogether([one]);
    } catch (cause) {
      const { id } = one.call;
      const message = `The input cannot be sent to the engine: ${(cause as Error).message.replace(/\.$/, '')}. Pass plain data, pictures, samples or buffers; of a MediaStream its frames, or the samples of an AudioWorklet.`;
      this.#pending.get(id)?.reject(new InputError('input', message, { cause }));
      this.#pending.delete(id);
    }
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    if (!pending) return;
    if (reply.kind === 'pieces') {
      for (const piece of reply.pieces) pending.onPiece?.(piece);
      return;
    }
    this.#pending.delete(reply.id);
    if (reply.kind === 'answer') pending.resolve(reply);
    else pending.reject(decodeError(reply.error));
  }
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
function messagesOf(waiting: readonly Outgoing[]): Outgoing[][] {
  if (waiting.length === 1) return [[...waiting]];
  const messages: Outgoing[][] = [[]];
  let seen = new Set<object>();
  for (const one of waiting) {
    const parts = new Set<object>();
    if (one.call.kind === 'invoke') collectParts(one.call.input, parts, maxPartDepth);
    if ([...parts].some((part) => seen.has(part))) {
      messages.push([]);
      seen = new Set();
    }
    for (const part of parts) seen.add(part);
    messages.at(-1)!.push(one);
  }
  return messages;
}

/** As deep as named tensors lie in an input, and one more. */
const maxPartDepth = 4;

/** What of a value can be changed or closed: its objects, and the buffers under them. */
function collectParts(value: unknown, parts: Set<object>, depth: number): void {
  if (typeof value !== 'object' || value === null || value instanceof Blob) return;
  if (ArrayBuffer.isView(value)) {
    parts.add(value.buffer);
    return;
  }
  parts.add(value);
  if (depth === 0) return;
  // Long lists are of numbers.
  if (Array.isArray(value) && typeof value[0] !== 'object') return;
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  if (isPlain) for (const item of Object.values(value)) collectParts(item, parts, depth - 1);
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

  /**
   * Answers one input. An abort rejects at once with `signal.reason`; the engine drops the call if it has not
   * begun, and throws the answer away if it has.
   */
  invoke(asking: Asking): Asked {
    return this.#engine.send(this.#id, asking);
  }

  /** Tests the model on the golden samples of its artifact, or against what another engine gave. */
  selfTest(artifact: Artifact, options?: SelfTestOptions): Promise<SelfTest> {
    return this.#engine.selfTest(this.#id, artifact, options);
  }

  async dispose(): Promise<void> {
    await this.#engine.unload(this.#id);
  }
}
