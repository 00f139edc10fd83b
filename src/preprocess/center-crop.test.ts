import { expect, test } from 'vitest';
import { centerCrop } from './center-crop.ts';
import type { Pixels } from './resize.ts';

/** Pixel values 1, 2, 3, …, so that 0 is padding. */
function counting(width: number, height: number, channels = 1): Pixels {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => i + 1);
  return { data, width, height, channels };
}

function rows({ data, width, height, channels }: Pixels): number[][] {
  const row = width * channels;
  return Array.from({ length: height }, (_, y) => [...data.subarray(y * row, (y + 1) * row)]);
}

// Expected values: transformers 5.23.0, `center_crop(np.arange(1, n + 1).reshape(1, h, w), (height, width))`.
test('centerCrop() takes the middle of an even difference', () => {
  expect(rows(centerCrop(counting(4, 4), 2, 2))).toEqual([
    [6, 7],
    [10, 11],
  ]);
});

test('centerCrop() leaves the larger part of an odd difference on the right and below', () => {
  expect(rows(centerCrop(counting(5, 4), 2, 1))).toEqual([[7, 8]]);
});

test('centerCrop() pads an odd difference with more black on the left and above', () => {
  expect(rows(centerCrop(counting(2, 1), 5, 4))).toEqual([
    [0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0],
    [0, 0, 1, 2, 0],
    [0, 0, 0, 0, 0],
  ]);
});

test('centerCrop() pads one axis and crops the other', () => {
  expect(rows(centerCrop(counting(4, 1), 3, 2))).toEqual([
    [0, 0, 0],
    [1, 2, 3],
  ]);
});

test('centerCrop() keeps the channels of a pixel together', () => {
  expect(rows(centerCrop(counting(3, 1, 3), 1, 1))).toEqual([[4, 5, 6]]);
});

test('centerCrop() gives memory of its own for an unchanged size', () => {
  const pixels = counting(3, 2);
  const cropped = centerCrop(pixels, 3, 2);
  expect(rows(cropped)).toEqual(rows(pixels));
  expect(cropped.data.buffer).not.toBe(pixels.data.buffer);
});

test.each([0, -1, 1.5, NaN])('centerCrop() refuses a side of %d', (side) => {
  expect(() => centerCrop(counting(2, 2), side, 2)).toThrow(RangeError);
  expect(() => centerCrop(counting(2, 2), 2, side)).toThrow(RangeError);
});

test('centerCrop() refuses data of another length than its size', () => {
  expect(() => centerCrop({ ...counting(2, 2), height: 3 }, 1, 1)).toThrow(RangeError);
});
