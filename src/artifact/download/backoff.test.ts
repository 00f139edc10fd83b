import { afterEach, expect, test, vi } from 'vitest';
import { pause, retryAfterMs, waitMs } from './backoff.ts';

const now = Date.UTC(2025, 10, 22, 12);
const backoff = { baseMs: 500, mostMs: 30_000 };

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('waitMs() doubles its bound up to 30 s, and waits any part of it', () => {
  const bounds = [1, 2, 3, 7, 50, 5000].map((attempt) => waitMs(backoff, attempt, undefined, () => 1));
  expect(bounds).toEqual([500, 1000, 2000, 30_000, 30_000, 30_000]);
  expect(waitMs(backoff, 3, undefined, () => 0)).toBe(0);
  expect(waitMs(backoff, 3, undefined, () => 0.25)).toBe(500);
});

test('waitMs() does as the server says, for two minutes at most', () => {
  expect(waitMs(backoff, 1, 7000)).toBe(7000);
  expect(waitMs(backoff, 1, 86_400_000)).toBe(120_000);
});

test.each([
  ['7', 7000],
  [' 0 ', 0],
  ['Sat, 22 Nov 2025 12:00:09 GMT', 9000],
  ['Sat, 22 Nov 2025 11:00:00 GMT', 0],
  ['soon', undefined],
  [null, undefined],
])('retryAfterMs() reads %o', (value, expected) => {
  expect(retryAfterMs(value, now)).toBe(expected);
});

test('pause() ends when its time is over, and at once when it is aborted', async () => {
  vi.useFakeTimers();
  let ended = false;
  const waiting = pause(1000, undefined).then(() => (ended = true));
  await vi.advanceTimersByTimeAsync(999);
  expect(ended).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await waiting;
  const controller = new AbortController();
  const aborted = pause(1000, controller.signal);
  controller.abort('enough');
  await expect(aborted).rejects.toBe('enough');
  await expect(pause(1000, controller.signal)).rejects.toBe('enough');
  expect(vi.getTimerCount()).toBe(0);
});

test('pause() ends when the device is online again, and only if it was not', async () => {
  vi.useFakeTimers();
  const scope = new EventTarget();
  vi.stubGlobal('addEventListener', scope.addEventListener.bind(scope));
  vi.stubGlobal('removeEventListener', scope.removeEventListener.bind(scope));
  for (const onLine of [false, true]) {
    vi.stubGlobal('navigator', { onLine });
    let ended = false;
    const waiting = pause(1000, undefined).then(() => (ended = true));
    scope.dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(0);
    expect(ended).toBe(!onLine);
    await vi.advanceTimersByTimeAsync(1000);
    await waiting;
  }
  expect(vi.getTimerCount()).toBe(0);
});

test('pause() needs nothing that a worker may lack', async () => {
  for (const name of ['navigator', 'addEventListener', 'removeEventListener']) vi.stubGlobal(name, undefined);
  await pause(1, new AbortController().signal);
});
