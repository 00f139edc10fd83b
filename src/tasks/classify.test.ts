import { expect, test } from 'vitest';
import { InferenceError } from '../errors.ts';
import type { ScoreStep } from '../manifest/index.ts';
import { tensor, type Tensor } from '../tensor.ts';
import { classify, labelNumbers, rank, type Classification } from './classify.ts';

const labels = ['a', 'b', 'c'];

function answerOf(logits: Tensor, ...postprocess: ScoreStep[]): Classification {
  return classify({ logits }, { manifest: { labels, postprocess, results: {} } as never }, {});
}

function floats(dims: number[], ...values: number[]): Tensor {
  return tensor('float32', Float32Array.from(values), dims);
}

test.each<[string, ScoreStep[], number[]]>([
  ['no step', [], [NaN, 0, 1]],
  ['softmax', [{ step: 'softmax' }], [NaN, 0, 1]],
  ['softmax of nothing but -∞', [{ step: 'softmax' }], [-Infinity, -Infinity, -Infinity]],
  ['softmax of an overflow', [{ step: 'softmax' }], [Infinity, 0, 0]],
  ['sigmoid', [{ step: 'sigmoid' }], [0, 0, NaN]],
  ['threshold', [{ step: 'threshold', min: 0.5 }], [0.75, NaN, 0]],
  ['top-k', [{ step: 'top-k', k: 1 }], [1, 0, NaN]],
])('classify() refuses NaN: %s', (_, steps, values) => {
  expect(() => answerOf(floats([1, 3], ...values), ...steps)).toThrow(InferenceError);
  expect(() => answerOf(floats([1, 3], ...values), ...steps)).toThrow('The model gave NaN');
});

test('classify() takes -∞ for a label that is masked', () => {
  expect(answerOf(floats([1, 3], 0, -Infinity, 0), { step: 'softmax' }).labels).toEqual([
    { label: 'a', score: 0.5 },
    { label: 'c', score: 0.5 },
    { label: 'b', score: 0 },
  ]);
});

test('labelNumbers() takes one row, whatever stands around it, and nothing else', () => {
  expect(labelNumbers(floats([1, 3, 1, 1], 1, 2, 3))).toEqual(Float32Array.of(1, 2, 3));
  expect(labelNumbers(floats([], 1))).toEqual(Float32Array.of(1));
  expect(() => labelNumbers(floats([1, 2, 3], 1, 2, 3, 4, 5, 6))).toThrow('[1, 2, 3] where a classifier gives');
  expect(() => labelNumbers(floats([2, 3], 1, 2, 3, 4, 5, 6))).toThrow(InferenceError);
  expect(() => labelNumbers(floats([1, 0]))).toThrow(InferenceError);
  expect(() => labelNumbers(tensor('string', ['a'], [1, 1]))).toThrow('The model gave strings');
});

test('rank() of sound numbers gives the likeliest first', () => {
  expect(rank([1, 3, 2], labels, [], 2)).toEqual([
    { label: 'b', score: 3 },
    { label: 'c', score: 2 },
  ]);
});

test.each([0, 1, 5, 64, 65, 1000])(
  'rank() picks the %i highest of many, equal ones in the order of the labels',
  (k) => {
    const names = Array.from({ length: 1000 }, (_, i) => `label ${i}`);
    // Ten of each.
    const scores = names.map((_, i) => Math.round(50 * (1 + Math.sin(i * i))) / 100);
    const sorted = names.map((label, i) => ({ label, score: scores[i]! })).toSorted((a, b) => b.score - a.score);
    expect(rank(scores, names, [], k)).toEqual(sorted.slice(0, k));
    const above = sorted.filter(({ score }) => score >= 0.75).slice(0, k);
    expect(rank(scores, names, [{ step: 'threshold', min: 0.75 }], k)).toEqual(above);
  },
);
