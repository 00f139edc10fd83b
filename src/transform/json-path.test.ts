import { expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { parseJsonPath } from './json-path.ts';

const record = {
  id: 7,
  text: 'hello',
  'odd name': 1,
  "it's": 2,
  labels: [
    { label: 'a', score: 0.75 },
    { label: 'b', score: 0.25 },
  ],
  deep: { er: { here: [1, [2, 3]] } },
  data: Float32Array.of(1, 2, 4),
  nothing: null,
};

test.each<[path: string, found: unknown]>([
  ['$', record],
  ['$.id', 7],
  ["$['id']", 7],
  ['$["odd name"]', 1],
  [String.raw`$['it\'s']`, 2],
  ['$.nothing', null],
  ['$.deep.er.here[1][0]', 2],
  ['$.labels[0].label', 'a'],
  ['$.labels[-1].label', 'b'],
  ['$.labels[*].score', [0.75, 0.25]],
  ['$.labels.*.label', ['a', 'b']],
  ['$.labels[0:1]', [{ label: 'a', score: 0.75 }]],
  ['$.labels[1:].label', ['b']],
  ['$.deep.er.here[0,1]', [1, [2, 3]]],
  ['$.data[-1]', 4],
  ['$.data[1:]', [2, 4]],
  ["$['id','text']", { id: 7, text: 'hello' }],
  ['$.["id", "text"]', { id: 7, text: 'hello' }],
  ["$['id','missing']", { id: 7 }],
  // Of a row, places are columns.
  ['$[0]', 7],
  ['$[0,2]', { id: 7, 'odd name': 1 }],
  ['$[:2]', { id: 7, text: 'hello' }],
  ['$.missing', undefined],
  ['$.id.deeper', undefined],
  ['$.labels[5]', undefined],
  ['$.labels[5:]', undefined],
  ['$.constructor', undefined],
  ['$.labels[*].missing', undefined],
])('parseJsonPath() %s', (path, found) => {
  expect(parseJsonPath(path, 'inputFilter')(record)).toEqual(found);
});

test.each([
  '',
  'id',
  '$id',
  '$.',
  '$..id',
  '$.a b',
  '$[',
  '$[]',
  "$['a]",
  '$[?(@.score > 0.5)]',
  '$[(@.length-1)]',
  '$[1:2:3]',
  "$['a',1]",
  "$['a','b'].c",
  '$[1.5]',
  '$.length()',
])('parseJsonPath() refuses %s by name', (path) => {
  expect(() => parseJsonPath(path, 'outputFilter')).toThrow(InputError);
  expect(() => parseJsonPath(path, 'outputFilter')).toThrow(/^outputFilter .*at character \d+/);
});
