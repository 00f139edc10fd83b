import { nextTurn } from '../next-turn.ts';
import type { Session } from '../runtime/session.ts';
import type { DataType, NamedTensors, Tensor } from '../tensor.ts';
import { BatchClimb } from './batch-climb.ts';
import { formBatch, type BatchSizes } from './form-batch.ts';
import { padRecords, type LengthAxis, type PaddedRecords } from './length-axis.ts';
import { splitTensors, stackTensors } from './stack-tensors.ts';
import { WaitingLine, type Priority, type QueuePolicy } from './waiting-line.ts';

/** How records that come together are run. */
export type BatchingPolicy = BatchSizes;

/** What there is where nobody says otherwise: whatever waits goes together, and nothing is waited for. */
export const usualBatching: BatchingPolicy = {
  maxBatchSize: 64,
  preferredBatchSizes: [],
  maxQueueDelayMs: 0,
};

/** In the page as many wait as may; here are those that were sent. */
const waitsForEver: QueuePolicy = { maxQueueSize: Infinity, queueTimeoutMs: Infinity, timeoutAction: 'delay' };

/** How one record is queued. */
export interface RecordOptions {
  readonly signal: AbortSignal;
  /** @default 'interactive' */
  readonly priority?: Priority | undefined;
}

/** Who waits for what a record's run gives: one of both is called, once. */
export interface Receiver {
  resolve(outputs: NamedTensors): void;
  reject(error: unknown): void;
}

/** By how much a value may differ in a batch: that much of the largest of its tensor, or of 1. */
const tolerance = 1e-4;

/** Records of a new size whose answers are compared with those they get alone. */
const mostCompared = 3;

/**
 * Runs records of a model, several in one run where that was measured, of this model on this device, to be quicker and to
 * give each of them the answer that it gets alone: int8 graphs that scale by what is in the batch do not. One that cannot
 * be run fails alone.
 */
export class Batcher {
  readonly #session: Pick<Session, 'run'>;
  readonly #constants: NamedTensors;
  readonly #policy: BatchingPolicy;
  readonly #canStack: boolean;
  /** Undefined too once it was seen that what is filled up changes answers. */
  #lengthAxis: LengthAxis | undefined;
  /** Whether it was seen that it does not. */
  #isPaddingKnown = false;
  readonly #line: WaitingLine<Waiter>;
  readonly #climbs = new Map<string, BatchClimb>();
  #isWorking = false;
  /** Records of the last run, but for as many as have come since. */
  #answered = 0;
  #wake: (() => void) | undefined;

  /**
   * @param constants what all records are fed beside their own
   * @param lengthAxis where records of unlike length can be made alike
   */
  constructor(
    session: Pick<Session, 'inputs' | 'outputs' | 'run'>,
    constants: NamedTensors,
    policy: BatchingPolicy = usualBatching,
    lengthAxis?: LengthAxis,
  ) {
    this.#session = session;
    this.#constants = constants;
    this.#policy = policy;
    this.#lengthAxis = lengthAxis;
    this.#line = new WaitingLine(waitsForEver);
    this.#canStack = policy.maxBatchSize > 1 && mayStack(session, constants);
  }

  /**
   * Runs one record, with others that wait if that is better.
   *
   * @throws {InferenceError} as the model fails; the signal's reason
   */
  run(record: NamedTensors, options: RecordOptions): Promise<NamedTensors> {
    return new Promise((resolve, reject) => this.add(record, options, { resolve, reject }));
  }

