/** How the calls of a variant go over to the archive that replaces it, as Amazon SageMaker's blue/green updates name it. */
export type TrafficRouting =
  | { readonly type: 'all-at-once' }
  /** A part of the calls first; all, once nothing was found wrong for `waitIntervalMs`. */
  | { readonly type: 'canary'; readonly canaryPercent: number; readonly waitIntervalMs: number }
  /** So many more of the calls after each `waitIntervalMs`. */
  | { readonly type: 'linear'; readonly stepPercent: number; readonly waitIntervalMs: number };

/** A stretch of an update. */
export interface ShiftStep {
  /** Of the variant's calls, how many go to the new archive: above 0, and 1 for all. */
  readonly share: number;
  /** Milliseconds that it is watched for, before the next step. */
  readonly waitMs: number;
}

/**
 * The steps of an update. The last one has all calls, and is watched for `terminationWaitMs`.
 *
 * @throws {RangeError}
 */
export function shiftPlan(routing: TrafficRouting, terminationWaitMs: number): ShiftStep[] {
  checkWait('terminationWaitMs', terminationWaitMs);
  const last: ShiftStep = { share: 1, waitMs: terminationWaitMs };
  if (routing.type === 'all-at-once') return [last];
  checkWait('trafficRouting.waitIntervalMs', routing.waitIntervalMs);
  const { waitIntervalMs: waitMs } = routing;
  if (routing.type === 'canary') {
    checkPercent('trafficRouting.canaryPercent', routing.canaryPercent);
    return routing.canaryPercent === 100 ? [last] : [{ share: routing.canaryPercent / 100, waitMs }, last];
  }
  if (routing.type !== 'linear') {
    const { type } = routing as { type: unknown };
    throw new RangeError(`trafficRouting.type is "all-at-once", "canary" or "linear", not ${JSON.stringify(type)}.`);
  }
  checkPercent('trafficRouting.stepPercent', routing.stepPercent);
  const steps: ShiftStep[] = [];
  for (let percent = routing.stepPercent; percent < 100; percent += routing.stepPercent)
    steps.push({ share: percent / 100, waitMs });
  return [...steps, last];
}

/** The most that `setTimeout` can wait. */
const longestMs = 2 ** 31 - 1;

function checkWait(name: string, ms: unknown): void {
  if (typeof ms === 'number' && ms >= 0 && ms <= longestMs) return;
  throw new RangeError(`${name} is a number of milliseconds from 0 to ${longestMs}, not ${String(ms)}.`);
}

function checkPercent(name: string, percent: unknown): void {
  if (typeof percent === 'number' && percent >= 1 && percent <= 100) return;
  throw new RangeError(`${name} is a number from 1 to 100, not ${String(percent)}.`);
}
