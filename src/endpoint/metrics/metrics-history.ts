import type { CallAnswer, CallObserver, ObservedCall } from './call-observer.ts';
import { mergeSketches } from './merge-sketches.ts';
import type { EndpointMetrics } from './endpoint-metrics.ts';
import { errorKind, type MetricsRecorder } from './metrics-recorder.ts';
import { QuantileSketch, type LatencyStatistics } from './quantile-sketch.ts';

/** How much of the past is kept. */
export interface MetricsHistoryOptions {
  /** Minutes that are remembered. @default 15 */
  readonly minutes?: number;
}

/** What was counted in one stretch of time. */
interface Counts {
  /** `performance.now()` when the stretch began. */
  readonly startMs: number;
  /** Calls that were made in it. */
  readonly invocations: number;
  /** Calls that were answered in it. */
  readonly answers: number;
  readonly invocation4xxErrors: number;
  readonly invocation5xxErrors: number;
  readonly coldStarts: number;
}

/** One second of an endpoint. */
export interface SecondMetrics extends Counts {
  /** Milliseconds from call to answer, of those answered in it; 0 where there were none. */
  readonly averageLatency: number;
  readonly maximumLatency: number;
  /** The most calls that were in flight at once. */
  readonly concurrentInvocations: number;
  /** The most calls that waited or were being answered, where it was asked for: at its begin, and by `seconds()`. */
  readonly approximateBacklogSize: number;
  /** Replicas at its end. */
  readonly replicaCount: number;
  /** Bytes at its end, as far as they are known. */
  readonly memoryBytes?: number | undefined;
}

/** One minute of an endpoint. */
export interface MinuteMetrics extends Counts, LatencyMetrics {}

/** Times of the calls that were answered in some stretch. */
export interface LatencyMetrics {
  /** From call to answer. */
  readonly latency: LatencyStatistics;
  readonly modelLatency: LatencyStatistics;
  readonly overheadLatency: LatencyStatistics;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

interface Second extends Writable<Omit<SecondMetrics, 'startMs' | 'averageLatency'>> {
  readonly index: number;
  latencySum: number;
  /** How things stood at its end, from which the next second goes on. */
  atEnd: Gauges;
}

type Gauges = Pick<
  EndpointMetrics,
  'concurrentInvocations' | 'approximateBacklogSize' | 'replicaCount' | 'memoryBytes'
>;

interface Minute extends Writable<Omit<Counts, 'startMs'>> {
  readonly index: number;
  readonly latencies: Latencies;
}

type Latencies = Readonly<Record<keyof LatencyMetrics, QuantileSketch>>;

const nothing = { invocations: 0, answers: 0, invocation4xxErrors: 0, invocation5xxErrors: 0, coldStarts: 0 };

/**
 * The last minutes of an endpoint, for what draws them: counts and gauges of each second, latencies of each minute. Its
 * memory is that of its minutes, however many calls there are.
 */
export class MetricsHistory implements CallObserver {
  readonly #recorder: MetricsRecorder;
  readonly #now: () => number;
  readonly #startedAt: number;
  /** Each second and minute has its place by its number, in the place of the one so many before. */
  readonly #seconds: (Second | undefined)[];
  readonly #minutes: (Minute | undefined)[];
  #last: Second;
  /** Calls in flight, which are known without asking. */
  #inFlight: number;

  /** @param recorder the endpoint's or a variant's, which tells of its calls from now on */
  constructor(
    recorder: MetricsRecorder,
    { minutes = 15 }: MetricsHistoryOptions = {},
    now: () => number = () => performance.now(),
  ) {
    if (!(Number.isInteger(minutes) && minutes > 0))
      throw new RangeError(`minutes is a whole number from 1, not ${String(minutes)}.`);
    this.#recorder = recorder;
    this.#now = now;
    this.#startedAt = now();
    this.#seconds = Array.from({ length: minutes * 60 });
    this.#minutes = Array.from({ length: minutes + 1 });
    const before = gaugesOf(recorder.metrics());
    this.#inFlight = before.concurrentInvocations;
    this.#last = newSecond(Math.floor(this.#startedAt / 1000), before);
    this.#seconds[this.#last.index % this.#seconds.length] = this.#last;
    recorder.observers.add(this);
  }

  onCall(): void {
    this.#inFlight++;
    this.#count('invocations');
  }

  /** Is called by the endpoint. */
  onAnswer({ startMs }: ObservedCall, { endMs, modelMs }: CallAnswer): void {
    const ms = endMs - startMs;
    this.#inFlight--;
    const second = this.#count('answers');
    second.latencySum += ms;
    second.maximumLatency = Math.max(second.maximumLatency, ms);
    const { latency, modelLatency, overheadLatency } = this.#minute().latencies;
    latency.add(ms);
    modelLatency.add(modelMs);
    overheadLatency.add(ms - modelMs);
  }

  onError(_call: ObservedCall, error: unknown, isAborted?: boolean): void {
    this.#inFlight--;
    const kind = errorKind(error, isAborted);
    if (kind) this.#count(kind);
    else this.#second();
  }

