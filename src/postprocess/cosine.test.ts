import { expect, test } from 'vitest';
import { cosine } from './cosine.ts';

test('cosine() is that of the angle, whatever the lengths', () => {
  expect(cosine([1, 0], [5, 5])).toBeCloseTo(Math.SQRT1_2, 12);
  expect(cosine([1, 2, 3], [-2, -4, -6])).toBe(-1);
  expect(cosine([0, 2], [3, 0])).toBe(0);
});

test('cosine() of equal vectors never passes 1', () => {
  for (let seed = 1; seed < 200; seed++) {
    const vector = Float32Array.from({ length: 7 }, (_, i) => Math.sin(seed * (i + 1)));
    expect(cosine(vector, vector)).toBeLessThanOrEqual(1);
    expect(cosine(vector, vector)).toBeCloseTo(1, 12);
  }
});

test('cosine() is 0 where one vector is all zeros', () => {
  expect(cosine([0, 0], [1, 2])).toBe(0);
});

test('cosine() refuses vectors of different lengths', () => {
  expect(() => cosine([1], [1, 2])).toThrow(RangeError);
});
