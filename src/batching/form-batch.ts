/** One that waits for its run. */
export interface Waiting {
  /** Records that it brings; it is never divided. */
  readonly size: number;
  /** What tells apart those that cannot be stacked: types and shapes of its tensors. */
  readonly shape: string;
  /** When it came, on the clock of `now`. */
  readonly at: number;
}

/** How a batch is put together. */
export interface BatchSizes {
  /** Records of one run at the most. */
  readonly maxBatchSize: number;
  /** Sizes that are run as soon as they are reached; until then it is waited for more, `maxQueueDelayMs` at the most. */
  readonly preferredBatchSizes: readonly number[];
  /** Milliseconds that the first in the queue may wait for others. */
  readonly maxQueueDelayMs: number;
}

/** What is to be done with a queue: run its first `take` of one shape, or look again at `waitUntil`. */
export type FormedBatch = { readonly take: readonly number[] } | { readonly waitUntil: number };

/**
 * Decides what the first batch of a queue is, by the rules of Triton Inference Server's dynamic batcher: the largest preferred
 * size that is there goes at once; so does what cannot grow, since the next would make it too large or has another shape;
 * all else waits until its oldest has waited long enough, and then takes along whatever has room. Those behind that have the
 * first one's shape come forward.
 *
 * Source: Triton Inference Server, “Dynamic Batcher”, docs/user_guide/batcher.md, and GetDynamicBatch() in
 * src/dynamic_batch_scheduler.cc of its core.
 *
 * @param queue in the order in which they are to be run; not empty
 * @returns places in the queue, ascending, or a time
 */
export function formBatch(queue: readonly Waiting[], sizes: BatchSizes, now: number): FormedBatch {
  const { maxBatchSize, preferredBatchSizes, maxQueueDelayMs } = sizes;
  const { places, oldest, hasOtherShapes, isCut } = gather(queue, maxBatchSize);
  const waitUntil = oldest + maxQueueDelayMs;
  // Where there is no delay to exceed, preferred sizes count all the same.
  const isLate = maxQueueDelayMs > 0 && now >= waitUntil;
  if (isLate) return { take: places };
  const mostPreferred = Math.min(maxBatchSize, Math.max(0, ...preferredBatchSizes) || maxBatchSize);
  let total = 0;
  let preferredCount = 0;
  let fitting = 0;
  for (const [count, place] of places.entries()) {
    total += queue[place]!.size;
    if (count > 0 && total > mostPreferred) break;
    fitting = count + 1;
    if (preferredBatchSizes.includes(total)) preferredCount = fitting;
  }
  if (preferredCount > 0) return { take: places.slice(0, preferredCount) };
  const isFull = total >= mostPreferred || isCut;
  if (isFull || hasOtherShapes || maxQueueDelayMs === 0) return { take: places.slice(0, fitting) };
  return { waitUntil };
}

/** Those of the first one's shape that have room in one run, when the oldest of them came, and what there is beside them. */
function gather(
  queue: readonly Waiting[],
  maxBatchSize: number,
): { places: number[]; oldest: number; hasOtherShapes: boolean; isCut: boolean } {
  const places: number[] = [];
  let oldest = Infinity;
  let total = 0;
  let hasOtherShapes = false;
  for (const [place, { size, shape, at }] of queue.entries()) {
    if (shape !== queue[0]!.shape) {
      hasOtherShapes = true;
      continue;
    }
    if (places.length > 0 && total + size > maxBatchSize) return { places, oldest, hasOtherShapes, isCut: true };
    places.push(place);
    total += size;
    oldest = Math.min(oldest, at);
    if (total >= maxBatchSize) break;
  }
  return { places, oldest, hasOtherShapes, isCut: false };
}
