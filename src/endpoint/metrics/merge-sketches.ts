import { QuantileSketch } from './quantile-sketch.ts';

/** The sketch of all the numbers that these were given: the very one that had been given them itself. */
export function mergeSketches(sketches: Iterable<QuantileSketch>): QuantileSketch {
  const merged = new QuantileSketch();
  for (const { count, sum, minimum, maximum, bins } of sketches) {
    merged.count += count;
    merged.sum += sum;
    merged.minimum = Math.min(merged.minimum, minimum);
    merged.maximum = Math.max(merged.maximum, maximum);
    for (const [bin, numbers] of bins) merged.put(bin, numbers);
  }
  return merged;
}
