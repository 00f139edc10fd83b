import { nextTurn } from '../next-turn.ts';
import { InferenceError, InputError, isInputError, type InpointError } from '../errors.ts';
import type { OpenInput } from './input/open-input.ts';
import type { ResolvedOptions, TransformJobStatus, TransformProgress } from './options.ts';
import type { Prediction, Predictor } from './predictor.ts';
import { Rate } from './rate.ts';
import { BadRecord, type Position, type RecordBatch } from './record-batch.ts';
import { resultMaker, type ResultMaker, type TransformResult } from './result.ts';
import type { Progressed, Sink } from './sink.ts';
import { StoppedError } from './stopped-error.ts';

/** What became of a job. */
export interface TransformOutcome {
  readonly status: 'Completed' | 'Stopped';
  /** Records of the input, those that failed too. */
  readonly records: number;
  readonly failed: number;
  /** The output, where it went to a file: as large as it may be, it is read from the disk where it is used. */
  readonly file?: File;
}

/** A batch transform job. It runs by itself; its results come in the order of the records. */
export interface TransformJob extends AsyncIterable<TransformResult> {
  readonly status: TransformJobStatus;
  readonly progress: TransformProgress;
  /**
   * Fulfilled when all is written, or the job was stopped; it rejects with what ended it. Where the results are read from
   * the job, that is when they have been read.
   *
   * @throws {InputError} for an input that cannot be read; with `onError: 'fail'` for the first record that has no answer
   */
  readonly result: Promise<TransformOutcome>;
  /** The output as bytes, where it goes to no file: a slow reader slows the job down. There is one, or one iterator. */
  readonly readable: ReadableStream<Uint8Array>;
  /** Begins no further batch; those that were begun come to their end. */
  pause(): void;
  /** Goes on after `pause()`. */
  resume(): void;
  /** Ends the job. One with a name goes on from here when it is called for again. Twice is once. */
  stop(): Promise<void>;
  /** Stops it, and removes what is kept of it on this device, its output too. */
  remove(): Promise<void>;
}

/** What a job is made of. */
export interface JobParts {
  readonly input: OpenInput;
  readonly predictor: Predictor;
  readonly options: ResolvedOptions;
  /** Where it goes on. */
  readonly from: Progressed;
  readonly sink: Sink;
  /** The results, where they are read from the job. */
  readonly read?: JobReader | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TransformProgress) => void) | undefined;
  /** Lets go of all that is held for the job. */
  readonly release: () => Promise<void>;
  readonly remove: () => Promise<void>;
  readonly now?: () => number;
}

/** How results are read from a job. */
export interface JobReader {
  bytes(): ReadableStream<Uint8Array>;
  results(): AsyncIterator<TransformResult>;
}

/** Milliseconds of work between two turns of the event loop, and between two reports of progress. */
const sliceMs = 8;
const reportMs = 100;

/** Runs a job; see {@link TransformJob}. */
export class RunningJob implements TransformJob {
  readonly result: Promise<TransformOutcome>;
  readonly #parts: JobParts;
  readonly #maker: ResultMaker;
  readonly #ended = new AbortController();
  readonly #rate = new Rate();
  readonly #now: () => number;
  #status: TransformJobStatus = 'InProgress';
  #at: Progressed;
  #paused: { readonly over: Promise<void>; readonly end: () => void } | undefined;
  #reportedAt = -Infinity;

  constructor(parts: JobParts) {
    this.#parts = parts;
    this.#at = parts.from;
    this.#now = parts.now ?? (() => performance.now());
    this.#maker = resultMaker(parts.options);
    this.result = this.#run();
    // Who asks for it is told.
    this.result.catch(() => {});
  }

  get status(): TransformJobStatus {
    return this.#status;
  }

  get progress(): TransformProgress {
    const { end, failed } = this.#at;
    const { totalBytes } = this.#parts.input;
    const rate = this.#rate.perSecond;
    // What is sent compressed may have more bytes than its length says.
    const left = totalBytes === undefined ? undefined : Math.max(0, totalBytes - end.bytes);
    const remainingMs = left === 0 ? 0 : left !== undefined && rate?.bytes ? (left / rate.bytes) * 1000 : undefined;
    return {
      records: end.records,
      failed,
      bytes: end.bytes,
      totalBytes,
      recordsPerSecond: rate?.records ?? 0,
      remainingMs,
    };
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#reader().bytes();
  }

  [Symbol.asyncIterator](): AsyncIterator<TransformResult> {
    return this.#reader().results();
  }

  #reader(): JobReader {
    if (this.#parts.read) return this.#parts.read;
    throw new TypeError('The output of this job goes to a file: await job.result, and read its file.');
  }

