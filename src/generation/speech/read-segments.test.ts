import { describe, expect, test } from 'vitest';
import { readSegments } from './read-segments.ts';

const first = 100;
const length = 50;
const at = (step: number): number => first + step;
const read = (...tokens: number[]): ReturnType<typeof readSegments> => readSegments(tokens, first, length);

describe('readSegments()', () => {
  test('cuts between two times in a row, and goes on where the last words broke off', () => {
    expect(read(at(0), 1, 2, at(10), at(12), 3, at(30), at(30), 4, 5)).toEqual({
      segments: [
        { tokens: [1, 2], start: 0, end: 10 },
        { tokens: [3], start: 12, end: 30 },
      ],
      advance: 30,
    });
  });

  test('takes the whole window after a time that stands alone at the end', () => {
    expect(read(at(0), 1, at(10), at(12), 2, at(30))).toEqual({
      segments: [
        { tokens: [1], start: 0, end: 10 },
        { tokens: [2], start: 12, end: 30 },
      ],
      advance: length,
    });
  });

  test('takes what has no pair of times for one segment', () => {
    expect(read(at(3), 1, 2, at(20))).toEqual({ segments: [{ tokens: [1, 2], start: 3, end: 20 }], advance: length });
    expect(read(at(3), 1, 2)).toEqual({ segments: [{ tokens: [1, 2], start: 3, end: length }], advance: length });
    expect(read(at(0))).toEqual({ segments: [{ tokens: [], start: 0, end: length }], advance: length });
    expect(read()).toEqual({ segments: [{ tokens: [], start: 0, end: length }], advance: length });
  });

  test('always goes on', () => {
    expect(read(at(0), at(0), 1, 2).advance).toBe(length);
  });

  test('ends no later than the window does', () => {
    expect(read(at(0), 1, at(80), at(80), 2)).toEqual({
      segments: [{ tokens: [1], start: 0, end: length }],
      advance: length,
    });
  });
});
