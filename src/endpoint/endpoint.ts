import { abortable } from '../abortable.ts';
import type { StorageReport } from '../artifact/index.ts';
import { EndpointError, InputError } from '../errors.ts';
import type { Card, TaskName } from '../manifest/index.ts';
import type { TensorInfo } from '../runtime/session.ts';
import type { Generation, GenerationEnd, TextPiece } from '../generation/options.ts';
import type { Transcript, TranscriptEnd } from '../generation/speech/transcript.ts';
import { answerStream, type AnswerStream } from './answer-stream.ts';
import type { Chat, ChatOptions } from './chat.ts';
import type { Release } from '../use-lock.ts';
import type { Tasks } from './tasks.ts';
import type { Priority } from '../batching/waiting-line.ts';
import { writesTexts } from './dispatch.ts';
import { Turns } from './turns.ts';
import type { ObservedCall } from './metrics/call-observer.ts';
import type { EndpointMetrics } from './metrics/endpoint-metrics.ts';
import type { MetricsHistory, MetricsHistoryOptions } from './metrics/metrics-history.ts';
import type { MetricsRecorder } from './metrics/metrics-recorder.ts';
import { sendData, sendInput, type SentInput } from './send-input.ts';
import type { EndpointReport, SelfTestMode, Serving } from './serving.ts';
import type { Artifact } from '../artifact/index.ts';
import type { ModelSource } from '../manifest/open-source.ts';
import type { DeployOptions, Deployment } from './deploy.ts';
import type { ShadowReport } from './variants/shadow.ts';
import type { UpdateReport } from './variants/update-variant.ts';
import type { UpdateOptions } from './variants/variant-options.ts';
import type { Router } from './variants/sole-variant.ts';
import type { Target, VariantReport } from './variants/target.ts';

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
  /** Who goes first where calls wait: `background` ones after all `interactive` ones. @default 'interactive' */
  priority?: Priority;
  /** Milliseconds that it may wait for an engine that has room. @default that of `deploy()` */
  queueTimeoutMs?: number;
  /** Other engines that it is sent to where one is lost by it; with 0 it is rejected with its first. @default `callRetries` of `deploy()` */
  retries?: number;
  /** The variant that answers, whatever the weights. @default by the weights, or where the conversation began */
  targetVariant?: string;
}

/** What the stream of a task's answer ends with. */
export type EndOf<Task extends keyof Tasks> = Task extends 'automatic-speech-recognition'
  ? TranscriptEnd
  : GenerationEnd;

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
   * A transcript of a model that is decoded by CTC comes in one piece.
   *
   * @throws {TypeError} where the task does not write texts; else the stream fails as `invoke()` rejects
   */
  invokeStream(
    input: Tasks[Task]['input'],
    options?: InvokeOptions & Tasks[Task]['options'],
  ): AnswerStream<EndOf<Task>>;
  /**
   * Opens a conversation with a model that writes texts: it remembers what was said, and goes on with it after a reload, if
   * asked to.
   *
   * @throws {TypeError} where the task is not text-generation: models that write one text of another take no messages
   */
  chat(options?: ChatOptions): Promise<Chat>;
  /**
   * Replaces the archive by another one while calls come: the new one is loaded and tested first, beside the old one, in an
   * engine of its own; then calls go over, at once or in steps, and come back if it does worse than `alarms` allow. What is
   * in flight on the old one ends there; then its engine is given back, and this resolves.
   *
   * @throws {EndpointError} `update-refused` where callers could not go on with the new archive, `update-in-progress` where
   * another update has not ended; else what the new archive cannot be fetched, loaded or tested for. The old one serves on.
   */
  update(source: ModelSource | FileList | Artifact, options?: UpdateOptions): Promise<UpdateReport>;
  /** What answers the calls, each with its weight and figures: one variant, unless `deploy()` was given others. */
  readonly variants: readonly VariantReport[];
  /** How the shadow variant does; undefined without one. */
  readonly shadow: ShadowReport | undefined;
  /** Shares the calls otherwise among the variants, from the next one on. @throws {RangeError} */
  updateWeights(weights: Readonly<Record<string, number>>): void;
  /** Counts and times of the calls so far. They stay in the page. */
  metrics(): EndpointMetrics;
  /**
   * The same second by second, for what draws it: recorded from the first time that this is called, in memory that does not
   * grow. Later calls give the same history, whatever they ask for.
   */
  metricsHistory(options?: MetricsHistoryOptions): Promise<MetricsHistory>;
  /** Rejects calls in flight and gives the memory back. Twice is once. */
  close(): Promise<void>;
}

