import { expect, test } from 'vitest';
import { chooseThreads } from './device.ts';

test.each([
  ['half the cores', undefined, true, 8, 4],
  ['four at the most', undefined, true, 32, 4],
  ['one of two cores', undefined, true, 2, 1],
  ['no more than the device has', 8, true, 2, 2],
  ['what was asked for', 3, true, 8, 3],
  ['one where the page is not isolated', 4, false, 8, 1],
  ['one when one was asked for', 1, true, 8, 1],
])('chooseThreads() gives %s', (_, wanted, crossOriginIsolated, cores, threads) => {
  expect(chooseThreads(wanted, { crossOriginIsolated, cores }).threads).toBe(threads);
});
