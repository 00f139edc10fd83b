import { expect, test } from 'vitest';
import { shiftPlan, type TrafficRouting } from './shift-plan.ts';

test('shiftPlan() all-at-once has one step, which is watched for terminationWaitMs', () => {
  expect(shiftPlan({ type: 'all-at-once' }, 500)).toEqual([{ share: 1, waitMs: 500 }]);
});

test('shiftPlan() canary has a part first, then all', () => {
  expect(shiftPlan({ type: 'canary', canaryPercent: 5, waitIntervalMs: 1000 }, 0)).toEqual([
    { share: 0.05, waitMs: 1000 },
    { share: 1, waitMs: 0 },
  ]);
  expect(shiftPlan({ type: 'canary', canaryPercent: 100, waitIntervalMs: 1000 }, 7)).toEqual([{ share: 1, waitMs: 7 }]);
});

test.each([
  [25, [0.25, 0.5, 0.75, 1]],
  [30, [0.3, 0.6, 0.9, 1]],
  [100, [1]],
])('shiftPlan() linear by %d percent has the steps %j', (stepPercent, shares) => {
  const steps = shiftPlan({ type: 'linear', stepPercent, waitIntervalMs: 10 }, 20);
  expect(steps.map(({ share }) => share)).toEqual(shares);
  expect(steps.map(({ waitMs }) => waitMs)).toEqual([...shares.slice(1).map(() => 10), 20]);
});

test.each([
  [{ type: 'canary', canaryPercent: 0, waitIntervalMs: 0 }, 0, /canaryPercent is a number from 1 to 100, not 0/],
  [{ type: 'canary', canaryPercent: 10, waitIntervalMs: -1 }, 0, /waitIntervalMs/],
  [{ type: 'linear', stepPercent: NaN, waitIntervalMs: 0 }, 0, /stepPercent/],
  [{ type: 'linear', stepPercent: 101, waitIntervalMs: 0 }, 0, /stepPercent/],
  [{ type: 'all-at-once' }, Infinity, /terminationWaitMs/],
  [{ type: 'rolling', waitIntervalMs: 0 }, 0, /"all-at-once", "canary" or "linear", not "rolling"/],
])('shiftPlan() refuses %j, %d', (routing, terminationWaitMs, message) => {
  expect(() => shiftPlan(routing as TrafficRouting, terminationWaitMs)).toThrow(message);
});