/** What `deploy()` hands to an endpoint. */
export interface EndpointParts {
  /** Where the calls go. */
  readonly router: Router;
  readonly selfTest: SelfTestMode;
  /** Tells how the endpoint is, which is another one's state once it was updated. */
  onReport(serving: Pick<Serving, 'report'>): void;
  /** Brings another archive into service, in an engine of its own. */
  startAnother(
    source: ModelSource | FileList | Artifact,
    options: DeployOptions,
    variantName: string,
  ): Promise<Deployment>;
  readonly name: string;
  readonly serving: Serving;
  /** Milliseconds that a run may take. */
  readonly timeoutMs: number;
  /** Engines that a call is sent to after one was lost by it. */
  readonly retries: number | undefined;
  readonly storage: StorageReport | undefined;
  /** Bytes that a replica takes, as it is estimated. */
  readonly replicaBytes: number;
  /** Lets what is kept of the model be removed. */
  readonly release: Release;
  /** Calls at a time; one more is refused. */
  readonly maxConcurrency: number;
  /** Is told of each call. */
  readonly recorder: MetricsRecorder;
}

/** An endpoint of this page. */
export class PageEndpoint implements Endpoint<keyof Tasks> {
  readonly name: string;
  readonly task: keyof Tasks;
  readonly #parts: EndpointParts;
  #router: Router;
  #update: Promise<UpdateReport> | undefined;
  readonly #closed = new AbortController();
  readonly #turns = new Turns();
  #closing: Promise<void> | undefined;
  #history: Promise<MetricsHistory> | undefined;

  constructor(parts: EndpointParts) {
    this.name = parts.name;
    this.task = parts.serving.model.task;
    this.#parts = parts;
    this.#router = parts.router;
    // Whoever has the model can chat, though the network be gone by then.
    if (this.task === 'text-generation') import('./chat.ts').catch(() => {});
  }

  get card(): Card {
    return this.#router.model.card;
  }

  get inputs(): readonly TensorInfo[] {
    return this.#router.model.inputs;
  }

  get outputs(): readonly TensorInfo[] {
    return this.#router.model.outputs;
  }

  get storage(): StorageReport | undefined {
    return this.#router.main.storage;
  }

  get report(): EndpointReport {
    return this.#router.main.serving.report;
  }

  get variants(): readonly VariantReport[] {
    return this.#router.reports;
  }

  get shadow(): ShadowReport | undefined {
    return this.#router.shadow?.report;
  }

  /** What the metrics are told of beside the calls. */
  get gauges(): { replicaCount: number; memoryBytes: number } {
    return {
      replicaCount: this.#sum(({ deployed }) => deployed.serving.replicaCount),
      memoryBytes: this.#sum(({ deployed }) => deployed.serving.replicaCount * deployed.replicaBytes),
    };
  }

  /** Whether it is this one's state by which the endpoint's is told. */
  isKnownBy(serving: Pick<Serving, 'report'>): boolean {
    return this.#router.main.serving === serving;
  }

  invoke<Answer>(input: unknown, options: InvokeOptions = {}): Promise<Answer> {
    return this.#call(input, options);
  }

