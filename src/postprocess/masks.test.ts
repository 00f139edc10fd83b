import { expect, test } from 'vitest';
import { moved, unchanged, type ImageGeometry } from '../image-geometry.ts';
import { instanceMasks, type InstanceRules } from './instances.ts';
import { foregroundMask, labelMasks, semanticMasks } from './masks.ts';

/** One row, of which the model saw all but the first and the last pixel. */
const cropped: ImageGeometry = { x: moved(unchanged(5), -1, 3), y: unchanged(1) };
const grid = { width: 3, height: 1 };

test('foregroundMask() takes what is above the threshold, of logits or of probabilities', () => {
  const channel = { values: [0, 2, -2], start: 0 };
  const data = (isLogit: boolean, min: number): number[] => [
    ...foregroundMask(channel, grid, cropped, { isLogit, min }).data,
  ];
  expect(data(true, 0.5)).toEqual([0, 0, 255, 0, 0]);
  expect(data(true, 0.4)).toEqual([0, 255, 255, 0, 0]);
  expect(data(false, -0.1)).toEqual([0, 255, 255, 0, 0]);
  expect(data(false, -9)).toEqual([0, 255, 255, 255, 0]);
});

test('semanticMasks() gives each pixel that was seen its likeliest label, the first of equal ones', () => {
  const channels = [
    { values: [1, 5, 3], start: 0 },
    { values: [1, 2, 4], start: 0 },
  ];
  const masks = semanticMasks(channels, grid, cropped).map(({ label, mask }) => [label, Array.from(mask.data)]);
  expect(masks).toEqual([
    [0, [0, 255, 255, 0, 0]],
    [1, [0, 0, 0, 255, 0]],
  ]);
});

test('labelMasks() takes labels as they are, by their number', () => {
  const masks = labelMasks([7, 0, 7], grid, cropped).map(({ label, mask }) => [label, Array.from(mask.data)]);
  expect(masks).toEqual([
    [0, [0, 0, 255, 0, 0]],
    [7, [0, 255, 0, 255, 0]],
  ]);
});

// Two queries of one label, softmax 0.9 and 0.8; probabilities of their masks: 0.9 0.9 0.1 0.1 and 0.1 0.9 0.9 0.5.
const logit = (p: number): number => Math.log(p / (1 - p));
const queries = { values: [logit(0.9), 0, logit(0.8), 0], labels: 2 };
const masks = [0.9, 0.9, 0.1, 0.1, 0.1, 0.9, 0.9, 0.5].map(logit);
const row: ImageGeometry = { x: unchanged(4), y: unchanged(1) };

function instances(rules: Partial<InstanceRules>): [number, number[]][] {
  const all = { min: 0.5, maskMin: 0.5, overlapMin: 0, fuse: [], ...rules };
  return instanceMasks(queries, masks, { width: 4, height: 1 }, row, all).map(({ score, mask }) => [
    Math.round(score! * 10),
    Array.from(mask.data),
  ]);
}

test.each<[string, Partial<InstanceRules>, [number, number[]][]]>([
  [
    'the likelier query',
    {},
    [
      [9, [255, 255, 0, 0]],
      [8, [0, 0, 255, 255]],
    ],
  ],
  // The second has two pixels of its own above 0.5, and gets two; above 0.3 it has three.
  [
    'more of a query than the share that it must keep',
    { overlapMin: 0.9 },
    [
      [9, [255, 255, 0, 0]],
      [8, [0, 0, 255, 255]],
    ],
  ],
  ['less of its own area', { overlapMin: 0.9, maskMin: 0.3 }, [[9, [255, 255, 0, 0]]]],
  ['queries above a score', { min: 0.85 }, [[9, [255, 255, 255, 255]]]],
  ['one segment of a label that is fused', { fuse: [0] }, [[9, [255, 255, 255, 255]]]],
  ['nothing', { min: 0.95 }, []],
])('instanceMasks() gives a pixel to %s', (_, rules, expected) => {
  expect(instances(rules)).toEqual(expected);
});
