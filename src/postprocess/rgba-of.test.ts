import { expect, test } from 'vitest';
import { rgbaOf } from './rgba-of.ts';

const row = (width: number): { channels: number; width: number; height: number; channelsLast: boolean } => ({
  channels: 1,
  width,
  height: 1,
  channelsLast: false,
});

test('rgbaOf() cuts to a byte and rounds ties to even, as NumPy', () => {
  const values = [-3, 0.5, 1.5, 2.5, 254.5, 255.4, 1e9, NaN];
  const rgba = rgbaOf(values, row(8), [], { left: 0, top: 0, width: 8, height: 1 });
  const reds = values.map((_, i) => rgba[i * 4]);
  expect(reds).toEqual([0, 0, 2, 2, 254, 255, 255, 0]);
  expect(rgba.slice(4, 8)).toEqual(Uint8ClampedArray.of(0, 0, 0, 255));
});

test('rgbaOf() takes a part, channels first and last alike', () => {
  // Pixels 0 to 5 in two rows; channel c of pixel p is 10 p + c.
  const first = [0, 1, 2].flatMap((c) => [0, 1, 2, 3, 4, 5].map((p) => 10 * p + c));
  const last = [0, 1, 2, 3, 4, 5].flatMap((p) => [0, 1, 2].map((c) => 10 * p + c));
  const part = { left: 1, top: 1, width: 2, height: 1 };
  const image = { channels: 3, width: 3, height: 2 };
  const expected = [40, 41, 42, 255, 50, 51, 52, 255];
  expect([...rgbaOf(first, { ...image, channelsLast: false }, [], part)]).toEqual(expected);
  expect([...rgbaOf(last, { ...image, channelsLast: true }, [], part)]).toEqual(expected);
});

test('rgbaOf() takes a factor and an offset a channel, one step after the other', () => {
  const steps = [
    { factor: [1, 2, 3], offset: [1] },
    { factor: [10], offset: [0, 0, 5] },
  ];
  const image = { channels: 3, width: 1, height: 1, channelsLast: false };
  const rgba = rgbaOf([1, 2, 3], image, steps, { left: 0, top: 0, width: 1, height: 1 });
  expect([...rgba]).toEqual([20, 50, 105, 255]);
});