  invokeStream(input: unknown, options: InvokeOptions = {}): AnswerStream<EndOf<keyof Tasks>> {
    if (this.task !== 'automatic-speech-recognition') this.#checkWrites();
    return answerStream((onPiece, stopped) => {
      const signal = options.signal ? AbortSignal.any([options.signal, stopped]) : stopped;
      return this.#call<Generation | Transcript>(input, { ...options, signal }, onPiece);
    });
  }

  async chat(options: ChatOptions = {}): Promise<Chat> {
    if (this.task !== 'text-generation') {
      const how = writesTexts.test(this.task)
        ? 'takes no messages: call invokeStream()'
        : 'has no texts to write: call invoke()';
      throw new TypeError(`${JSON.stringify(this.name)} is for ${this.task}, and ${how}.`);
    }
    const { openChat } = await import('./chat.ts');
    // During an update a conversation goes on where it began.
    const session = {};
    return openChat(this.name, (messages, given, onPiece) => this.#call(messages, given, onPiece, session), options);
  }

  async update(source: ModelSource | FileList | Artifact, options: UpdateOptions = {}): Promise<UpdateReport> {
    this.#closed.signal.throwIfAborted();
    options.signal?.throwIfAborted();
    if (this.#update) throw updateInProgress(this.name);
    this.#update = this.#replace(source, options);
    try {
      return await this.#update;
    } finally {
      this.#update = undefined;
    }
  }

  async #replace(source: ModelSource | FileList | Artifact, options: UpdateOptions): Promise<UpdateReport> {
    const { updateVariant, VariantRouter } = await import('./variants/update-variant.ts');
    this.#closed.signal.throwIfAborted();
    const router = VariantRouter.after(this.#router, this.name);
    this.#router = router;
    const { trafficRouting, terminationWaitMs, alarms, targetVariant, signal, ...given } = options;
    const { selfTest = this.#parts.selfTest === 'off' ? 'off' : 'strict' } = given;
    const [first] = router.targets;
    const { serving } = router.main;
    const variantName = targetVariant ?? first!.variantName;
    const report = await updateVariant({
      name: this.name,
      router,
      variantName,
      policy: { trafficRouting, terminationWaitMs, alarms },
      signal: this.#either(signal),
      start: (either) => this.#parts.startAnother(source, { ...given, selfTest, signal: either }, variantName),
    });
    if (!this.isKnownBy(serving)) this.#parts.onReport(this.#router.main.serving);
    return report;
  }

  updateWeights(weights: Readonly<Record<string, number>>): void {
    this.#router.setWeights(weights);
  }

  #checkWrites(): void {
    if (writesTexts.test(this.task)) return;
    throw new TypeError(`${JSON.stringify(this.name)} is for ${this.task}, whose answers come at once: call invoke().`);
  }

  async #call<Answer>(
    input: unknown,
    {
      signal,
      transfer = false,
      timeoutMs = this.#parts.timeoutMs,
      priority = 'interactive',
      queueTimeoutMs,
      retries = this.#parts.retries,
      targetVariant,
      ...options
    }: InvokeOptions,
    onPiece?: (piece: TextPiece) => void,
    session: unknown = options.sessionId,
  ): Promise<Answer> {
    signal?.throwIfAborted();
    this.#closed.signal.throwIfAborted();
    const { recorder, maxConcurrency } = this.#parts;
    const isOneTooMany = recorder.inFlight >= maxConcurrency;
    const startMs = performance.now();
    const call: { -readonly [Field in keyof ObservedCall]: ObservedCall[Field] } = { startMs };
    recorder.onCall(call);
    // Inputs take their time to be made ready; calls of one conversation are sent as they were made.
    const { sessionId } = options;
    const turn = typeof sessionId === 'string' ? this.#turns.join(sessionId) : undefined;
    const router = this.#router;
    let sent: SentInput | undefined;
    let target: Target | undefined;
    try {
      if (isOneTooMany) throw this.#tooMany();
      checkPriority(priority);
      checkRetries(retries);
      const { sampleRate } = router.model;
      if (!transfer && sampleRate === undefined) sent = sendData(input);
      if (!sent || turn) {
        const either = this.#either(signal);
        sent ??= await abortable(sendInput(input, transfer, sampleRate, either), either);
        if (turn) await abortable(turn.before, either);
      }
      recorder.onSend(call, sent.input);
      const sentOptions = priority === 'interactive' ? options : { ...options, priority };
      target = router.choose(session, targetVariant, startMs);
      target.began();
      if (target.recorder) {
        call.variant = target.variantName;
        target.recorder.onCall(call);
      }
      const served = {
        sent,
        options: sentOptions,
        signal,
        timeoutMs,
        sessionId,
        priority,
        queueTimeoutMs,
        retries,
        onPiece,
        madeAt: startMs,
      };
      const answered = target.route.invoke(served);
      router.shadow?.mirror(served, answered);
      turn?.passed();
      const { answer, modelMs } = await answered;
      const endMs = performance.now();
      target.latency.add(endMs - startMs);
      if (options.endSession) this.#router.endSession(session);
      recorder.onAnswer(call, { endMs, modelMs, answer });
      target.recorder?.onAnswer(call, { endMs, modelMs, answer });
      return answer as Answer;
    } catch (error) {
      const isAborted = signal?.aborted || this.#closed.signal.aborted;
      recorder.onError(call, error, isAborted);
      target?.recorder?.onError(call, error, isAborted);
      if (target && !isAborted) target.errors++;
      throw error;
    } finally {
      target?.ended();
      turn?.passed();
      sent?.release?.();
    }
  }

  #sum(of: (target: Target) => number): number {
    return this.#router.targets.reduce((sum, target) => sum + of(target), 0);
  }

