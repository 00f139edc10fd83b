import { expect, test } from 'vitest';
import fixture from '../../test/fixtures/resize/cases.json';
import { grayscale } from './grayscale.ts';

for (const [name, expected] of Object.entries(fixture.grey)) {
  test(`grayscale() equals Pillow for ${name}`, () => {
    const { data, ...size } = fixture.images[name as keyof typeof fixture.images];
    const grey = grayscale({ ...size, data: Buffer.from(data, 'base64') });
    expect({ ...grey, data: Buffer.from(grey.data).toString('base64') }).toEqual(expected);
  });
}

test('grayscale() keeps white white and black black', () => {
  const pixels = { data: Uint8Array.of(255, 255, 255, 0, 0, 0), width: 2, height: 1, channels: 3 };
  expect([...grayscale(pixels).data]).toEqual([255, 0]);
});

test('grayscale() gives memory of its own for grey pixels', () => {
  const pixels = { data: Uint8Array.of(1, 2), width: 2, height: 1, channels: 1 };
  const grey = grayscale(pixels);
  expect(grey).toEqual(pixels);
  expect(grey.data.buffer).not.toBe(pixels.data.buffer);
});

test.each([
  [8, 4],
  [5, 3],
  [3, 1],
])('grayscale() refuses %d bytes as 2 pixels of %d channels', (length, channels) => {
  const pixels = { data: new Uint8Array(length), width: 2, height: 1, channels };
  expect(() => grayscale(pixels)).toThrow(RangeError);
});
