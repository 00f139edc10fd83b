import { cornersOf, type Candidate } from './candidate.ts';

/** How a YOLO head lays out its numbers. */
export interface YoloLayout {
  readonly candidates: number;
  /** Numbers of a candidate: box, perhaps objectness, labels. */
  readonly attributes: number;
  /** Whether all first numbers stand together (`[1, attributes, candidates]`). */
  readonly attributesFirst: boolean;
  readonly objectness: boolean;
}

/**
 * Tells the layout of a YOLO head from its shape: `[1, 4 + labels, candidates]` (v8 and later), or
 * `[1, candidates, 5 + labels]` with an objectness (v5, v7), or either one turned around. Without labels, the smaller of
 * the two dimensions are the attributes, and those have an objectness that stand last.
 *
 * @param labels how many there are; 0 where nobody knows
 * @returns undefined when the shape is no such thing.
 */
export function yoloLayout(
  dims: readonly number[],
  labels: number,
  objectness: boolean | undefined,
): YoloLayout | undefined {
  const [first, second] = dims.length === 3 && dims[0] === 1 ? [dims[1]!, dims[2]!] : dims.length === 2 ? dims : [];
  if (first === undefined || second === undefined) return undefined;
  const make = (attributesFirst: boolean, has: boolean): YoloLayout => ({
    candidates: attributesFirst ? second : first,
    attributes: attributesFirst ? first : second,
    attributesFirst,
    objectness: has,
  });
  if (labels === 0) {
    const attributesFirst = first < second;
    const has = objectness ?? !attributesFirst;
    return Math.min(first, second) > 4 + (has ? 1 : 0) ? make(attributesFirst, has) : undefined;
  }
  // The usual layouts first: a turned one of the same size is rarer.
  const known = [make(true, false), make(false, true), make(false, false), make(true, true)];
  return known.find(
    (layout) =>
      layout.attributes === 4 + (layout.objectness ? 1 : 0) + labels &&
      (objectness === undefined || layout.objectness === objectness),
  );
}

/**
 * Reads the head of YOLO: each candidate has its best label, with that label's score, times the objectness where there is
 * one.
 *
 * @param values middle and size in pixels of the model's input, then scores from 0 to 1
 * @param min the score that a candidate is above
 */
export function readYolo(values: ArrayLike<number>, layout: YoloLayout, min: number): Candidate[] {
  const { candidates, attributes, attributesFirst, objectness } = layout;
  const found: Candidate[] = [];
  const stride = attributesFirst ? candidates : 1;
  const firstLabel = objectness ? 5 : 4;
  for (let candidate = 0; candidate < candidates; candidate++) {
    const start = attributesFirst ? candidate : candidate * attributes;
    let label = 0;
    let best = -Infinity;
    for (let attribute = firstLabel; attribute < attributes; attribute++) {
      const value = values[start + attribute * stride]!;
      if (value > best) [best, label] = [value, attribute - firstLabel];
    }
    const score = objectness ? Math.fround(best * values[start + 4 * stride]!) : best;
    if (!(score > min)) continue;
    const box = [0, 1, 2, 3].map((attribute) => values[start + attribute * stride]!);
    found.push({ box: cornersOf(box, 0, 'cxcywh'), label, score });
  }
  return found;
}
