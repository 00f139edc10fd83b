import { expect, test } from 'vitest';
import { checkQueryDocuments, distinctDocuments, rankDocuments } from './query-documents.ts';

test('rankDocuments() keeps the order of documents with equal scores', () => {
  const { scores, results } = rankDocuments([0.5, 0.7, 0.5, 0.7], ['a', 'b', 'c', 'd'], {});
  expect(scores).toEqual([0.5, 0.7, 0.5, 0.7]);
  expect(results.map(({ index }) => index)).toEqual([1, 3, 0, 2]);
});

test('rankDocuments() leaves out of the results what is under the least score, and keeps its score', () => {
  const { scores, results } = rankDocuments([-1, 0, 2], ['a', 'b', 'c'], { min: 0, topK: 3 });
  expect(scores).toEqual([-1, 0, 2]);
  expect(results).toEqual([
    { index: 2, score: 2, text: 'c' },
    { index: 1, score: 0, text: 'b' },
  ]);
});

test('checkQueryDocuments() names the hole in a list', () => {
  const documents: string[] = ['a', 'b'];
  documents.length = 3;
  expect(() => checkQueryDocuments({ query: 'q', documents })).toThrow('documents.2 is missing');
});

test('checkQueryDocuments() takes a text and one other as a query and its document', () => {
  expect(checkQueryDocuments({ text: 'a', textPair: 'b' })).toEqual({ query: 'a', documents: ['b'] });
});

test('rankDocuments() refuses NaN for a score', () => {
  expect(() => rankDocuments([0.5, NaN], ['a', 'b'], {})).toThrow(
    expect.objectContaining({ code: 'inference-failed' }),
  );
});

test('distinctDocuments() has each text once, and tells which of them a document is', () => {
  const { texts, places } = distinctDocuments(['b', 'a', 'b', '__proto__', 'a', 'b ']);
  expect(texts).toEqual(['b', 'a', '__proto__', 'b ']);
  expect(places).toEqual([0, 1, 0, 2, 1, 3]);
});
