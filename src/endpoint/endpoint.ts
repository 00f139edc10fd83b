import { abortable } from '../abortable.ts';
import type { StorageReport } from '../artifact/index.ts';
import { EndpointError, InputError } from '../errors.ts';
import type { Card, TaskName } from '../manifest/index.ts';
import type { TensorInfo } from '../runtime/session.ts';
import type { TextPiece } from '../generation/options.ts';
import { answerStream, type AnswerStream } from './answer-stream.ts';
import type { Chat, ChatOptions } from './chat.ts';
import type { Release } from '../use-lock.ts';
import type { Tasks } from './tasks.ts';
import { Turns } from './turns.ts';
import { LatencyWindow, type ColdStartPhase, type EndpointMetrics } from './metrics.ts';
import { asItIs, crossesAsItIs, sendInput, type SentInput } from './send-input.ts';
import type { EndpointReport, Serving } from './serving.ts';

/** What any call may say, whatever the task. */
export interface InvokeOptions {
  /**
   * Aborting rejects at once with `signal.reason`. A run that has begun ends unseen; of a stateful model, its state
   * counts then.
   */
  signal?: AbortSignal;
  /** Gives the input's buffers, bitmaps and frames away instead of copying them. @default false */
  transfer?: boolean;
  /**
   * Names the conversation with a stateful model that the call belongs to: it goes on where the call before left off.
   * Without it, each call begins anew. Models without a state take no notice.
   */
  sessionId?: string;
  /** Forgets the state of the conversation after this call. @default false */
  endSession?: boolean;
  /** Milliseconds that the model may run. Past that its engine is ended, and others are sent to a new one. @default that of `deploy()` */
  timeoutMs?: number;
}

/**
 * A deployed model. Close it, or declare it with `await using`, to have its memory back. Where `deploy()` was not told
 * the task, inputs and answers are those of any task.
 */
export interface Endpoint<Task extends keyof Tasks = TaskName> extends AsyncDisposable {
  /** The archive's name. */
  readonly name: string;
  readonly task: Task;
  /** What the archive says of itself. */
  readonly card: Card;
  /** What the model itself takes and gives, below the task. */
  readonly inputs: readonly TensorInfo[];
  /** What the model itself gives, below the task. */
  readonly outputs: readonly TensorInfo[];
  /** What the model runs on now, and why; how its test came out, and which engines were lost. */
  readonly report: EndpointReport;
  /** Where its files are kept, and how they came there; undefined of an artifact that was put together by hand. */
  readonly storage: StorageReport | undefined;
  /**
   * Answers one input.
   *
   * @throws {InputError} when the input does not fit the task; `field` names the part.
   * @throws {InferenceError} when the model fails on it.
   * @throws {WorkerError} when the engine is lost, and the input cannot be sent to another one.
   * @throws {EndpointError} `endpoint-closed`, or `endpoint-failed` once no engine lasts
   */
  invoke(input: Tasks[Task]['input'], options?: InvokeOptions & Tasks[Task]['options']): Promise<Tasks[Task]['answer']>;
  /**
   * Answers one input piece by piece, as a stream that `for await` reads too: `{ text }`, and the whole answer at the end.
   * Leaving the loop, `cancel()` of the stream, or an abort stops the work within one token.
   *
   * @throws {TypeError} where the task does not write texts; else the stream fails as `invoke()` rejects
   */
  invokeStream(input: Tasks[Task]['input'], options?: InvokeOptions & Tasks[Task]['options']): AnswerStream;
  /**
   * Opens a conversation with a model that writes texts: it remembers what was said, and goes on with it after a reload, if
   * asked to.
   *
   * @throws {TypeError} where the task does not write texts
   */
  chat(options?: ChatOptions): Promise<Chat>;
  /** Counts and times of the calls so far. They stay in the page. */
  metrics(): EndpointMetrics;
  /** Rejects calls in flight and gives the memory back. Twice is once. */
  close(): Promise<void>;
}

/** What `deploy()` hands to an endpoint. */
export interface EndpointParts {
  readonly name: string;
  readonly serving: Serving;
  /** Milliseconds that a run may take. */
  readonly timeoutMs: number;
  readonly storage: StorageReport | undefined;
  /** Lets what is kept of the model be removed. */
  readonly release: Release;
  /** `performance.now()` when `deploy()` was called. */
  readonly startedAt: number;
  readonly coldStart: readonly ColdStartPhase[];
}

