import { expect, test } from 'vitest';
import fixture from '../../test/fixtures/image-processors/functions.json';
import type { Candidate, Corners } from './candidate.ts';
import { intersectionOverUnion, nms } from './nms.ts';

for (const { iou, boxes, scores, kept } of fixture.nms) {
  test(`nms() keeps what torchvision keeps at ${iou}`, () => {
    const candidates = boxes.map((box, i) => ({ box: box as unknown as Corners, label: 0, score: scores[i]! }));
    expect(nms(candidates, iou, false).map((one) => candidates.indexOf(one))).toEqual(kept);
  });
}

const left: Candidate = { box: [0, 0, 2, 1], label: 0, score: 0.9 };
const middle: Candidate = { box: [1, 0, 3, 1], label: 1, score: 0.8 };
const right: Candidate = { box: [2, 0, 4, 1], label: 0, score: 0.7 };

test('intersectionOverUnion() is a third for two boxes that share half', () => {
  expect(intersectionOverUnion(left.box, middle.box)).toBeCloseTo(1 / 3, 7);
  expect(intersectionOverUnion(left.box, right.box)).toBe(0);
  expect(intersectionOverUnion(left.box, left.box)).toBe(1);
});

test('nms() compares boxes of one label, or of all', () => {
  expect(nms([left, middle, right], 0.3, false)).toEqual([left, middle, right]);
  expect(nms([left, middle, right], 0.3, true)).toEqual([left, right]);
});

test('nms() suppresses nothing by what was suppressed itself', () => {
  expect(nms([{ ...middle, label: 0 }, left, right], 0.3, false)).toHaveLength(1);
  expect(nms([left, { ...middle, label: 0 }, right], 0.3, false)).toEqual([left, right]);
});

test('nms() keeps boxes of no area, whose overlap is not a number', () => {
  const dot: Candidate = { box: [1, 1, 1, 1], label: 0, score: 1 };
  expect(nms([dot, dot], 0.5, false)).toHaveLength(2);
});
