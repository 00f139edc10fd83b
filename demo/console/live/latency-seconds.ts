/** Milliseconds that half, nine in ten and 99 in a hundred calls took at the most. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** Each bin's upper border is so many times that of the one below: a percentile is within 2 % of the exact one. */
const growth = Math.log(1.02);
const shortestMs = 0.01;
const bins = 900;

/** Latencies by the second in which the calls were answered: bins of the last ones, however many calls there are. */
export class LatencySeconds {
  readonly #seconds: { index: number; total: number; readonly counts: Uint32Array }[];

  /** @param seconds how many are remembered */
  constructor(seconds: number) {
    this.#seconds = Array.from({ length: seconds }, () => ({ index: -1, total: 0, counts: new Uint32Array(bins) }));
  }

  /** @param at `performance.now()` at the answer */
  add(ms: number, at: number): void {
    const index = Math.floor(at / 1000);
    const second = this.#seconds[index % this.#seconds.length]!;
    if (second.index !== index) {
      second.index = index;
      second.total = 0;
      second.counts.fill(0);
    }
    const bin = Math.ceil(Math.log(Math.max(ms, shortestMs) / shortestMs) / growth);
    second.counts[Math.min(bin, bins - 1)]!++;
    second.total++;
  }

  /** Those of one second; undefined where no call was answered in it. @param index whole seconds of `performance.now()` */
  percentiles(index: number): Percentiles | undefined {
    const second = this.#seconds[index % this.#seconds.length]!;
    if (second.index !== index) return undefined;
    const of = (part: number): number => {
      const rank = Math.ceil(part * second.total);
      let seen = 0;
      const bin = second.counts.findIndex((count) => (seen += count) >= rank);
      return shortestMs * Math.exp(bin * growth);
    };
    return { p50: of(0.5), p90: of(0.9), p99: of(0.99) };
  }
}
