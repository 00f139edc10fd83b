import { expect, test } from 'vitest';
import { tensor, tensorProblem } from './tensor.ts';

test('tensor() keeps the data it is given', () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  expect(tensor('float32', data, [2, 3]).data).toBe(data);
  expect(tensor('string', ['a'], []).dims).toEqual([]);
  expect(tensor('int4', Int8Array.of(1, 2), [3]).data).toHaveLength(2);
});

test('tensor() refuses what is no tensor', () => {
  expect(() => tensor('float32', [1] as never, [1])).toThrow(TypeError);
  expect(() => tensor('float32', new Float32Array(2), [3])).toThrow(RangeError);
  expect(() => tensor('constructor' as never, [] as never, [0])).toThrow(TypeError);
});

test.each([
  [null, ''],
  [{ type: 'int7', data: [], dims: [] }, 'type'],
  [{ type: 'int8', data: new Uint8Array(1), dims: [1] }, 'data'],
  [{ type: 'int8', data: new Int8Array(1), dims: [-1] }, 'dims'],
  [{ type: 'int8', data: new Int8Array(1), dims: 1 }, 'dims'],
])('tensorProblem() names the field at fault in %j', (value, field) => {
  expect(tensorProblem(value)?.field).toBe(field);
});
