import { expect, test } from 'vitest';
import fixture from '../../test/fixtures/image-processors/functions.json';
import { pad, padSymmetric } from './pad.ts';

for (const { width, height, pixels, frame, color, symmetric } of fixture.pads) {
  const image = { data: Uint8Array.from(pixels), width, height, channels: 3 };
  const size = `${width}x${height} to ${frame.width}x${frame.height}`;
  test(`pad() equals NumPy from ${size}`, () => {
    const padded = pad(image, frame, [9, 8, 7]);
    expect(padded).toMatchObject({ width: frame.width, height: frame.height, channels: 3 });
    expect([...padded.data]).toEqual(color);
  });
  test(`padSymmetric() equals NumPy from ${size}`, () => {
    expect([...padSymmetric(image, frame).data]).toEqual(symmetric);
  });
}

const dot = { data: Uint8Array.of(5), width: 1, height: 1, channels: 1 };

test('pad() takes one color for all channels', () => {
  expect([...pad(dot, { width: 2, height: 2, left: 1, top: 0 }, [3]).data]).toEqual([3, 5, 3, 3]);
});

test.each([
  { width: 2, height: 2, left: 2, top: 0 },
  { width: 2, height: 2, left: 0, top: -1 },
  { width: 2, height: 0, left: 0, top: 0 },
  { width: 2.5, height: 2, left: 0, top: 0 },
])('pad() refuses %j', (frame) => {
  expect(() => pad(dot, frame, [0])).toThrow(RangeError);
  expect(() => padSymmetric(dot, frame)).toThrow(RangeError);
});
