import { expect, it } from 'vitest';
import { differenceOf } from '../../bench/same-answer.ts';

it('differenceOf() lets rounding pass, and no more', () => {
  expect(differenceOf([[0.5, 100]], [[0.5004, 100.05]], 1e-3)).toBeUndefined();
  expect(differenceOf([[0.5, 100]], [[0.502, 100]], 1e-3)).toBe('at 0: at 0: 0.5 is not 0.502');
});

it('differenceOf() sees what is missing, and what is no number', () => {
  expect(differenceOf([1, 2], [1, 2, 3], 1)).toBe('2 values are not 3');
  expect(differenceOf([Number.NaN], [1], 1e-3)).toContain('NaN is not 1');
  expect(differenceOf(undefined, [1], 1)).toContain('is not [1]');
});

it('differenceOf() compares texts to the letter, but for spaces around them', () => {
  expect(differenceOf(' Once upon', 'Once upon', 1)).toBeUndefined();
  expect(differenceOf('Once a time', 'Once upon', 1)).toBe('"Once a time" is not "Once upon"');
});

it('differenceOf() compares classes by their names: the best is the same, and scores are near', () => {
  const classes = (...pairs: readonly [string, number][]): object[] =>
    pairs.map(([label, score]) => ({ label, score }));
  const right = classes(['cat', 0.5], ['dog', 0.3], ['fox', 0.1], ['cow', 0.0999]);
  expect(
    differenceOf(classes(['cat', 0.5], ['dog', 0.3], ['cow', 0.0999], ['hen', 0.0998]), right, 1e-3),
  ).toBeUndefined();
  expect(differenceOf(classes(['cat', 0.4], ['dog', 0.3]), right, 1e-3)).toBe('"cat" has 0.4, not 0.5');
  expect(differenceOf(classes(['dog', 0.3], ['fox', 0.1]), right, 1e-3)).toBe('"cat" is not among the best');
});
