import { expect, test } from 'vitest';
import { l2Normalize } from './l2-normalize.ts';

test('l2Normalize() gives the same direction and length 1', () => {
  expect(l2Normalize(Float32Array.of(3, 0, -4))).toEqual(Float32Array.of(0.6, 0, -0.8));
});

test('l2Normalize() leaves zeros as they are, and the vector given to it', () => {
  const vector = Float32Array.of(0, 0);
  expect(l2Normalize(vector)).toEqual(Float32Array.of(0, 0));
  const other = Float32Array.of(2);
  expect(l2Normalize(other)).toEqual(Float32Array.of(1));
  expect(other).toEqual(Float32Array.of(2));
});

test('l2Normalize() does not overflow where squares pass the largest float32', () => {
  expect(l2Normalize(Float32Array.of(3 * 2 ** 100, 4 * 2 ** 100))).toEqual(Float32Array.of(0.6, 0.8));
});