  /** The same for who is told, and waits for nothing: of many records that is quicker. */
  add(record: NamedTensors, { signal, priority = 'interactive' }: RecordOptions, to: Receiver): void {
    if (signal.aborted) return to.reject(signal.reason);
    const shape = this.#canStack ? shapeOf(record, this.#lengthAxis) : '';
    this.#line.add({ record, shape, size: 1, at: performance.now(), priority, signal, to });
    if (this.#answered > 0) this.#answered--;
    this.#wake?.();
    if (!this.#isWorking) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    // All calls of one message come as far as this before the first of them goes on.
    await Promise.resolve();
    while (this.#line.size > 0) {
      const now = performance.now();
      this.#dismiss();
      if (this.#line.size === 0) break;
      const { items } = this.#line;
      const climb = this.#climbOf(items[0]!.shape);
      const formed = formBatch(items, { ...this.#policy, maxBatchSize: this.#sizeFor(climb, items) }, now);
      if ('waitUntil' in formed) {
        await this.#pause(formed.waitUntil - now);
        continue;
      }
      const { limit, next } = climb;
      // Between two sizes nothing is known.
      const isKnown = formed.take.length <= limit || formed.take.length === next;
      const places = isKnown ? formed.take : formed.take.slice(0, limit);
      const batch = places.map((place) => items[place]!);
      this.#line.remove(new Set(batch));
      await this.#runBatch(batch, climb);
      this.#answered = batch.length;
      if (batch.length > 1 && this.#line.size > 0) {
        await this.#send();
      }
    }
    this.#isWorking = false;
  }

  /** Lets those who send answers send what there is. */
  async #send(): Promise<void> {
    // In the first turn the answers come to them, in the second they are sent.
    await nextTurn();
    await nextTurn();
  }

  /** Those that are aborted are not run. */
  #dismiss(): void {
    if (!this.#line.items.some(({ signal }) => signal.aborted)) return;
    const gone = this.#line.items.filter(({ signal }) => signal.aborted);
    this.#line.remove(new Set(gone));
    for (const { signal, to } of gone) to.reject(signal.reason);
  }

  #climbOf(shape: string): BatchClimb {
    let climb = this.#climbs.get(shape);
    if (!climb) {
      // Shapes that do not come again are forgotten.
      if (this.#climbs.size >= mostShapes) this.#climbs.delete(this.#climbs.keys().next().value!);
      climb = new BatchClimb(this.#canStack ? this.#policy.maxBatchSize : 1, this.#policy.preferredBatchSizes);
      this.#climbs.set(shape, climb);
    }
    return climb;
  }

  /** What is known to be good, or the next size, where that can be tried. */
  #sizeFor(climb: BatchClimb, items: readonly Waiter[]): number {
    const { shape } = items[0]!;
    let alike = 0;
    for (const item of items) if (item.shape === shape) alike++;
    const { next } = climb;
    if (next !== undefined && (alike >= next || this.#policy.maxQueueDelayMs > 0)) return next;
    const { maxQueueDelayMs, preferredBatchSizes } = this.#policy;
    // Who asks for sizes, or for patience, wants whole batches.
    const isWhole = maxQueueDelayMs > 0 || preferredBatchSizes.length > 0;
    return isWhole ? climb.limit : climb.sizeFor(alike, this.#answered);
  }

  async #pause(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.#wake = undefined;
  }

  async #runBatch(batch: readonly Waiter[], climb: BatchClimb): Promise<void> {
    if (batch.length === 1) {
      const start = performance.now();
      if (await this.#runAlone(batch[0]!)) climb.add(1, performance.now() - start);
      return;
    }
    const isTrial = batch.length > climb.limit;
    const isCheck = isTrial || climb.isCheckDue;
    const records = batch.map(({ record }) => record);
    const padded = this.#pad(records);
    const start = performance.now();
    const answers = await this.#runStacked(padded?.records ?? records);
    const ms = performance.now() - start;
    if (!answers) {
      // Where each is answered alone, it was not one of them.
      if (await this.#runEach(batch)) climb.cap(batch.length);
      return;
    }
    const own = padded ? answers.map((answer, place) => padded.crop(answer, place)) : answers;
    const isNewlyPadded = padded !== undefined && !this.#isPaddingKnown;
    const compared = new Set(isTrial ? apart(batch.length) : isCheck ? [Math.floor(batch.length / 2)] : []);
    if (isNewlyPadded) compared.add(padded.shortest);
    if (compared.size > 0 && !(await this.#comeOutTheSame(batch, own, climb, compared))) {
      if (isNewlyPadded) this.#forbidPadding();
      else climb.forbid();
      await this.#runEach(batch);
      return;
    }
    if (isNewlyPadded) this.#isPaddingKnown = true;
    if (isTrial) climb.climb(batch.length, ms);
    else climb.add(batch.length, ms);
    if (isCheck) climb.checked();
    for (const [place, { to }] of batch.entries()) to.resolve(own[place]!);
  }

  #pad(records: readonly NamedTensors[]): PaddedRecords | undefined {
    try {
      return this.#lengthAxis && padRecords(records, this.#lengthAxis);
    } catch {
      // Tensors of one record that do not go together: the model has to tell what is wrong with them.
      return undefined;
    }
  }

  /** From now on only what is of one length goes together; whether that is right is found out by itself. */
  #forbidPadding(): void {
    this.#lengthAxis = undefined;
    for (const waiter of this.#line.items) waiter.shape = shapeOf(waiter.record, undefined);
  }

  /** True when all of them were answered. */
  async #runEach(batch: readonly Waiter[]): Promise<boolean> {
    let areAnswered = true;
    for (const one of batch) if (!(await this.#runAlone(one))) areAnswered = false;
    return areAnswered;
  }

  /** True when it was answered. */
  async #runAlone({ record, signal, to }: Waiter): Promise<boolean> {
    let outputs: NamedTensors;
    try {
      outputs = await this.#session.run({ ...this.#constants, ...record }, signal);
    } catch (error) {
      to.reject(error);
      return false;
    }
    to.resolve(outputs);
    return true;
  }

  /** Undefined when they cannot be run together: one of them may be to blame, or all. */
  async #runStacked(records: readonly NamedTensors[]): Promise<NamedTensors[] | undefined> {
    try {
      const outputs = await this.#session.run({ ...this.#constants, ...stackTensors(records) });
      return splitTensors(outputs, records.length);
    } catch {
      return undefined;
    }
  }

  /** Compares some of the answers with what their records get alone. */
  async #comeOutTheSame(
    batch: readonly Waiter[],
    answers: readonly NamedTensors[],
    climb: BatchClimb,
    places: Iterable<number>,
  ): Promise<boolean> {
    for (const place of places) {
      try {
        const start = performance.now();
        const alone = await this.#session.run({ ...this.#constants, ...batch[place]!.record });
        climb.add(1, performance.now() - start);
        if (!areNear(alone, answers[place]!)) return false;
      } catch {
        return false;
      }
    }
    return true;
  }
}

/** Places of a batch that are far from one another: as many as are compared. */
function apart(size: number): number[] {
  const count = Math.min(mostCompared, size);
  return Array.from({ length: count }, (_, i) => Math.round((i * (size - 1)) / (count - 1)));
}

/** Shapes whose batches are known. */
const mostShapes = 64;

interface Waiter {
  readonly record: NamedTensors;
  shape: string;
  readonly size: 1;
  readonly at: number;
  readonly priority: Priority;
  readonly signal: AbortSignal;
  readonly to: Receiver;
}

/** Whether a model says that it takes any number of records: its first dimensions are all free. */
function mayStack({ inputs, outputs }: Pick<Session, 'inputs' | 'outputs'>, constants: NamedTensors): boolean {
  const isFree = ({ type, shape }: (typeof inputs)[number]): boolean =>
    type !== undefined && typeof shape[0] === 'string';
  const fed = inputs.filter(({ name }) => !(name in constants));
  const shared = inputs.filter(({ name }) => name in constants);
  const batch = fed[0]?.shape[0];
  return (
    fed.length > 0 &&
    fed.every(isFree) &&
    outputs.every(isFree) &&
    !shared.some(({ shape }) => shape.length > 0 && (shape[0] === '' || shape[0] === batch))
  );
}

/** What tells records apart that cannot be stacked. */
function shapeOf(record: NamedTensors, lengthAxis: LengthAxis | undefined): string {
  let shape = '';
  for (const name in record) {
    const { type, dims } = record[name]!;
    if (dims[0] !== 1) return `${name} ${dims.join()} by itself`;
    const own = lengthAxis?.fills.has(name) ? [1, lengthAxis.stepOf(dims[1]!)] : dims;
    shape += `${name}:${type}[${own.join()}]`;
  }
  return shape;
}

function areNear(a: NamedTensors, b: NamedTensors): boolean {
  return Object.entries(a).every(([name, { type, data, dims }]) => {
    const other: Tensor | undefined = b[name];
    if (!other || other.dims.join() !== dims.join()) return false;
    // Texts are equal or not; so are classes, tokens and counts.
    if (!isFloat(type)) return (data as unknown[]).every((value, i) => value === other.data[i]);
    const values = data as Float32Array;
    const others = other.data as Float32Array;
    const allowed = tolerance * largestOf(values);
    for (let i = 0; i < values.length; i++) {
      const isNear = Math.abs(values[i]! - others[i]!) <= allowed;
      if (!isNear && !Object.is(values[i], others[i])) return false;
    }
    return true;
  });
}

function isFloat(type: DataType): boolean {
  return type === 'float32' || type === 'float64' || type === 'float16';
}

/** The largest of all that have an end, or 1. */
function largestOf(values: ArrayLike<number>): number {
  let largest = 1;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (size > largest && size < Infinity) largest = size;
  }
  return largest;
}
