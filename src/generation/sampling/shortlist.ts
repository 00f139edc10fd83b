import type { SamplingOptions } from './options.ts';

/** The tokens that may be drawn, by ascending id, and how likely each is. Overwritten by the next narrowing. */
export interface Shortlist {
  /** Token ids; those from `count` on mean nothing. */
  readonly ids: Int32Array;
  /** Probabilities times `total`; the weight of the likeliest token is 1. */
  readonly weights: Float64Array;
  readonly count: number;
  /** The sum of the weights. */
  readonly total: number;
  /** Fills the list from logits, whose highest is `highest` and finite. */
  narrow(logits: Float32Array, highest: number): void;
}

type Narrowing = Pick<SamplingOptions, 'temperature' | 'topK' | 'topP' | 'minP' | 'typicalP'>;

/** Up to here a heap of the k highest is faster than a selection. */
const heapLimit = 1024;

/**
 * A list that narrows logits down by temperature, top-k, top-p, min-p and typical-p, in this order, each over the probabilities that the one before left.
 * At top-p's border, the lower of equally likely ids stays; at the borders of top-k and typical-p, equals stay together. No step sorts, and none allocates: the arrays are made once, 28 bytes a token.
 *
 * @param vocabularySize the length of the logits
 */
export function createShortlist(options: Narrowing, vocabularySize: number): Shortlist {
  const { temperature = 1, topK = 0, topP = 1, minP = 0, typicalP = 1 } = options;
  const ids = new Int32Array(vocabularySize);
  const weights = new Float64Array(vocabularySize);
  const keys = new Float64Array(vocabularySize);
  const order = new Int32Array(vocabularySize);
  const heap = new Float64Array(topK <= heapLimit ? topK : 0);
  let count = 0;
  let total = 0;

  return {
    ids,
    weights,
    get count() {
      return count;
    },
    get total() {
      return total;
    },
    narrow(logits, highest) {
      const floor = topK > 0 && topK < vocabularySize ? kthHighest(logits) : -Infinity;
      // Without top-p, which needs the sum of all, what min-p drops needs no exponential; the margin leaves the border to min-p.
      const least = topP === 1 && minP > 0 ? highest + temperature * (Math.log(minP) - 1e-6) : -Infinity;
      weigh(logits, highest, Math.max(floor, least));
      if (topP < 1) keepNucleus();
      if (minP > 0) keepAbove(minP);
      if (typicalP < 1) keepTypical();
    },
  };

  function kthHighest(logits: Float32Array): number {
    if (topK <= heapLimit) return heapFloor(logits, heap);
    for (let id = 0; id < vocabularySize; id++) {
      keys[id] = logits[id]!;
      order[id] = id;
    }
    return keys[select(keys, order, vocabularySize, undefined, topK)]!;
  }

  function weigh(logits: Float32Array, highest: number, floor: number): void {
    count = 0;
    total = 0;
    for (let id = 0; id < vocabularySize; id++) {
      const logit = logits[id]!;
      if (logit < floor || logit === -Infinity) continue;
      const weight = Math.exp((logit - highest) / temperature);
      ids[count] = id;
      weights[count++] = weight;
      total += weight;
    }
  }

  function keepNucleus(): void {
    // All tokens below an equal share of what may go hold less than may go, together: none of them stays.
    const least = ((1 - topP) * total) / count;
    let candidates = 0;
    for (let place = 0; place < count; place++) {
      if (weights[place]! >= least) order[candidates++] = place;
    }
    const last = select(weights, order, candidates, weights, topP * total);
    const border = weights[last]!;
    keep((place) => weights[place]! > border || (weights[place] === border && place <= last));
  }

  function keepAbove(share: number): void {
    let highest = 0;
    for (let place = 0; place < count; place++) highest = Math.max(highest, weights[place]!);
    keep((place) => weights[place]! >= share * highest);
  }

  function keepTypical(): void {
    const logTotal = Math.log(total);
    let entropy = 0;
    for (let place = 0; place < count; place++) {
      const weight = weights[place]!;
      if (weight > 0) entropy -= (weight / total) * (Math.log(weight) - logTotal);
    }
    for (let place = 0; place < count; place++) {
      keys[place] = -Math.abs(logTotal - Math.log(weights[place]!) - entropy);
      order[place] = place;
    }
    const border = keys[select(keys, order, count, weights, typicalP * total)]!;
    keep((place) => keys[place]! >= border);
  }

  function keep(stays: (place: number) => boolean): void {
    let kept = 0;
    let sum = 0;
    for (let place = 0; place < count; place++) {
      if (!stays(place)) continue;
      const weight = weights[place]!;
      ids[kept] = ids[place]!;
      weights[kept++] = weight;
      sum += weight;
    }
    count = kept;
    total = sum;
  }
}

/** The lowest of the `heap.length` highest values, by a heap with the lowest at its root. */
function heapFloor(values: Float32Array, heap: Float64Array): number {
  heap.fill(-Infinity);
  let root = -Infinity;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (value <= root) continue;
    let hole = 0;
    for (let child = 1; child < heap.length; child = 2 * hole + 1) {
      if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= value) break;
      heap[hole] = heap[child]!;
      hole = child;
    }
    heap[hole] = value;
    root = heap[0]!;
  }
  return root;
}

/**
 * Where the running mass reaches `target`, taking the places in `order` by descending key, the lower of equal ones first: the place of the last one needed.
 * Hoare's selection by mass in place of rank, in linear time on average; `order` is permuted.
 *
 * @param masses one a place; without them each counts 1
 */
function select(
  keys: Float64Array,
  order: Int32Array,
  length: number,
  masses: Float64Array | undefined,
  target: number,
): number {
  let low = 0;
  let high = length - 1;
  let left = target;
  while (low < high) {
    const pivot = order[(low + high) >>> 1]!;
    const key = keys[pivot]!;
    let mass = 0;
    let up = low;
    let down = high;
    while (up <= down) {
      while (keys[order[up]!]! > key || (keys[order[up]!] === key && order[up]! < pivot)) {
        mass += masses ? masses[order[up]!]! : 1;
        up++;
      }
      while (keys[order[down]!]! < key || (keys[order[down]!] === key && order[down]! > pivot)) down--;
      if (up > down) break;
      const swapped = order[up]!;
      order[up] = order[down]!;
      order[down] = swapped;
      mass += masses ? masses[order[up]!]! : 1;
      up++;
      down--;
    }
    if (mass >= left) {
      high = up - 1;
    } else {
      left -= mass;
      low = up;
    }
  }
  return order[Math.min(low, length - 1)]!;
}
