import { QuantileSketch, type LatencyStatistics } from '../metrics/quantile-sketch.ts';

/** When a new archive is taken back. */
export interface Alarms {
  /** It fails at more than this part of its calls, of those that the old one answers. 1 switches this off. @default 0.05 */
  errorRate?: number;
  /**
   * Milliseconds that its answers may take, crossing and waiting included: more than 1 % of its calls take longer, so that
   * this is below their 99th percentile. A call that takes longer is asked of the old archive as well. @default no limit
   */
  latencyMs?: number;
  /** Calls before which nothing is concluded. @default 10 */
  minCalls?: number;
}

/** What became of the calls of one archive. */
export interface CallFigures {
  /** Calls that it was given, and that have come to their end or are later than an alarm allows. */
  readonly invocations: number;
  /** Those that it failed at, without those that the other archive failed at as well. */
  readonly errors: number;
  /** Milliseconds until the answers came. */
  readonly latency: LatencyStatistics;
}

/** Counts the calls of an archive, in constant memory. */
export class CallTally {
  readonly #latency = new QuantileSketch();
  readonly #latencyMs: number;
  invocations = 0;
  errors = 0;
  /** Those that took longer than the limit. */
  late = 0;

  /** @param latencyMs the limit */
  constructor(latencyMs: number = Infinity) {
    this.#latencyMs = latencyMs;
  }

  /** Counts a call that has taken so many milliseconds. */
  add(ms: number): void {
    this.invocations++;
    if (ms > this.#latencyMs) this.late++;
    this.#latency.add(ms);
  }

  get figures(): CallFigures {
    return { invocations: this.invocations, errors: this.errors, latency: this.#latency.statistics() };
  }
}

/** The alarm that a tally of calls raises, in words; undefined where it raises none. */
export function raisedAlarm(
  { invocations, errors, late }: Pick<CallTally, 'invocations' | 'errors' | 'late'>,
  { errorRate, latencyMs, minCalls }: Required<Alarms>,
): string | undefined {
  if (invocations < Math.max(1, minCalls)) return undefined;
  if (errors / invocations > errorRate)
    return `it failed at ${errors} of ${invocations} calls, and alarms.errorRate is ${errorRate}`;
  // Of the nearest rank: so many may be above it.
  if (late > invocations - Math.ceil(0.99 * invocations))
    return `${late} of ${invocations} calls took longer than ${latencyMs} ms, which alarms.latencyMs allows to 1 %`;
  return undefined;
}

/** @throws {RangeError} */
export function completeAlarms({ errorRate = 0.05, latencyMs = Infinity, minCalls = 10 }: Alarms): Required<Alarms> {
  const isIn = (value: unknown, least: number, most: number): boolean =>
    typeof value === 'number' && value >= least && value <= most;
  if (!isIn(errorRate, 0, 1)) throw new RangeError(`alarms.errorRate is a number from 0 to 1, not ${errorRate}.`);
  if (latencyMs !== Infinity && !isIn(latencyMs, 1, 2 ** 31 - 1))
    throw new RangeError(`alarms.latencyMs is a number of milliseconds of 1 or more, not ${latencyMs}.`);
  if (!isIn(minCalls, 1, Infinity)) throw new RangeError(`alarms.minCalls is a number of 1 or more, not ${minCalls}.`);
  return { errorRate, latencyMs, minCalls };
}
