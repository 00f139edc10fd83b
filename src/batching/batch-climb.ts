/** Runs that weigh half of what the last one weighs, and more, are so many. */
const memory = 32;

/** Runs of a size, and milliseconds in them or else more runs, before the next size is tried: clocks are coarse. */
const runsWanted = 5;
const msWanted = 1;
const runsEnough = 40;

/** What a record must take at the most, beside the size below, for a size to be worth it. */
const worth = 0.95;

/** Runs after which a size that was slower is tried again, for the first time; then after four times as many, up to the last. */
const runsUntilRetry = 100;
const mostUntilRetry = 6400;

/** How much longer than usual a run may take and still count as long as it took: what else the device is at is not its own. */
const mostTimes = 8;

/** Milliseconds that two runs may take more than one. */
const halvingMs = 0.1;

/** Stacked runs after which one is compared again, for the first time; then after twice as many, up to the most. */
const runsUntilCheck = 8;
const mostUntilCheck = 1024;

/**
 * Finds out how many records a run should take: it begins with one, and goes to the next size as long as that was measured
 * to be right and quicker by the record. Sizes are the powers of two, and those that are preferred. A size that was slower
 * is tried again later: what a run takes depends on what else the device is at.
 */
export class BatchClimb {
  /** What runs took, by size. */
  readonly #measured = new Map<number, Measured>();
  /** Ascending, from 1. */
  readonly #sizes: readonly number[];
  #limit = 1;
  #isOver = false;
  #runs = 0;
  #retryAt = 0;
  #patience = runsUntilRetry;
  #stackedRuns = 0;
  #checkAt = runsUntilCheck;
  #untilCheck = runsUntilCheck;

  /**
   * @param most records of one run at the most
   * @param preferred sizes that are tried too
   */
  constructor(most: number, preferred: readonly number[] = []) {
    const sizes = new Set([1, ...preferred.filter((size) => size <= most), Math.max(1, most)]);
    for (let size = 2; size < most; size *= 2) sizes.add(size);
    this.#sizes = [...sizes].toSorted((a, b) => a - b);
    this.#isOver = this.#sizes.length === 1;
  }

  /** Records that the next run should take at the most. */
  get limit(): number {
    return this.#limit;
  }

  /** A size that is to be tried, once so many wait: whether it gives the right answers is not known yet. */
  get next(): number | undefined {
    if (this.#isOver || !this.#isKnown(this.#limit) || this.#runs < this.#retryAt) return undefined;
    return this.#sizes.find((size) => size > this.#limit);
  }

  /** Whether the answers of the next stacked run are to be compared: those of the trial may have been too much alike. */
  get isCheckDue(): boolean {
    return this.#stackedRuns >= this.#checkAt;
  }

  /**
   * Records of a run when so many wait: half of those that are about where that costs next to nothing, so that the page works
   * on the answers of one half while the other is run.
   *
   * @param answered records whose callers were answered last, and may be about to ask again
   */
  sizeFor(waiting: number, answered: number): number {
    const half = Math.ceil((waiting + answered) / 2);
    if (waiting > this.#limit || waiting < 8 || half >= waiting) return this.#limit;
    const more = (this.#msOf(half) - this.#msOf(waiting)) * waiting;
    return more < halvingMs ? half : this.#limit;
  }

  /** What a run took. */
  add(size: number, ms: number): void {
    this.#runs++;
    if (size > 1) this.#stackedRuns++;
    const rung = this.#rungOf(size);
    const before = this.#measured.get(rung) ?? { runs: 0, ms: 0, weighedMs: 0, weighedRecords: 0 };
    const usualMs = (before.weighedMs / before.weighedRecords) * size;
    const counted = before.runs < runsWanted ? ms : Math.min(ms, usualMs * mostTimes + coarsenessMs);
    this.#measured.set(rung, {
      runs: before.runs + 1,
      ms: before.ms + counted,
      weighedMs: before.weighedMs * fading + counted,
      weighedRecords: before.weighedRecords * fading + size,
    });
    if (rung === this.#limit && rung > 1 && this.#isKnown(rung)) this.#stepDownIfSlower();
  }

  /** The next size gave what its records give alone, in so much time. */
  climb(size: number, ms: number): void {
    this.#limit = size;
    this.#measured.delete(size);
    this.add(size, ms);
  }

  /** A stacked run was compared, and gave what its records give alone. */
  checked(): void {
    this.#untilCheck = Math.min(this.#untilCheck * 2, mostUntilCheck);
    this.#checkAt = this.#stackedRuns + this.#untilCheck;
  }

  /** Runs of this size fail though none of their records does alone: smaller ones may go on. */
  cap(size: number): void {
    this.#isOver = true;
    if (size <= this.#limit) this.#limit = this.#below(size);
  }

  /** A run of several gave other answers than its records get alone: nothing is stacked any more. */
  forbid(): void {
    this.#isOver = true;
    this.#limit = 1;
  }

  #stepDownIfSlower(): void {
    const below = this.#below(this.#limit);
    if (this.#msOf(this.#limit) <= this.#msOf(below) * worth) return;
    this.#limit = below;
    this.#retryAt = this.#runs + this.#patience;
    this.#patience = Math.min(this.#patience * 4, mostUntilRetry);
  }

  #isKnown(size: number): boolean {
    const { runs, ms } = this.#measured.get(this.#rungOf(size)) ?? { runs: 0, ms: 0 };
    return runs >= runsEnough || (runs >= runsWanted && ms >= msWanted);
  }

  /** Milliseconds a record. */
  #msOf(size: number): number {
    const { weighedMs, weighedRecords } = this.#measured.get(this.#rungOf(size)) ?? { weighedMs: 1, weighedRecords: 0 };
    return weighedMs / weighedRecords;
  }

  /** The largest size that is not above one. */
  #rungOf(size: number): number {
    return this.#sizes.findLast((one) => one <= size) ?? 1;
  }

  /** The largest size that is smaller than one. */
  #below(size: number): number {
    return this.#sizes.findLast((one) => one < size) ?? 1;
  }
}

/** Milliseconds that a clock may be wrong by, where a page is not isolated. */
const coarsenessMs = 0.2;

const fading = 0.5 ** (1 / memory);

interface Measured {
  readonly runs: number;
  readonly ms: number;
  /** The same, and the records, of which older ones weigh less. */
  readonly weighedMs: number;
  readonly weighedRecords: number;
}
