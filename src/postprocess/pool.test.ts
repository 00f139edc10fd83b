import { expect, test } from 'vitest';
import { pool } from './pool.ts';

/** Four tokens of two numbers; the middle two count. */
const states = { data: [9, -9, 1, 2, 4, 8, 70, 70], dims: [1, 4, 2] };
const bothSides = [0, 1, 1, 0];

test('pool() averages the tokens that are not padding', () => {
  expect(pool(states, 'mean', bothSides)).toEqual(Float32Array.of(2.5, 5));
  expect(pool(states, 'mean')).toEqual(Float32Array.of(21, 17.75));
});

test('pool() takes the first and the last token that count, on whichever side the padding is', () => {
  expect(pool(states, 'cls', [1, 1, 1, 0])).toEqual(Float32Array.of(9, -9));
  expect(pool(states, 'cls', [0, 1, 1, 1])).toEqual(Float32Array.of(1, 2));
  expect(pool(states, 'last-token', [1, 1, 1, 0])).toEqual(Float32Array.of(4, 8));
  expect(pool(states, 'last-token', [0, 1, 1, 1])).toEqual(Float32Array.of(70, 70));
  expect(pool(states, 'last-token', bothSides)).toEqual(Float32Array.of(4, 8));
});

test('pool() gives zeros where no token counts', () => {
  for (const by of ['mean', 'cls', 'last-token'] as const) {
    expect(pool(states, by, [0, 0, 0, 0])).toEqual(new Float32Array(2));
  }
});

test('pool() averages the places of a picture, channel by channel', () => {
  expect(pool({ data: [1, 2, 3, 6, -1, -1, -1, -2], dims: [1, 2, 2, 2] }, 'cls')).toEqual(Float32Array.of(3, -1.25));
});

test('pool() passes one vector through, in memory of its own', () => {
  const data = Float32Array.of(3, 1, 2);
  const pooled = pool({ data, dims: [1, 3] }, 'mean');
  expect(pooled).toEqual(data);
  expect(pooled.buffer).not.toBe(data.buffer);
  expect(pool({ data, dims: [1, 3, 1, 1] }, 'mean')).toEqual(data);
});

test('pool() refuses several inputs, other shapes and a mask of another length', () => {
  expect(() => pool({ data: [1, 2], dims: [2, 1] }, 'mean')).toThrow('[2, 1]: it is not of one input');
  expect(() => pool({ data: [1], dims: [1] }, 'mean')).toThrow(RangeError);
  expect(() => pool({ data: [1], dims: [1, 1, 1, 1, 1] }, 'mean')).toThrow(RangeError);
  expect(() => pool(states, 'mean', [1, 1, 1])).toThrow('the mask is of 3 tokens');
});
