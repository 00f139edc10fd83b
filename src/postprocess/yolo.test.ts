import { expect, test } from 'vitest';
import { readYolo, yoloLayout } from './yolo.ts';

test.each<[number[], number, boolean | undefined, object | undefined]>([
  [[1, 84, 8400], 80, undefined, { attributesFirst: true, objectness: false, candidates: 8400 }],
  [[1, 25200, 85], 80, undefined, { attributesFirst: false, objectness: true, candidates: 25200 }],
  [[1, 8400, 84], 80, undefined, { attributesFirst: false, objectness: false, candidates: 8400 }],
  [[1, 85, 8400], 80, undefined, { attributesFirst: true, objectness: true, candidates: 8400 }],
  [[25200, 6], 1, undefined, { attributesFirst: false, objectness: true, candidates: 25200 }],
  [[1, 84, 8400], 0, undefined, { attributesFirst: true, objectness: false, candidates: 8400 }],
  [[1, 25200, 85], 0, undefined, { attributesFirst: false, objectness: true, candidates: 25200 }],
  // As many candidates as there are attributes: the usual layout of each kind.
  [[1, 8, 8], 4, undefined, { attributesFirst: true, objectness: false }],
  [[1, 8, 8], 3, undefined, { attributesFirst: false, objectness: true }],
  [[1, 8, 8], 3, true, { attributesFirst: false, objectness: true }],
  [[1, 84, 8400], 80, true, undefined],
  [[1, 84, 8400], 79, false, undefined],
  [[1, 84, 20, 20], 80, undefined, undefined],
  [[2, 84, 8400], 80, undefined, undefined],
  [[1, 4, 100], 0, undefined, undefined],
])('yoloLayout() reads %j with %d labels', (dims, labels, objectness, layout) => {
  if (layout) expect(yoloLayout(dims, labels, objectness)).toMatchObject(layout);
  else expect(yoloLayout(dims, labels, objectness)).toBeUndefined();
});

test('readYolo() multiplies by the objectness and keeps what is above the threshold', () => {
  const layout = { candidates: 2, attributes: 7, attributesFirst: false, objectness: true };
  const values = [10, 20, 4, 6, 0.5, 0.25, 1, 1, 1, 2, 2, 0.5, 1, 0.5];
  expect(readYolo(values, layout, 0.25)).toEqual([
    { box: [8, 17, 12, 23], label: 1, score: 0.5 },
    { box: [0, 0, 2, 2], label: 0, score: 0.5 },
  ]);
  expect(readYolo(values, layout, 0.5)).toEqual([]);
});

test('readYolo() takes the first of labels that are equally likely', () => {
  const layout = { candidates: 1, attributes: 7, attributesFirst: true, objectness: false };
  expect(readYolo([1, 1, 2, 2, 0.1, 0.6, 0.6], layout, 0.5)).toMatchObject([{ label: 1 }]);
});
