import { expect, test } from 'vitest';
import { longestWaitMs, retryWaitMs } from './retry-wait.ts';

test('retryWaitMs() doubles from half a second on, and never exceeds a minute', () => {
  const most = [1, 2, 3, 4, 8, 50].map((attempts) => retryWaitMs(attempts, () => 1));
  expect(most).toEqual([500, 1000, 2000, 4000, longestWaitMs, longestWaitMs]);
});

test('retryWaitMs() is a random part of the later half', () => {
  expect(retryWaitMs(3, () => 0)).toBe(1000);
  expect(retryWaitMs(3, () => 0.5)).toBe(1500);
});
