/** How many engines an endpoint has, and when it has none. */
export interface ScalingPolicy {
  /** Replicas that are always there: with 1 or more, the model never leaves its engine by itself. */
  readonly min: number;
  /** Replicas at the most; fewer where the device has not the cores or the memory for them. */
  readonly max: number;
  /** Calls in flight that a replica is to have: with more, others are added, unless all are answered in a moment anyway. */
  readonly targetInFlight: number;
  /** Milliseconds after some were added until more may be, or one may be taken away: they are to show first what they do. */
  readonly scaleOutCooldownMs: number;
  /**
   * Milliseconds for which fewer must have been enough until one is taken away, and after that until the next may be. Ends
   * when some are added.
   */
  readonly scaleInCooldownMs: number;
  /** Milliseconds without a call after which the last one goes too, where `min` is 0. */
  readonly idleMs: number;
}

/** What is known of an endpoint's load. Times are on the clock of `now`. */
export interface ScalingMetrics {
  /** Replicas that were decided on last, those on their way included; 0 while the model is in no engine. */
  readonly replicas: number;
  /** Calls without an answer, of all replicas together, on average over a short while. */
  readonly inFlight: number;
  /** The highest that this average was in the last `scaleInCooldownMs`. */
  readonly highestInFlight: number;
  /** Answers a millisecond that the replicas give while they have work; 0 while that is not known. */
  readonly answersPerMs: number;
  /** When replicas were last added; -Infinity for never. */
  readonly scaledOutAt: number;
  /** When one was last taken away; -Infinity for never. */
  readonly scaledInAt: number;
  /** When there was last a call without an answer. */
  readonly usedAt: number;
  /** Since when the page is hidden; Infinity while it is not. */
  readonly hiddenSince: number;
}

/** What fewer replicas would have to do of their target at the most, for one to be taken away. */
const lowShare = 0.9;

/**
 * Milliseconds within which calls are answered in a moment: what more replicas could save of that is less than what they
 * take of the page's cores and memory, and calls that are spread are stacked less.
 */
const momentMs = 5;

/** Milliseconds for which a hidden page keeps a model that nobody calls, where it need not be there. */
const hiddenMs = 30_000;

/**
 * Decides how many replicas an endpoint is to have, so that each has about `targetInFlight` calls: as many at once as the
 * load asks for, but one less only when that has been enough for long.
 * Calls that are answered in a moment ask for no more.
 *
 * Source: AWS Application Auto Scaling, target tracking scaling policies, on the concurrent requests of a SageMaker
 * endpoint's model; `ScaleOutCooldown` and `ScaleInCooldown` of TargetTrackingScalingPolicyConfiguration.
 *
 * @returns 0 when the model is to leave its engines; it comes back when it is called
 */
export function trackTarget(metrics: ScalingMetrics, policy: ScalingPolicy, now: number): number {
  const { replicas, inFlight, highestInFlight, answersPerMs, scaledOutAt, scaledInAt } = metrics;
  const { targetInFlight, scaleOutCooldownMs, scaleInCooldownMs } = policy;
  if (replicas === 0 || now >= restsAt(metrics, policy)) return 0;
  const least = Math.max(1, policy.min);
  const most = Math.max(least, policy.max);
  // What it may have is known to be otherwise than before: there is nothing to wait for.
  if (replicas < least || replicas > most) return Math.min(Math.max(replicas, least), most);
  if (now - scaledOutAt < scaleOutCooldownMs) return replicas;
  // An average of 8 calls may be a little more than 8.
  const wanted = Math.ceil(inFlight / targetInFlight - 1e-6);
  // By Little's law this is what a call takes.
  const isQuick = answersPerMs > 0 && inFlight / answersPerMs < momentMs;
  if (wanted > replicas) return isQuick ? replicas : Math.min(wanted, most);
  const isScalingIn = scaledInAt > scaledOutAt && now - scaledInAt < scaleInCooldownMs;
  const fewer = replicas - 1;
  const isEnough = highestInFlight < lowShare * targetInFlight * fewer;
  return isEnough && !isScalingIn ? Math.max(fewer, least) : replicas;
}

/** When a model is to leave its engines, if nobody calls it until then; Infinity where it has to stay. */
export function restsAt({ usedAt, hiddenSince }: ScalingMetrics, { min, idleMs }: ScalingPolicy): number {
  if (min > 0) return Infinity;
  return Math.min(usedAt + idleMs, Math.max(usedAt, hiddenSince) + hiddenMs);
}
