import { abortable } from '../abortable.ts';
import type { StorageReport } from '../artifact/index.ts';
import { EndpointError, InputError } from '../errors.ts';
import type { Card, TaskName } from '../manifest/index.ts';
import type { RuntimeReport } from '../runtime/device.ts';
import type { TensorInfo } from '../runtime/session.ts';
import type { Release } from '../use-lock.ts';
import type { Replica } from '../worker/replica.ts';
import type { EngineLease } from './pool.ts';
import type { Tasks } from './tasks.ts';
import { Turns } from './turns.ts';
import { LatencyWindow, type ColdStartPhase, type EndpointMetrics } from './metrics.ts';
import { crossesAsItIs, sendInput } from './send-input.ts';

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
  /** What the model runs on, and why. */
  readonly report: RuntimeReport;
  /** Where its files are kept, and how they came there; undefined of an artifact that was put together by hand. */
  readonly storage: StorageReport | undefined;
  /**
   * Answers one input.
   *
   * @throws {InputError} when the input does not fit the task; `field` names the part.
   * @throws {InferenceError} when the model fails on it.
   * @throws {WorkerError} when the engine is lost.
   * @throws {EndpointError} `endpoint-closed`
   */
  invoke(input: Tasks[Task]['input'], options?: InvokeOptions & Tasks[Task]['options']): Promise<Tasks[Task]['answer']>;
  /** Counts and times of the calls so far. They stay in the page. */
  metrics(): EndpointMetrics;
  /** Rejects calls in flight and gives the memory back. Twice is once. */
  close(): Promise<void>;
}

/** What `deploy()` hands to an endpoint. */
export interface EndpointParts {
  readonly name: string;
  readonly replica: Replica;
  readonly report: RuntimeReport;
  readonly storage: StorageReport | undefined;
  /** Lets what is kept of the model be removed. */
  readonly release: Release;
  /** `performance.now()` when `deploy()` was called. */
  readonly startedAt: number;
  readonly coldStart: readonly ColdStartPhase[];
  readonly lease: EngineLease;
}

/** The real-time endpoint: one replica, always warm. */
export class RealtimeEndpoint implements Endpoint<keyof Tasks> {
  readonly name: string;
  readonly task: keyof Tasks;
  readonly card: Card;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly report: RuntimeReport;
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
    const { task, card, inputs, outputs } = parts.replica.model;
    this.name = parts.name;
    this.task = task;
    this.card = card;
    this.inputs = inputs;
    this.outputs = outputs;
    this.report = parts.report;
    this.storage = parts.storage;
    this.#parts = parts;
    this.#coldStart = [...parts.coldStart];
    this.#modelSetupTime = Math.max(...parts.coldStart.map(({ endMs }) => endMs));
  }

  async invoke<Answer>(input: unknown, { signal, transfer = false, ...options }: InvokeOptions = {}): Promise<Answer> {
    signal?.throwIfAborted();
    this.#closed.signal.throwIfAborted();
    const first = this.#invocations++ === 0;
    const start = performance.now();
    this.#inFlight++;
    // Inputs take their time to be made ready; calls of one conversation are sent as they were made.
    const { sessionId } = options;
    const turn = typeof sessionId === 'string' ? this.#turns.join(sessionId) : undefined;
    try {
      const either = this.#either(signal);
      const { sampleRate } = this.#parts.replica.model;
      const sent =
        !transfer && crossesAsItIs(input, sampleRate)
          ? { input, transfer: [] }
          : await abortable(sendInput(input, transfer, sampleRate, either), either);
      if (turn) await abortable(turn.before, either);
      const answered = this.#parts.replica.invoke(sent.input, options, sent.transfer, either);
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
    await this.#parts.lease.release(this.#parts.replica);
  }

  #either(signal: AbortSignal | undefined): AbortSignal {
    return signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal;
  }
}
