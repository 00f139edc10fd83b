import { expect, test } from 'vitest';
import fixture from '../../test/fixtures/image-processors/functions.json';
import { moved, stretched, unchanged } from '../image-geometry.ts';
import { nearestCells, upsample } from './upsample.ts';

for (const { width, height, values, toWidth, toHeight, grown } of fixture.sizes) {
  test(`upsample() equals PyTorch's interpolate from ${width}x${height} to ${toWidth}x${toHeight}`, () => {
    // The size of the model's input between the two does not matter.
    const geometry = { x: stretched(unchanged(toWidth), 24), y: stretched(unchanged(toHeight), 32) };
    const got: number[] = [];
    upsample([{ values, start: 0 }], { width, height }, geometry, (row, seen) => {
      expect(seen.every((one) => one === 1)).toBe(true);
      got.push(...row);
    });
    expect(got).toHaveLength(grown.length);
    for (const [i, value] of got.entries()) expect(value).toBeCloseTo(grown[i]!, 5);
  });
}

test('upsample() lets nothing of the padding flow in', () => {
  const axis = moved(unchanged(4), 2, 8);
  const rows: number[][] = [];
  const values = [9, 9, 1, 2, 3, 4, 9, 9];
  upsample([{ values, start: 0 }], { width: 8, height: 1 }, { x: axis, y: unchanged(1) }, (row) => rows.push([...row]));
  expect(rows).toEqual([[1, 2, 3, 4]]);
  const coarse: number[][] = [];
  upsample([{ values: [9, 1, 3, 9], start: 0 }], { width: 4, height: 1 }, { x: axis, y: unchanged(1) }, (row) =>
    coarse.push([...row]),
  );
  expect(coarse).toEqual([[1, 1.5, 2.5, 3]]);
});

test('upsample() says which pixels were cropped away', () => {
  const axis = moved(unchanged(5), -1, 3);
  let shown: number[] = [];
  upsample([{ values: [1, 2, 3], start: 0 }], { width: 3, height: 1 }, { x: axis, y: unchanged(1) }, (_, seen) => {
    shown = [...seen];
  });
  expect(shown).toEqual([0, 1, 1, 1, 0]);
  expect([...nearestCells(axis, 3)]).toEqual([-1, 0, 1, 2, -1]);
});
