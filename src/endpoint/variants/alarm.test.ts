import { expect, test } from 'vitest';
import { CallTally, completeAlarms, raisedAlarm, type Alarms } from './alarm.ts';

/** The alarm of calls that took so long, of which the first ones failed. */
function alarmOf(alarms: Alarms, ms: readonly number[], errors: number = 0): string | undefined {
  const all = completeAlarms(alarms);
  const tally = new CallTally(all.latencyMs);
  for (const one of ms) tally.add(one);
  tally.errors = errors;
  return raisedAlarm(tally, all);
}

const calls = (count: number, ms: number): number[] => Array.from({ length: count }, () => ms);

test('raisedAlarm() says nothing before minCalls', () => {
  expect(alarmOf({ minCalls: 10 }, calls(9, 1), 9)).toBeUndefined();
  expect(alarmOf({ minCalls: 10 }, calls(10, 1), 9)).toMatch(/failed at 9 of 10 calls, and alarms.errorRate is 0.05/);
});

test('raisedAlarm() is raised above the rate of errors, and not at it', () => {
  expect(alarmOf({ errorRate: 0.1 }, calls(20, 1), 2)).toBeUndefined();
  expect(alarmOf({ errorRate: 0.1 }, calls(20, 1), 3)).toBeDefined();
  expect(alarmOf({ errorRate: 0 }, calls(1000, 1), 1)).toBeDefined();
  expect(alarmOf({ errorRate: 1 }, calls(1000, 1), 1000)).toBeUndefined();
});

test.each([10, 99, 100, 101, 199, 200, 201, 1000])(
  'raisedAlarm() is raised for %d calls where their 99th percentile is above latencyMs',
  (count) => {
    for (let late = 0; late <= Math.min(20, count); late++) {
      const ms = [...calls(late, 501), ...calls(count - late, 500)];
      const sorted = ms.toSorted((a, b) => a - b);
      const p99 = sorted[Math.ceil(0.99 * count) - 1]!;
      expect(alarmOf({ latencyMs: 500 }, ms) !== undefined, `${late} of ${count}`).toBe(p99 > 500);
    }
  },
);

test('completeAlarms() refuses what is no rate, time or number', () => {
  expect(() => completeAlarms({ errorRate: 5 })).toThrow(RangeError);
  expect(() => completeAlarms({ latencyMs: 0 })).toThrow(RangeError);
  expect(() => completeAlarms({ minCalls: NaN })).toThrow(RangeError);
});
