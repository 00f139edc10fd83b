import { expect, test } from 'vitest';
import { LoadWindow } from './load-window.ts';

test('LoadWindow.average counts each look for the time since the one before', () => {
  const load = new LoadWindow(500, 10_000);
  expect(load.average).toBe(0);
  load.add(64, 1000);
  expect(load.average, 'one glance says nothing').toBe(0);
  load.add(10, 1100);
  expect(load.average).toBe((10 * 100) / 500);
  load.add(0, 1200);
  load.add(20, 1300);
  expect(load.average).toBe((10 * 100 + 20 * 100) / 500);
});

test('LoadWindow.average is of its last milliseconds only, though looks come late', () => {
  const load = new LoadWindow(500, 10_000);
  load.add(0, 0);
  for (let at = 100; at <= 1000; at += 100) load.add(8, at);
  expect(load.average).toBe(8);
  load.add(2, 1200);
  expect(load.average).toBe((8 * 300 + 2 * 200) / 500);
  load.add(3, 9000);
  expect(load.average, 'timers of a hidden page').toBe(3);
});

test('LoadWindow.highest is the highest average of the time that is kept, of any loads', () => {
  const load = new LoadWindow(300, 1000);
  const averages: { at: number; value: number }[] = [];
  let state = 11;
  for (let at = 0; at < 20_000; at += 40 + (state % 90)) {
    state = (state * 48_271) % 2_147_483_647;
    load.add(state % 17, at);
    averages.push({ at, value: load.average });
    const kept = averages.filter((one) => one.at >= at - 1000).map(({ value }) => value);
    expect(load.highest).toBe(Math.max(...kept));
  }
});
