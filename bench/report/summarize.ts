/** What several rounds came to. */
export interface Summary {
  readonly median: number;
  /** The quartiles, between which half of the rounds are. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** The median of some numbers, and their spread; NaN of none. */
export function summarize(numbers: readonly number[]): Summary {
  return {
    median: quantile(numbers, 0.5),
    low: quantile(numbers, 0.25),
    high: quantile(numbers, 0.75),
    count: numbers.length,
  };
}

/**
 * The quantile between the two nearest numbers, by their distance.
 *
 * Source: Hyndman and Fan 1996, “Sample Quantiles in Statistical Packages”, definition 7.
 *
 * @param share from 0 to 1
 */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * What each round's number is of another's in the same round: what slows a whole round down is in neither. Of differences
 * use `less`.
 */
export function ratiosOf(numbers: readonly number[], others: readonly number[]): number[] {
  const count = Math.min(numbers.length, others.length);
  return Array.from({ length: count }, (_, round) => numbers[round]! / others[round]!).filter(Number.isFinite);
}
