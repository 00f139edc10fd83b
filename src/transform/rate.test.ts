import { expect, test } from 'vitest';
import { Rate } from './rate.ts';

test('Rate is that of the last seconds, and knows nothing at first', () => {
  const rate = new Rate();
  expect(rate.perSecond).toBeUndefined();
  rate.add(0, 0, 0);
  expect(rate.perSecond).toBeUndefined();
  rate.add(1000, 100, 5000);
  expect(rate.perSecond).toEqual({ records: 100, bytes: 5000 });
  for (let second = 2; second <= 20; second++) rate.add(second * 1000, 100 + 10 * (second - 1), 5000);
  expect(rate.perSecond!.records).toBeCloseTo(10);
  rate.reset();
  rate.add(100_000, 300, 0);
  rate.add(101_000, 350, 0);
  expect(rate.perSecond!.records).toBe(50);
});
