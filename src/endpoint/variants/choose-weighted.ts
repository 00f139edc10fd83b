/**
 * Gives points of [0, 1) that fill it evenly, however few or many are taken, and whichever part of them one looks at: each
 * is the one before it and the golden ratio, modulo 1. Of n points, a stretch of length s has s n, and less than some
 * log(n) more or fewer (L. Kuipers, H. Niederreiter, Uniform Distribution of Sequences, chapter 2.3).
 *
 * @param start where it begins
 */
export function evenPoints(start: number): () => number {
  let point = start % 1;
  return () => {
    point = (point + goldenRatio) % 1;
    return point;
  };
}

const goldenRatio = (Math.sqrt(5) - 1) / 2;

/**
 * The point of [0, 1) that a name stands for, the same one at each visit: FNV-1a, stirred as MurmurHash3 ends, since its
 * upper bits are of short names alike.
 */
export function pointOfName(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** What is chosen by its weight. */
export interface Weighted {
  /** 0 or more, in relation to those of the others. */
  readonly weight: number;
}

/**
 * The one of some that a point falls on, when each takes of [0, 1) what its weight is of all weights, in their order.
 * Undefined where no weight is above 0.
 */
export function chooseWeighted<Item extends Weighted>(items: Iterable<Item>, point: number): Item | undefined {
  let total = 0;
  for (const { weight } of items) total += weight;
  let left = point * total;
  let last: Item | undefined;
  for (const item of items) {
    if (item.weight === 0) continue;
    last = item;
    left -= item.weight;
    if (left < 0) return item;
  }
  // What rounding left over.
  return last;
}
