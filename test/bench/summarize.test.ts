import { expect, it } from 'vitest';
import { quantile, ratiosOf, summarize } from '../../bench/report/summarize.ts';

it('summarize() gives the median and the quartiles, as numpy.quantile() does', () => {
  expect(summarize([7, 1, 3, 5])).toEqual({ median: 4, low: 2.5, high: 5.5, count: 4 });
  expect(summarize([10, 2, 8, 4, 6, 12, 14])).toEqual({ median: 8, low: 5, high: 11, count: 7 });
  expect(summarize([3])).toEqual({ median: 3, low: 3, high: 3, count: 1 });
});

it('summarize() of nothing is not a number', () => {
  expect(summarize([]).median).toBeNaN();
});

it('quantile() sorts by size, and leaves what it was given as it was', () => {
  const numbers = [100, 9, 20];
  expect(quantile(numbers, 0.5)).toBe(20);
  expect(quantile(numbers, 1)).toBe(100);
  expect(quantile(numbers, 0)).toBe(9);
  expect(numbers).toEqual([100, 9, 20]);
});

it('ratiosOf() divides within a round, and leaves out rounds that one of both has not', () => {
  expect(ratiosOf([2, 9, 5], [1, 3])).toEqual([2, 3]);
  expect(ratiosOf([2, Number.NaN, 4], [1, 1, 0])).toEqual([2]);
});
