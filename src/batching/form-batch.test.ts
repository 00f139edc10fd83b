import { expect, test } from 'vitest';
import { formBatch, type BatchSizes, type Waiting } from './form-batch.ts';

/** As Triton's own tests of its batcher configure it: two preferred sizes, and a delay nobody overlooks. */
const sizes: BatchSizes = { maxBatchSize: 8, preferredBatchSizes: [2, 6], maxQueueDelayMs: 10_000 };

/** A queue of requests that bring so many records each, and come one after the other. */
function queueOf(...requests: [size: number, shape?: string, at?: number][]): Waiting[] {
  return requests.map(([size, shape = '16', at = 0]) => ({ size, shape, at }));
}

/** Runs a queue to its end under a clock that only goes on when the batcher waits; tells what was run, and when. */
function drain(queue: readonly Waiting[], policy: BatchSizes = sizes): { at: number; sizes: number[] }[] {
  const runs: { at: number; sizes: number[] }[] = [];
  const comers = queue.toSorted((a, b) => a.at - b.at);
  let waiting: Waiting[] = [];
  let now = 0;
  for (;;) {
    while (comers.length > 0 && comers[0]!.at <= now) waiting.push(comers.shift()!);
    if (waiting.length === 0) {
      if (comers.length === 0) return runs;
      now = comers[0]!.at;
      continue;
    }
    const formed = formBatch(waiting, policy, now);
    if ('waitUntil' in formed) {
      expect(formed.waitUntil, 'it waits for what is to come').toBeGreaterThan(now);
      now = Math.min(formed.waitUntil, comers[0]?.at ?? Infinity);
    } else {
      expect(formed.take.length).toBeGreaterThan(0);
      runs.push({ at: now, sizes: formed.take.map((place) => waiting[place]!.size) });
      waiting = waiting.filter((_, place) => !formed.take.includes(place));
    }
  }
}

test('formBatch() runs a request of a preferred size at once (Triton: static_batch_preferred)', () => {
  expect(drain(queueOf([2], [6, '16', 500]))).toEqual([
    { at: 0, sizes: [2] },
    { at: 500, sizes: [6] },
  ]);
});

test('formBatch() lets a request below any preferred size wait (Triton: static_batch_lt_any_preferred)', () => {
  expect(drain(queueOf([1]))).toEqual([{ at: 10_000, sizes: [1] }]);
});

test('formBatch() lets a request between preferred sizes wait (Triton: static_batch_not_preferred)', () => {
  expect(drain(queueOf([3]))).toEqual([{ at: 10_000, sizes: [3] }]);
});

test('formBatch() runs a request above all preferred sizes at once (Triton: static_batch_gt_max_preferred)', () => {
  expect(drain(queueOf([7]))).toEqual([{ at: 0, sizes: [7] }]);
});

test('formBatch() stacks what a model takes ragged as one shape (Triton: multi_batch_different_shape_allow_ragged)', () => {
  // Lengths that may be filled up are of one shape to the batcher: see length-axis.ts.
  expect(drain(queueOf([1, '[1, 8..16]'], [1, '[1, 8..16]']))).toEqual([{ at: 0, sizes: [1, 1] }]);
});

test('formBatch() never stacks two shapes, and waits with the last (Triton: multi_batch_different_shape)', () => {
  expect(drain(queueOf([1, '16'], [1, '8', 1000]))).toEqual([
    { at: 1000, sizes: [1] },
    { at: 11_000, sizes: [1] },
  ]);
});

test('formBatch() counts the delay from the first of a batch (Triton: multi_batch_not_preferred)', () => {
  expect(drain(queueOf([1], [3, '16', 1000]))).toEqual([{ at: 10_000, sizes: [1, 3] }]);
});

test('formBatch() sends what waits when another shape comes (Triton: multi_batch_not_preferred_different_shape)', () => {
  expect(drain(queueOf([1], [3], [1, '8', 1000]))).toEqual([
    { at: 1000, sizes: [1, 3] },
    { at: 11_000, sizes: [1] },
  ]);
});

test('formBatch() runs the other shape too once it is preferred (Triton: multi_batch_preferred_different_shape)', () => {
  expect(drain(queueOf([1], [3], [1, '8', 1000], [5, '8', 1000]))).toEqual([
    { at: 1000, sizes: [1, 3] },
    { at: 1000, sizes: [1, 5] },
  ]);
});

test('formBatch() sends what waits before one too large to join (Triton: multi_batch_gt_max_preferred)', () => {
  expect(drain(queueOf([3], [7, '16', 1000]))).toEqual([
    { at: 1000, sizes: [3] },
    { at: 1000, sizes: [7] },
  ]);
});

test('formBatch() sends what waits when the sum is too large (Triton: multi_batch_sum_gt_max_preferred)', () => {
  expect(drain(queueOf([3], [4, '16', 1000]))).toEqual([
    { at: 1000, sizes: [3] },
    { at: 11_000, sizes: [4] },
  ]);
});

test('formBatch() stacks requests whatever outputs they are read for (Triton: multi_same_output, multi_different_outputs)', () => {
  // All outputs of a run are computed; which of them a caller reads is no part of its shape.
  expect(drain(queueOf([1], [1]))).toEqual([{ at: 0, sizes: [1, 1] }]);
});

