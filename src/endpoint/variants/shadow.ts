import { difference } from '../../golden.ts';
import type { Answered } from '../../worker/replica.ts';
import type { ServedCall } from '../dispatch.ts';
import type { LatencyStatistics } from '../metrics/quantile-sketch.ts';
import { CallTally } from './alarm.ts';
import { evenPoints } from './choose-weighted.ts';
import { pageClock, type Clock } from './clock.ts';
import type { Deployed } from './target.ts';

/** How a shadow variant is asked, and who is told of what it says. */
export interface ShadowPolicy {
  /** Of 100 calls, how many it gets too. @default 100 */
  samplingPercentage?: number;
  /** How far numbers may lie apart, in relation to those of the answer, and to 1 where they are smaller. @default 1e-3 */
  tolerance?: number;
  /** Calls that it has at a time; those that come meanwhile it does not get. @default 4 */
  maxConcurrency?: number;
  /** Whether a difference has the input of the call with it. @default false */
  includeInput?: boolean;
  /** Is told where its answer differs, or there is none. What it throws concerns nobody. */
  onDifference?: (difference: ShadowDifference) => void;
}

/** A call at which a shadow variant did not say what the endpoint answered. */
export interface ShadowDifference {
  /** What differs, and by how much, in words: `answer.labels[0].label is "3", not "7"`. */
  readonly difference: string;
  /** What the endpoint answered. */
  readonly answer: unknown;
  /** What the shadow did; undefined where it failed. */
  readonly shadowAnswer: unknown;
  /** Why it failed. */
  readonly error: unknown;
  /** The input as it was sent, where `includeInput` asks for it. */
  readonly input?: unknown;
}

/** What a shadow variant has done so far, as `endpoint.shadow` has it. */
export interface ShadowReport {
  readonly variantName: string;
  /** The archive's name. */
  readonly model: string;
  /** Calls that it got, and has come to an end with. */
  readonly invocations: number;
  /** Those that it answered as the endpoint did, within the tolerance. */
  readonly matches: number;
  /** Those that it answered otherwise. */
  readonly differences: number;
  /** Those that it failed at. */
  readonly errors: number;
  /** Calls that were drawn for it and that it did not get: it was busy, or the input was given away. */
  readonly skipped: number;
  /** Milliseconds until its answers came. */
  readonly latency: LatencyStatistics;
}

/**
 * Gives copies of an endpoint's calls to another model, and compares the answers. The endpoint's own neither wait for it nor
 * hear of it.
 */
export class Shadow {
  readonly #variantName: string;
  readonly #deployed: Deployed;
  readonly #policy: Required<Omit<ShadowPolicy, 'onDifference'>> & Pick<ShadowPolicy, 'onDifference'>;
  readonly #nextPoint: () => number;
  readonly #clock: Clock;
  readonly #closed = new AbortController();
  readonly #tally = new CallTally();
  /** Conversations by whether the shadow has had all of them. */
  readonly #sessions = new Map<string, boolean>();
  #inFlight = 0;
  #matches = 0;
  #differences = 0;
  #skipped = 0;

  /** @param start where in [0, 1) the points that draw the calls begin @throws {RangeError} */
  constructor(
    variantName: string,
    deployed: Deployed,
    {
      samplingPercentage = 100,
      tolerance = 1e-3,
      maxConcurrency = 4,
      includeInput = false,
      onDifference,
    }: ShadowPolicy,
    { start = Math.random(), clock = pageClock }: { start?: number; clock?: Clock } = {},
  ) {
    checkPolicy({ samplingPercentage, tolerance, maxConcurrency });
    this.#variantName = variantName;
    this.#deployed = deployed;
    this.#policy = { samplingPercentage, tolerance, maxConcurrency, includeInput, onDifference };
    this.#nextPoint = evenPoints(start);
    this.#clock = clock;
  }

  get report(): ShadowReport {
    const { invocations, errors, latency } = this.#tally.figures;
    return {
      variantName: this.#variantName,
      model: this.#deployed.name,
      invocations,
      matches: this.#matches,
      differences: this.#differences,
      errors,
      skipped: this.#skipped,
      latency,
    };
  }

