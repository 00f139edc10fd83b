import { expect, test } from 'vitest';
import fixture from '../../test/fixtures/resize/cases.json';
import { resize } from './resize.ts';
import type { Pixels } from './resize.ts';
import type { ResizeFilter } from '../manifest/index.ts';

interface Encoded {
  width: number;
  height: number;
  channels: number;
  data: string;
}

const images: Record<string, Encoded> = fixture.images;

function decode({ data, ...size }: Encoded): Pixels {
  return { ...size, data: new Uint8Array(Buffer.from(data, 'base64')) };
}

function image(name: string): Pixels {
  return decode(images[name]!);
}

function maxDifference(a: Pixels, b: Pixels): number {
  const differences = Array.from(a.data, (value, i) => Math.abs(value - b.data[i]!));
  return Math.max(...differences);
}

for (const expected of fixture.resized) {
  const source = image(expected.image);
  const { width, height, filter } = expected;
  const sizes = `${source.width}x${source.height} → ${width}x${height}`;
  test(`resize() equals Pillow for ${filter} ${sizes}, ${expected.image}`, () => {
    const resized = resize(source, width, height, filter as ResizeFilter);
    expect(resized).toMatchObject({ width, height, channels: expected.channels });
    expect(resized.data).toHaveLength(width * height * expected.channels);
    expect(maxDifference(resized, decode(expected))).toBe(0);
  });
}

test('resize() gives memory of its own for an unchanged size', () => {
  const source = image('noise');
  const resized = resize(source, source.width, source.height, 'bilinear');
  expect(resized.data.buffer).not.toBe(source.data.buffer);
  expect(maxDifference(resized, source)).toBe(0);
});

test('resize() leaves the pixels given to it as they were', () => {
  const source = image('noise');
  resize(source, 7, 7, 'lanczos');
  expect(source).toEqual(image('noise'));
});

test('resize() reads clamped pixels and those in the middle of a buffer alike', () => {
  const source = image('noise');
  const padded = new Uint8ClampedArray(source.data.length + 5);
  padded.set(source.data, 5);
  const resized = resize({ ...source, data: padded.subarray(5) }, 24, 29, 'bicubic');
  expect(maxDifference(resized, resize(source, 24, 29, 'bicubic'))).toBe(0);
});

test.each([0, -1, 1.5, NaN, Infinity])('resize() refuses a side of %d', (side) => {
  expect(() => resize(image('noise'), side, 4, 'box')).toThrow(RangeError);
  expect(() => resize(image('noise'), 4, side, 'nearest')).toThrow(RangeError);
  const source = { data: new Uint8Array(0), width: side, height: 1, channels: 1 };
  expect(() => resize(source, 4, 4, 'box')).toThrow(RangeError);
});

test.each([0, 2, 4])('resize() refuses %d channels', (channels) => {
  const source = { data: new Uint8Array(16 * channels), width: 4, height: 4, channels };
  expect(() => resize(source, 2, 2, 'bilinear')).toThrow('only 1 or 3');
});

test('resize() refuses data of another length than its size', () => {
  const source = { data: new Uint8Array(47), width: 4, height: 4, channels: 3 };
  expect(() => resize(source, 2, 2, 'bilinear')).toThrow(/48 bytes, got 47/);
});