test('formBatch() does the same with what was queued before (Triton: multi_batch_delayed_sum_gt_max_preferred)', () => {
  expect(drain(queueOf([3], [4]))).toEqual([
    { at: 0, sizes: [3] },
    { at: 10_000, sizes: [4] },
  ]);
});

test('formBatch() runs two queued shapes at once (Triton: multi_batch_delayed_preferred_different_shape)', () => {
  expect(drain(queueOf([1], [3], [1, '8'], [5, '8']))).toEqual([
    { at: 0, sizes: [1, 3] },
    { at: 0, sizes: [1, 5] },
  ]);
});

test('formBatch() takes the largest preferred size that is there (Triton: multi_batch_use_biggest_preferred)', () => {
  expect(drain(queueOf([1], [1], [1], [1], [1], [1]))).toEqual([{ at: 0, sizes: [1, 1, 1, 1, 1, 1] }]);
});

test('formBatch() does not wait for a larger one where one is there (Triton: multi_batch_use_best_preferred)', () => {
  expect(drain(queueOf([1], [1], [1, '16', 1000]))).toEqual([
    { at: 0, sizes: [1, 1] },
    { at: 11_000, sizes: [1] },
  ]);
  expect(drain(queueOf([1], [1], [1]))).toEqual([
    { at: 0, sizes: [1, 1] },
    { at: 10_000, sizes: [1] },
  ]);
});

test('formBatch() runs in the order of the queue (Triton: multi_batch_preserve_ordering)', () => {
  const queue = Array.from({ length: 12 }, (_, at) => ({ size: 1, shape: '1', at }));
  const seen: number[] = [];
  let waiting: Waiting[] = queue;
  while (waiting.length > 0) {
    const formed = formBatch(waiting, { ...sizes, preferredBatchSizes: [4] }, 20);
    if ('waitUntil' in formed) throw new Error('nothing is waited for');
    seen.push(...formed.take.map((place) => waiting[place]!.at));
    waiting = waiting.filter((_, place) => !formed.take.includes(place));
  }
  expect(seen).toEqual(queue.map(({ at }) => at));
});

test('formBatch() takes along what has room, preferred or not, once the delay is over (Triton: GetDynamicBatch())', () => {
  expect(formBatch(queueOf([3], [4, '16', 9000]), sizes, 10_000)).toEqual({ take: [0, 1] });
  expect(formBatch(queueOf([3], [4], [2]), sizes, 10_000)).toEqual({ take: [0, 1] });
  expect(formBatch(queueOf([1], [1], [1]), sizes, 10_000)).toEqual({ take: [0, 1, 2] });
});

test('formBatch() counts the delay from the oldest, which need not be the first (Triton: OldestEnqueueTime())', () => {
  // Its priority brought the first one forward.
  expect(formBatch(queueOf([1, '16', 9000], [2, '16', 100]), sizes, 9500)).toEqual({ waitUntil: 10_100 });
  expect(formBatch(queueOf([1, '16', 9000], [2, '16', 100]), sizes, 10_100)).toEqual({ take: [0, 1] });
});

test('formBatch() without a delay runs what is there, preferred sizes first (Triton: max_queue_delay 0)', () => {
  const policy = { ...sizes, maxQueueDelayMs: 0 };
  expect(formBatch(queueOf([1]), policy, 0)).toEqual({ take: [0] });
  expect(formBatch(queueOf([1], [1], [1]), policy, 0)).toEqual({ take: [0, 1] });
  expect(formBatch(queueOf([1], [1], [1]), policy, 99)).toEqual({ take: [0, 1] });
});

test('formBatch() without preferred sizes fills a run, and waits for that as long as it may', () => {
  const policy = { maxBatchSize: 4, preferredBatchSizes: [], maxQueueDelayMs: 10 };
  expect(formBatch(queueOf([1], [1], [1]), policy, 3)).toEqual({ waitUntil: 10 });
  expect(formBatch(queueOf([1], [1], [1], [1], [1]), policy, 3)).toEqual({ take: [0, 1, 2, 3] });
  expect(formBatch(queueOf([3], [2]), policy, 3)).toEqual({ take: [0] });
});

test('formBatch() never makes more than maxBatchSize, and never divides a request', () => {
  const policy = { maxBatchSize: 4, preferredBatchSizes: [16], maxQueueDelayMs: 10 };
  for (let seed = 1; seed <= 200; seed++) {
    let state = seed;
    const next = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
    const queue = Array.from({ length: 1 + next(9) }, () => ({ size: 1 + next(5), shape: `${next(2)}`, at: next(20) }));
    const formed = formBatch(queue, policy, next(40));
    if ('waitUntil' in formed) continue;
    const taken = formed.take.map((place) => queue[place]!);
    expect(formed.take[0]).toBe(0);
    expect(new Set(taken.map(({ shape }) => shape)).size).toBe(1);
    const total = taken.reduce((sum, { size }) => sum + size, 0);
    if (taken.length > 1) expect(total).toBeLessThanOrEqual(4);
  }
});

test('formBatch() brings those of one shape forward, past others', () => {
  const policy = { ...sizes, maxQueueDelayMs: 0 };
  expect(formBatch(queueOf([1, 'a'], [1, 'b'], [1, 'a']), policy, 0)).toEqual({ take: [0, 2] });
});