  #tooMany(): EndpointError {
    const { recorder } = this.#parts;
    const retryAfterMs = Math.ceil(recorder.metrics().modelLatency.p50) || usualRetryMs;
    return new EndpointError(
      'throttled',
      `${JSON.stringify(this.name)} is at ${recorder.inFlight - 1} calls, as many as maxConcurrency allows. Send this one again in ${retryAfterMs} ms.`,
      { retryAfterMs },
    );
  }

  metrics(): EndpointMetrics {
    return this.#parts.recorder.metrics();
  }

  metricsHistory(options?: MetricsHistoryOptions): Promise<MetricsHistory> {
    return (this.#history ??= import('./metrics/observe.ts').then(
      ({ MetricsHistory }) => new MetricsHistory(this.#parts.recorder, options),
    ));
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const message = `The endpoint ${JSON.stringify(this.name)} is closed. Deploy the model again.`;
    const reason = new EndpointError('endpoint-closed', message);
    this.#closed.abort(reason);
    await Promise.all([this.#router.close(reason), this.#parts.recorder.close()]);
    // An update that has only begun to bring its archive gives that back.
    await this.#update?.catch(() => {});
  }

  #either(signal: AbortSignal | undefined): AbortSignal {
    return signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal;
  }
}

function updateInProgress(name: string): EndpointError {
  return new EndpointError(
    'update-in-progress',
    `${JSON.stringify(name)} is being updated. Wait for that update, or abort it, before the next one.`,
  );
}

/** Milliseconds, where it is not known how long a call takes. */
const usualRetryMs = 1000;

/** @throws {InputError} */
function checkPriority(priority: unknown): void {
  if (priority === 'interactive' || priority === 'background') return;
  throw new InputError('priority', `The option priority is "interactive" or "background", not ${String(priority)}.`);
}

/** @throws {InputError} */
function checkRetries(retries: unknown): void {
  if (retries === undefined || (Number.isInteger(retries) && (retries as number) >= 0)) return;
  throw new InputError('retries', `The option retries is a whole number of 0 or more, not ${String(retries)}.`);
}