/** The real-time endpoint: one replica, always warm. */
export class RealtimeEndpoint implements Endpoint<keyof Tasks> {
  readonly name: string;
  readonly task: keyof Tasks;
  readonly card: Card;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly storage: StorageReport | undefined;
  readonly #parts: EndpointParts;
  readonly #closed = new AbortController();
  readonly #turns = new Turns();
  readonly #modelLatency = new LatencyWindow();
  readonly #overheadLatency = new LatencyWindow();
  readonly #coldStart: ColdStartPhase[];
  readonly #modelSetupTime: number;
  #closing: Promise<void> | undefined;
  #invocations = 0;
  #inputErrors = 0;
  #otherErrors = 0;
  #inFlight = 0;

  constructor(parts: EndpointParts) {
    const { task, card, inputs, outputs } = parts.serving.replica.model;
    this.name = parts.name;
    this.task = task;
    this.card = card;
    this.inputs = inputs;
    this.outputs = outputs;
    this.storage = parts.storage;
    this.#parts = parts;
    this.#coldStart = [...parts.coldStart];
    this.#modelSetupTime = Math.max(...parts.coldStart.map(({ endMs }) => endMs));
  }

  get report(): EndpointReport {
    return this.#parts.serving.report;
  }

  invoke<Answer>(input: unknown, options: InvokeOptions = {}): Promise<Answer> {
    return this.#call(input, options);
  }

  invokeStream(input: unknown, options: InvokeOptions = {}): AnswerStream {
    this.#checkWrites();
    return answerStream((onPiece, stopped) => {
      const signal = options.signal ? AbortSignal.any([options.signal, stopped]) : stopped;
      return this.#call(input, { ...options, signal }, onPiece);
    });
  }

  async chat(options: ChatOptions = {}): Promise<Chat> {
    this.#checkWrites();
    const { openChat } = await import('./chat.ts');
    return openChat(this.name, (messages, given, onPiece) => this.#call(messages, given, onPiece), options);
  }

  #checkWrites(): void {
    if (/generation|^translation|^summ/.test(this.task)) return;
    throw new TypeError(`${JSON.stringify(this.name)} is for ${this.task}, whose answers come at once: call invoke().`);
  }

  async #call<Answer>(
    input: unknown,
    { signal, transfer = false, timeoutMs = this.#parts.timeoutMs, ...options }: InvokeOptions,
    onPiece?: (piece: TextPiece) => void,
  ): Promise<Answer> {
    signal?.throwIfAborted();
    this.#closed.signal.throwIfAborted();
    const first = this.#invocations++ === 0;
    const start = performance.now();
    this.#inFlight++;
    // Inputs take their time to be made ready; calls of one conversation are sent as they were made.
    const { sessionId } = options;
    const turn = typeof sessionId === 'string' ? this.#turns.join(sessionId) : undefined;
    let sent: SentInput | undefined;
    try {
      const either = this.#either(signal);
      const { serving } = this.#parts;
      const { sampleRate } = serving.replica.model;
      sent =
        !transfer && crossesAsItIs(input, sampleRate)
          ? asItIs(input)
          : await abortable(sendInput(input, transfer, sampleRate, either), either);
      if (turn) await abortable(turn.before, either);
      const answered = serving.invoke({ sent, options, signal: either, timeoutMs, sessionId, onPiece, madeAt: start });
      turn?.passed();
      const { answer, modelMs } = await answered;
      const end = performance.now();
      this.#modelLatency.add(modelMs);
      this.#overheadLatency.add(end - start - modelMs);
      const { startedAt } = this.#parts;
      if (first) this.#coldStart.push({ phase: 'firstInvocation', startMs: start - startedAt, endMs: end - startedAt });
      return answer as Answer;
    } catch (error) {
      if (error instanceof InputError) this.#inputErrors++;
      else if (!signal?.aborted && !this.#closed.signal.aborted) this.#otherErrors++;
      throw error;
    } finally {
      turn?.passed();
      sent?.release?.();
      this.#inFlight--;
    }
  }

  metrics(): EndpointMetrics {
    return {
      invocations: this.#invocations,
      invocation4xxErrors: this.#inputErrors,
      invocation5xxErrors: this.#otherErrors,
      concurrentInvocations: this.#inFlight,
      modelLatency: this.#modelLatency.statistics(),
      overheadLatency: this.#overheadLatency.statistics(),
      modelSetupTime: this.#modelSetupTime,
      coldStart: [...this.#coldStart],
    };
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const message = `The endpoint ${JSON.stringify(this.name)} is closed. Deploy the model again.`;
    this.#closed.abort(new EndpointError('endpoint-closed', message));
    this.#parts.release();
    await this.#parts.serving.close();
  }

  #either(signal: AbortSignal | undefined): AbortSignal {
    return signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal;
  }
}
