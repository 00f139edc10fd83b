import { expect, test } from 'vitest';
import { BatchClimb } from './batch-climb.ts';

/** Runs as a batcher would, with always enough that wait, and tells the sizes that were tried. */
function runs(climb: BatchClimb, count: number, msOf: (size: number) => number): number[] {
  const tried: number[] = [];
  for (let i = 0; i < count; i++) {
    const { next, limit } = climb;
    if (next === undefined) climb.add(limit, msOf(limit));
    else {
      tried.push(next);
      climb.climb(next, msOf(next));
    }
  }
  return tried;
}

test('BatchClimb begins with one, and doubles once it knows what one takes', () => {
  const climb = new BatchClimb(64);
  expect(climb.limit).toBe(1);
  for (let i = 0; i < 5; i++) {
    expect(climb.next).toBe(undefined);
    climb.add(1, 1);
  }
  expect(climb.next).toBe(2);
  climb.climb(2, 1);
  expect(climb.limit).toBe(2);
  expect(climb.next, 'what two take is not known yet').toBe(undefined);
});

test('BatchClimb goes to the most where every size is quicker by the record', () => {
  const climb = new BatchClimb(64);
  expect(runs(climb, 200, (size) => 1 + size / 100)).toEqual([2, 4, 8, 16, 32, 64]);
  expect(climb.limit).toBe(64);
  expect(climb.next).toBe(undefined);
});

test('BatchClimb ends at a most that is no power of two', () => {
  const climb = new BatchClimb(48);
  expect(runs(climb, 200, () => 1)).toEqual([2, 4, 8, 16, 32, 48]);
});

test('BatchClimb tries the sizes that are preferred', () => {
  const climb = new BatchClimb(16, [6, 12, 100]);
  expect(runs(climb, 200, () => 1)).toEqual([2, 4, 6, 8, 12, 16]);
});

test('BatchClimb stays where the next size is not quicker by the record', () => {
  const climb = new BatchClimb(64);
  // Up to eight at a time cost what one costs, then each costs its own.
  expect(runs(climb, 80, (size) => Math.max(1, size / 8))).toEqual([2, 4, 8, 16]);
  expect(climb.limit).toBe(8);
});

test('BatchClimb stays with one where stacking is no gain', () => {
  const climb = new BatchClimb(64);
  runs(climb, 50, (size) => size);
  expect(climb.limit).toBe(1);
});

test('BatchClimb judges by means: a run that was held up counts for a few of its kind', () => {
  const climb = new BatchClimb(8);
  let i = 0;
  runs(climb, 400, () => (i++ % 4 === 3 ? 50 : 1));
  expect(climb.limit).toBe(8);
});

test('BatchClimb tries again later, as what else the device is at may be over, ever more rarely', () => {
  const climb = new BatchClimb(2);
  let isBusy = true;
  const msOf = (size: number): number => (isBusy ? size : 1);
  expect(runs(climb, 20, msOf)).toEqual([2]);
  expect(climb.limit).toBe(1);
  expect(runs(climb, 89, msOf)).toEqual([]);
  expect(runs(climb, 12, msOf), 'after 100 runs').toEqual([2]);
  expect(runs(climb, 380, msOf), 'not within 400').toEqual([]);
  isBusy = false;
  expect(runs(climb, 40, msOf)).toEqual([2]);
  expect(climb.limit).toBe(2);
});

test('BatchClimb.forbid() is for good', () => {
  const climb = new BatchClimb(64);
  runs(climb, 20, () => 1);
  expect(climb.limit).toBeGreaterThan(1);
  climb.forbid();
  expect(runs(climb, 5000, () => 1)).toEqual([]);
  expect(climb.limit).toBe(1);
});

test('BatchClimb.cap() leaves the sizes below', () => {
  const climb = new BatchClimb(64);
  runs(climb, 26, () => 1);
  expect([climb.limit, climb.next]).toEqual([32, undefined]);
  climb.cap(64);
  expect(climb.limit, 'of a trial, what was known before').toBe(32);
  climb.cap(32);
  expect(climb.limit).toBe(16);
  climb.cap(3);
  expect(climb.limit).toBe(2);
  expect(runs(climb, 5000, () => 1)).toEqual([]);
});

test('BatchClimb asks for a look at the answers now and then, ever more rarely, and never stops to', () => {
  const climb = new BatchClimb(2);
  const checks: number[] = [];
  runs(climb, 6, () => 1);
  for (let stacked = 1; stacked <= 5000; stacked++) {
    if (climb.isCheckDue) {
      checks.push(stacked);
      climb.checked();
    }
    climb.add(2, 1);
  }
  expect(checks[0]).toBeLessThan(10);
  const gaps = checks.slice(1).map((at, place) => at - checks[place]!);
  expect(gaps).toEqual([16, 32, 64, 128, 256, 512, 1024, 1024, 1024]);
});

test('BatchClimb.sizeFor() halves what costs next to nothing, so that answers come while others are computed', () => {
  const climb = new BatchClimb(64);
  runs(climb, 400, (size) => 0.001 * size + 0.01);
  expect(climb.sizeFor(64, 0)).toBe(32);
  expect(climb.sizeFor(32, 32), 'the other half was answered').toBe(64);
  expect(climb.sizeFor(7, 0), 'too few').toBe(64);
  expect(climb.sizeFor(1000, 0), 'more wait than a run takes').toBe(64);
  const costly = new BatchClimb(64);
  runs(costly, 200, (size) => 0.001 * size + 5);
  expect(costly.sizeFor(64, 0)).toBe(64);
});

test('BatchClimb of one record, or of none, never tries another', () => {
  for (const most of [0, 1]) {
    const climb = new BatchClimb(most, [4]);
    expect(runs(climb, 50, () => 1)).toEqual([]);
    expect(climb.limit).toBe(1);
  }
});
