/** Times of many calls in milliseconds. */
export interface LatencyStatistics {
  /** Calls that are counted here. */
  readonly sampleCount: number;
  /** Milliseconds, as all below. */
  readonly average: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Half of the calls took no longer. Percentiles are within 1 % of the call of that rank, however many there were. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** How far a quantile may be from the exact one, as a part of it. */
export const relativeError = 0.01;

/** Each bin's upper border is so many times that of the one below. */
const gamma = (1 + relativeError) / (1 - relativeError);
const logGamma = Math.log(gamma);

/** Bins that are kept. Of one size each they reach over a factor of 10^8 and more; few of them are ever needed. */
export const mostBins = 1024;

/**
 * Quantiles of any number of numbers in constant memory, each within 1 % of the exact one: DDSketch, after Masson, Rim and
 * Lee, "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with Relative-Error Guarantees", VLDB 2019. Where there are
 * more bins than may be kept, the lowest become one: then low quantiles lose the guarantee, and high ones keep it.
 */
export class QuantileSketch {
  count = 0;
  sum = 0;
  minimum: number = Infinity;
  maximum: number = -Infinity;
  /** How many numbers are in each bin: above gamma to the power of `bin - 1`, up to that of `bin`. */
  readonly bins: Map<number, number> = new Map();
  /** The bin that those below were put into. */
  #lowest = -Infinity;

  /** Counts a finite number. Those of 0 and below are told apart by `minimum` and `sum` alone: their quantiles are 0. */
  add(value: number): void {
    this.count++;
    this.sum += value;
    this.minimum = Math.min(this.minimum, value);
    this.maximum = Math.max(this.maximum, value);
    this.put(value > 0 ? Math.ceil(Math.log(value) / logGamma) : -Infinity, 1);
  }

  /**
   * The number of that rank, the nearest from above; 0 where there is none.
   *
   * @param q from 0, the least, to 1, the greatest
   */
  quantile(q: number): number {
    let above = this.count - Math.ceil(q * this.count);
    // The greatest come first: ranks near the top, which are asked for most, are in few bins.
    for (const bin of this.#sorted()) {
      above -= this.bins.get(bin)!;
      if (above < 0)
        return Math.min(Math.max((2 * Math.exp(bin * logGamma)) / (1 + gamma), this.minimum), this.maximum);
    }
    return this.count && this.minimum;
  }

  /** All 0 where there are no numbers. */
  statistics(): LatencyStatistics {
    const { count, sum, minimum, maximum } = this;
    return {
      sampleCount: count,
      average: count && sum / count,
      minimum: count && minimum,
      maximum: count && maximum,
      p50: this.quantile(0.5),
      p90: this.quantile(0.9),
      p99: this.quantile(0.99),
    };
  }

  /** Adds to a bin, and to nothing else: for merging. */
  put(wanted: number, count: number): void {
    const { bins } = this;
    const bin = Math.max(wanted, this.#lowest);
    bins.set(bin, (bins.get(bin) ?? 0) + count);
    if (bins.size <= mostBins) return;
    const [next, low] = this.#sorted().slice(-2) as [number, number];
    const moved = bins.get(low)!;
    bins.delete(low);
    this.#lowest = next;
    this.put(next, moved);
  }

  /** The highest bin first. */
  #sorted(): number[] {
    return [...this.bins.keys()].toSorted((a, b) => b - a);
  }
}