  pause(): void {
    if (this.#status !== 'InProgress') return;
    this.#status = 'Paused';
    let end!: () => void;
    const over = new Promise<void>((resolve) => (end = resolve));
    this.#paused = { over, end };
  }

  resume(): void {
    if (this.#status !== 'Paused') return;
    this.#status = 'InProgress';
    this.#rate.reset();
    this.#paused?.end();
    this.#paused = undefined;
  }

  async stop(): Promise<void> {
    if (this.#status === 'InProgress' || this.#status === 'Paused') {
      this.#status = 'Stopping';
      this.#ended.abort(new StoppedError());
    }
    await this.result.catch(() => {});
  }

  async remove(): Promise<void> {
    await this.stop();
    await this.#parts.remove();
  }

  async #run(): Promise<TransformOutcome> {
    const { sink, signal, release } = this.#parts;
    const { signal: ended } = this.#ended;
    const onAbort = (): void => this.#ended.abort(signal!.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await this.#transform(ended);
      const outcome = await sink.end(this.#at);
      this.#status = 'Completed';
      this.#report(true);
      return { status: 'Completed', ...this.#counts(), ...outcome };
    } catch (error) {
      const reason: unknown = ended.aborted ? ended.reason : error;
      // The first of them is why it ended.
      await sink.stop(reason).catch(() => {});
      const isStopped = reason instanceof StoppedError;
      this.#status = isStopped || ended.aborted ? 'Stopped' : 'Failed';
      this.#report(true);
      if (!isStopped) throw reason;
      return { status: 'Stopped', ...this.#counts() };
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#ended.abort(new StoppedError());
      await release();
    }
  }

  #counts(): Pick<TransformOutcome, 'records' | 'failed'> {
    return { records: this.#at.end.records, failed: this.#at.failed };
  }

  /**
   * Keeps batches with the model, and writes what they gave in order, as soon as it is there. One batch is read ahead. Where
   * the input cannot be read on, what was read before is done first.
   */
  async #transform(signal: AbortSignal): Promise<void> {
    const { input, options, sink } = this.#parts;
    const { batchSize, maxConcurrentTransforms } = options;
    const batches = input.read(batchSize, this.#at.end, signal)[Symbol.asyncIterator]();
    const running: Promise<Done>[] = [];
    let reading: Promise<Read> | undefined;
    let readUpTo: Position = this.#at.end;
    let over: Read | undefined;
    let slice = this.#now();
    this.#rate.add(slice, this.#at.end.records, this.#at.end.bytes);
    try {
      while (!over || running.length > 0) {
        signal.throwIfAborted();
        if (this.#paused && running.length === 0) {
          await Promise.race([this.#paused.over, abortOf(signal)]);
          this.#rate.add(this.#now(), this.#at.end.records, this.#at.end.bytes);
          continue;
        }
        const hasRoom = !over && !this.#paused && running.length < maxConcurrentTransforms;
        if (!over && !this.#paused) reading ??= readNext(batches);
        const first = await Promise.race([...(hasRoom ? [reading!] : []), ...running.slice(0, 1)]);
        if ('results' in first) {
          void running.shift();
          await this.#write(first, sink);
        } else {
          reading = undefined;
          if (first.kind === 'batch') {
            const done = this.#predict(first.batch, readUpTo, signal);
            readUpTo = first.batch.end;
            done.catch(() => {});
            running.push(done);
          } else over = first;
        }
        if (this.#now() - slice < sliceMs) continue;
        await nextTurn();
        slice = this.#now();
      }
      if (over.kind === 'failure') throw over.error;
    } finally {
      // One amid a read answers when that is over.
      void batches.return?.().catch(() => {});
    }
  }

  async #write({ results, end, failed }: Done, sink: Sink): Promise<void> {
    const at = { end, failed: this.#at.failed + failed };
    await sink.write(results, at);
    this.#at = at;
    this.#report(false);
  }

  #report(isLast: boolean): void {
    const now = this.#now();
    if (!isLast && now - this.#reportedAt < reportMs) return;
    this.#reportedAt = now;
    this.#rate.add(now, this.#at.end.records, this.#at.end.bytes);
    try {
      this.#parts.onProgress?.(this.progress);
    } catch (error) {
      // What is wrong with who watches is no failure of the job's.
      reportError(error);
    }
  }

  async #predict({ records, end }: RecordBatch, before: Position, signal: AbortSignal): Promise<Done> {
    const { predictor, options, input } = this.#parts;
    const inputs: unknown[] = [];
    const errors = records.map((record) => {
      if (record instanceof BadRecord) return record.error;
      try {
        inputs.push(this.#maker.inputOf(record));
        return undefined;
      } catch (error) {
        return error as Error;
      }
    });
    const predictions = inputs.length === 0 ? [] : await predictor.run(inputs, signal);
    signal.throwIfAborted();
    const results: TransformResult[] = [];
    let failed = 0;
    let next = 0;
    for (const [place, record] of records.entries()) {
      const index = before.records + place;
      const result = this.#resultOf(index, record, errors[place] ?? predictions[next++]!);
      if ('error' in result) {
        failed++;
        if (options.onError === 'fail') throw failure(result.error, index, input.name);
        if (options.onError === 'skip') continue;
      }
      results.push(result);
    }
    return { results, end, failed };
  }

  #resultOf(index: number, record: unknown, outcome: Error | Prediction): TransformResult {
    const readable = record instanceof BadRecord ? undefined : record;
    if (outcome instanceof Error) return this.#maker.failed(index, readable, outcome);
    if ('error' in outcome) return this.#maker.failed(index, readable, outcome.error);
    return this.#maker.answered(index, readable, outcome.answer);
  }
}

/** What came of reading on. */
type Read =
  | { readonly kind: 'batch'; readonly batch: RecordBatch }
  | { readonly kind: 'end' }
  | { readonly kind: 'failure'; readonly error: unknown };

async function readNext(batches: AsyncIterator<RecordBatch>): Promise<Read> {
  try {
    const next = await batches.next();
    return next.done ? { kind: 'end' } : { kind: 'batch', batch: next.value };
  } catch (error) {
    return { kind: 'failure', error };
  }
}

/** What a batch came to. */
interface Done {
  readonly results: readonly TransformResult[];
  readonly end: Position;
  readonly failed: number;
}

function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** The same error, which says which record it is about. */
function failure(error: Error, index: number, name: string): Error {
  const message = `Record ${index + 1} of ${JSON.stringify(name)}: ${error.message} With onError: 'record' or 'skip', the others go on.`;
  if (isInputError(error)) return new InputError(error.field, message, { cause: error });
  const { code = 'inference-failed' } = error as Partial<InpointError>;
  return new InferenceError(code, message, { cause: error });
}