  /** Gives it a call that was sent just now: what is kept of its input is there no longer once it is answered. */
  mirror(call: ServedCall, answered: Promise<Answered>): void {
    if (!this.#isDrawn(call)) return;
    if (!call.sent.renew || this.#inFlight >= this.#policy.maxConcurrency) {
      this.#skipped++;
      if (call.sessionId !== undefined) this.#sessions.set(call.sessionId, false);
      return;
    }
    this.#inFlight++;
    void this.#compare(call, call.sent.renew(), answered).finally(() => this.#inFlight--);
  }

  #isDrawn({ sessionId, options }: ServedCall): boolean {
    const { samplingPercentage } = this.#policy;
    const draw = (): boolean => this.#nextPoint() * 100 < samplingPercentage;
    if (sessionId === undefined || !this.#deployed.serving.model.isStateful) return draw();
    // A model that remembers has to hear all of a conversation, or nothing.
    const isDrawn = this.#sessions.get(sessionId) ?? draw();
    if ((options as { endSession?: boolean }).endSession) this.#sessions.delete(sessionId);
    else this.#sessions.set(sessionId, isDrawn);
    return isDrawn;
  }

  async #compare(
    call: ServedCall,
    renewed: ReturnType<NonNullable<ServedCall['sent']['renew']>>,
    answered: Promise<Answered>,
  ): Promise<void> {
    // Whatever becomes of the call, nobody is told of it here.
    const own = answered.then(
      // The caller may change it, or give it away, while the shadow is at it.
      ({ answer }) => ({ answer: structuredClone(answer) }),
      () => undefined,
    );
    const start = this.#clock.now();
    let shadowAnswer: unknown;
    let error: unknown;
    let input: unknown;
    try {
      const sent = await renewed;
      if (this.#policy.includeInput) ({ input } = sent);
      const { timeoutMs, sessionId, madeAt, options } = call;
      const asked: ServedCall = {
        sent,
        options,
        signal: this.#closed.signal,
        timeoutMs,
        sessionId,
        priority: 'background',
        madeAt,
      };
      ({ answer: shadowAnswer } = await this.#deployed.serving.invoke(asked));
    } catch (thrown) {
      error = thrown ?? new Error('It failed.');
    }
    const ms = this.#clock.now() - start;
    const expected = await own;
    // Without an answer there is nothing to compare: both may refuse the input.
    if (!expected || this.#closed.signal.aborted) return;
    this.#tally.add(ms);
    if (error !== undefined) this.#tally.errors++;
    const found =
      error === undefined ? this.#difference(expected.answer, shadowAnswer) : `the shadow failed: ${told(error)}`;
    if (found === undefined) {
      this.#matches++;
      return;
    }
    if (error === undefined) this.#differences++;
    const { includeInput, onDifference } = this.#policy;
    try {
      onDifference?.({
        difference: found,
        answer: expected.answer,
        shadowAnswer,
        error,
        ...(includeInput ? { input } : {}),
      });
    } catch {
      // It is told of, and not asked.
    }
  }

  /** Both ways: what one of them lacks is a difference too. */
  #difference(answer: unknown, shadowAnswer: unknown): string | undefined {
    const { tolerance } = this.#policy;
    const [own, other] = [withoutTimings(answer), withoutTimings(shadowAnswer)];
    return difference(own, other, tolerance) ?? missing(own, other, 'answer');
  }

  /** Ends what it is at, and gives its engine back. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#deployed.release();
    await this.#deployed.serving.close(new Error('The shadow variant is closed.'));
  }
}

/** How long a text took is never the same twice. */
function withoutTimings(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || !('timings' in answer)) return answer;
  const { timings: _, ...rest } = answer;
  return rest;
}

/** What the second has and the first lacks. */
function missing(answer: unknown, shadowAnswer: unknown, at: string): string | undefined {
  if (typeof answer !== 'object' || answer === null || ArrayBuffer.isView(answer)) return undefined;
  // Long lists are of numbers, and were found to be as long.
  if (Array.isArray(answer) && typeof answer[0] !== 'object') return undefined;
  for (const [key, value] of Object.entries(shadowAnswer as object)) {
    if (!(key in answer)) return `${at} has no ${JSON.stringify(key)}`;
    const found = missing((answer as Record<string, unknown>)[key], value, `${at}.${key}`);
    if (found) return found;
  }
  return undefined;
}

function told(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @throws {RangeError} */
function checkPolicy({
  samplingPercentage,
  tolerance,
  maxConcurrency,
}: {
  samplingPercentage: number;
  tolerance: number;
  maxConcurrency: number;
}): void {
  if (!(samplingPercentage > 0 && samplingPercentage <= 100))
    throw new RangeError(`shadow.samplingPercentage is a number above 0, up to 100, not ${samplingPercentage}.`);
  if (!(tolerance >= 0)) throw new RangeError(`shadow.tolerance is a number of 0 or more, not ${tolerance}.`);
  if (!(maxConcurrency >= 1))
    throw new RangeError(`shadow.maxConcurrency is a number of 1 or more, not ${maxConcurrency}.`);
}
