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

test('nms() of 25,200 boxes of one label takes no time', { timeout: 2000 }, () => {
  let seed = 1;
  const random = (): number => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32;
  const many = Array.from({ length: 25_200 }, (_, i): Candidate => {
    const [x, y] = [Math.fround(random() * 600), Math.fround(random() * 600)];
    const corners = [x, y, x + random() * 60, y + random() * 60].map(Math.fround) as unknown as Corners;
    return { box: corners, label: i % 80, score: 1 - i / 25_200 };
  });
  const kept = nms(many, 0.45, true);
  expect(kept.length).toBeGreaterThan(1000);
  // What `intersectionOverUnion()` says of a sample of them.
  const first = many.slice(0, 2000);
  const slow: Candidate[] = [];
  for (const one of first) {
    if (slow.every(({ box }) => !(intersectionOverUnion(box, one.box) > 0.45))) slow.push(one);
  }
  expect(nms(first, 0.45, true)).toEqual(slow);
});