  onColdStart(): void {
    this.#count('coldStarts');
  }

  /**
   * The last seconds, the oldest first and the running one last: none that were before the history began. Those in which
   * nothing happened are there too.
   */
  seconds(count: number = this.#seconds.length): SecondMetrics[] {
    const { index: last } = this.#asked(this.#second());
    const first = Math.max(Math.floor(this.#startedAt / 1000), last - Math.min(count, this.#seconds.length) + 1);
    let { atEnd } = this.#before(first);
    return Array.from({ length: last - first + 1 }, (_, offset) => {
      const index = first + offset;
      const found = this.#seconds[index % this.#seconds.length];
      const second = found?.index === index ? found : newSecond(index, atEnd);
      ({ atEnd } = second);
      const { index: _index, latencySum, atEnd: _atEnd, ...metrics } = second;
      const { answers } = metrics;
      return { startMs: index * 1000, ...metrics, averageLatency: answers && latencySum / answers };
    });
  }

  /** The last minutes, the oldest first and the running one last, those in which nothing happened too. */
  minutes(): MinuteMetrics[] {
    const last = Math.floor(this.#now() / 60_000);
    const first = Math.max(Math.floor(this.#startedAt / 60_000), last - this.#minutes.length + 1);
    return Array.from({ length: last - first + 1 }, (_, offset) => {
      const { index, latencies, ...counts } = this.#minuteOf(first + offset) ?? newMinute(first + offset);
      return { startMs: index * 60_000, ...counts, ...statisticsOf(latencies) };
    });
  }

  /** Latencies over the last whole minutes and the running one together. */
  latencies(minutes: number = this.#minutes.length - 1): LatencyMetrics {
    const last = Math.floor(this.#now() / 60_000);
    const first = last - Math.min(minutes, this.#minutes.length - 1);
    const all = this.#minutes.filter((minute) => minute && minute.index >= first && minute.index <= last);
    const merged = (name: keyof Latencies): QuantileSketch =>
      mergeSketches(all.map((minute) => minute!.latencies[name]));
    return statisticsOf({
      latency: merged('latency'),
      modelLatency: merged('modelLatency'),
      overheadLatency: merged('overheadLatency'),
    });
  }

  #count(what: keyof typeof nothing): Second {
    const second = this.#second();
    second[what]++;
    this.#minute()[what]++;
    return second;
  }

  /** The running second. Who else knows how things stand is asked at its begin: all of `metrics()` for each call is too much. */
  #second(): Second {
    const index = Math.floor(this.#now() / 1000);
    if (this.#last.index !== index) {
      this.#last = newSecond(index, this.#last.atEnd);
      this.#seconds[index % this.#seconds.length] = this.#last;
      this.#asked(this.#last);
    }
    const second = this.#last;
    second.concurrentInvocations = Math.max(second.concurrentInvocations, this.#inFlight);
    second.atEnd = { ...second.atEnd, concurrentInvocations: this.#inFlight };
    return second;
  }

  #asked(second: Second): Second {
    const now = { ...gaugesOf(this.#recorder.metrics()), concurrentInvocations: this.#inFlight };
    second.approximateBacklogSize = Math.max(second.approximateBacklogSize, now.approximateBacklogSize);
    second.replicaCount = now.replicaCount;
    second.memoryBytes = now.memoryBytes;
    second.atEnd = now;
    return second;
  }

  #minute(): Minute {
    const index = Math.floor(this.#now() / 60_000);
    return this.#minuteOf(index) ?? (this.#minutes[index % this.#minutes.length] = newMinute(index));
  }

  #minuteOf(index: number): Minute | undefined {
    const minute = this.#minutes[index % this.#minutes.length];
    return minute?.index === index ? minute : undefined;
  }

  /** The last second that something is known of before this one, or the first since. */
  #before(index: number): Second {
    let found: Second | undefined;
    for (const second of this.#seconds)
      if (second && second.index <= index && second.index > (found?.index ?? -1)) found = second;
    return found ?? this.#last;
  }
}

function gaugesOf({ concurrentInvocations, approximateBacklogSize, replicaCount, memoryBytes }: Gauges): Gauges {
  return { concurrentInvocations, approximateBacklogSize, replicaCount, memoryBytes };
}

function newSecond(index: number, gauges: Gauges): Second {
  return { index, ...nothing, latencySum: 0, maximumLatency: 0, ...gauges, atEnd: gauges };
}

function newMinute(index: number): Minute {
  return { index, ...nothing, latencies: newLatencies() };
}

function newLatencies(): Latencies {
  return { latency: new QuantileSketch(), modelLatency: new QuantileSketch(), overheadLatency: new QuantileSketch() };
}

function statisticsOf({ latency, modelLatency, overheadLatency }: Latencies): LatencyMetrics {
  return {
    latency: latency.statistics(),
    modelLatency: modelLatency.statistics(),
    overheadLatency: overheadLatency.statistics(),
  };
}
