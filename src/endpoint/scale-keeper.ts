import type { MemoryBudget } from './budget.ts';
import { LoadWindow } from './load-window.ts';
import type { Serving } from './serving.ts';
import { restsAt, trackTarget, type ScalingMetrics, type ScalingPolicy } from './target-tracking.ts';

/** What is scaled: what an endpoint serves with. */
export type Scaled = Pick<
  Serving,
  'openCalls' | 'answersPerMs' | 'lastUsedAt' | 'mayRest' | 'replicaCount' | 'report' | 'scaleTo' | 'rest' | 'onUse'
>;

/** What the device has for replicas. */
export interface ScalingRoom {
  /** Cores of the processor. */
  readonly cores: number;
  /** Bytes that a replica takes, its engine included, as they are estimated. */
  readonly replicaBytes: number;
  /** What the serving was admitted to. */
  readonly budget: Pick<MemoryBudget, 'free'>;
}

/** Milliseconds between two looks at a load, and of which its average is. */
const lookMs = 100;
const averagedMs = 500;

/** Milliseconds between two looks whether calls go on, or what is to rest still may not. */
const laterMs = 1000;

/** The most that `setTimeout` can wait. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Keeps an endpoint's engines to its policy: as many as its load asks for and the device has room for, and none while nobody
 * calls it, where `min` is 0. It looks only while there is something to see: calls, or replicas that may go.
 */
export class ScaleKeeper {
  readonly #serving: Scaled;
  readonly #policy: ScalingPolicy;
  readonly #room: ScalingRoom;
  readonly #least: number;
  readonly #mayScale: boolean;
  readonly #load: LoadWindow;
  /** What was decided last. */
  #replicas: number;
  #scaledOutAt = -Infinity;
  #scaledInAt = -Infinity;
  #usedAt = performance.now();
  #hiddenSince = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether the load is looked at, and not only whether it is time to rest. */
  #isWatching = false;

  constructor(serving: Scaled, policy: ScalingPolicy, room: ScalingRoom) {
    this.#serving = serving;
    this.#policy = policy;
    this.#room = room;
    this.#least = Math.max(1, policy.min);
    this.#replicas = this.#least;
    this.#mayScale = policy.max > this.#least;
    // Those are on their way.
    if (this.#least > 1) this.#scaledOutAt = performance.now();
    this.#load = new LoadWindow(averagedMs, policy.scaleInCooldownMs);
    serving.onUse = () => this.#onUse();
    document.addEventListener('visibilitychange', this.#onVisibility);
    this.#onVisibility();
  }

  /** The replicas that are there stay. Twice is once. */
  end(): void {
    clearTimeout(this.#timer);
    this.#serving.onUse = undefined;
    document.removeEventListener('visibilitychange', this.#onVisibility);
  }

  readonly #onVisibility = (): void => {
    const isHidden = document.visibilityState === 'hidden';
    if (isHidden !== this.#hiddenSince < Infinity) this.#hiddenSince = isHidden ? performance.now() : Infinity;
    this.#look();
  };

  /** At each call: it must cost nothing where somebody looks already. */
  #onUse(): void {
    if (this.#isWatching || (this.#timer !== undefined && !this.#mayScale)) return;
    // Until now there were none.
    this.#load.add(0, performance.now());
    this.#lookIn(lookMs, this.#mayScale);
  }

  #look(): void {
    const now = performance.now();
    const { openCalls, lastUsedAt, replicaCount, mayRest } = this.#serving;
    this.#usedAt = openCalls > 0 ? now : Math.max(this.#usedAt, lastUsedAt);
    if (replicaCount === 0) {
      // It was asked to leave, or is on its way back; what waits for that says nothing of how many it takes.
      this.#load.add(0, now);
      this.#decide(this.#least, now);
    } else {
      this.#load.add(openCalls, now);
      const wanted = trackTarget(this.#metrics, { ...this.#policy, max: this.#most }, now);
      if (wanted > 0) this.#decide(wanted, now);
      else if (mayRest) this.#rest(now);
    }
    this.#lookAgain(now);
  }

  get #metrics(): ScalingMetrics {
    return {
      replicas: this.#replicas,
      inFlight: this.#load.average,
      highestInFlight: this.#load.highest,
      answersPerMs: this.#serving.answersPerMs,
      scaledOutAt: this.#scaledOutAt,
      scaledInAt: this.#scaledInAt,
      usedAt: this.#usedAt,
      hiddenSince: this.#hiddenSince,
    };
  }

  /** Replicas that the policy allows, and the device has cores and memory for. */
  get #most(): number {
    const { cores, replicaBytes, budget } = this.#room;
    const { device, threads } = this.#serving.report;
    // There is one graphics card.
    const atOnce = device === 'wasm' ? Math.floor(cores / Math.max(1, threads)) : 1;
    const more = Math.floor(budget.free / replicaBytes);
    return Math.min(this.#policy.max, atOnce, this.#replicas + more);
  }

  #decide(wanted: number, now: number): void {
    const { replicaCount } = this.#serving;
    // One that could not be made, or was lost and not replaced, is tried again when its time has come.
    const isShort = replicaCount > 0 && replicaCount < wanted && now - this.#scaledOutAt >= this.#retryMs;
    if (wanted === this.#replicas && !isShort) return;
    if (wanted >= this.#replicas) this.#scaledOutAt = now;
    else this.#scaledInAt = now;
    this.#replicas = wanted;
    this.#serving.scaleTo(wanted);
  }

  get #retryMs(): number {
    return Math.max(this.#policy.scaleOutCooldownMs, leastRetryMs);
  }

  #rest(now: number): void {
    void this.#serving.rest();
    this.#decide(this.#least, now);
  }

  /** Looks again when there may be something to decide; a call or the page's visibility may bring that forward. */
  #lookAgain(now: number): void {
    const { openCalls, replicaCount } = this.#serving;
    const isScaled = replicaCount > 0 && this.#replicas > this.#least;
    if (this.#mayScale && (openCalls > 0 || isScaled)) return this.#lookIn(lookMs, true);
    const isAway = replicaCount === 0 && openCalls === 0;
    const ms = isAway ? Infinity : Math.max(restsAt(this.#metrics, this.#policy) - now, 0);
    if (openCalls > 0) this.#lookIn(Math.min(ms, laterMs), false);
    // Overdue: what keeps it may be over soon.
    else this.#lookIn(ms === 0 ? laterMs : ms, false);
  }

  #lookIn(ms: number, isWatching: boolean): void {
    clearTimeout(this.#timer);
    this.#isWatching = isWatching;
    this.#timer = undefined;
    if (ms === Infinity) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#look();
      },
      Math.min(Math.ceil(ms), longestTimerMs),
    );
  }
}

/** Milliseconds until a replica that did not come is asked for again, at the least. */
const leastRetryMs = 5000;
