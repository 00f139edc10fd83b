import { expect, test } from 'vitest';
import { tensor, type NamedTensors } from '../tensor.ts';
import { splitTensors, stackTensors } from './stack-tensors.ts';

test('stackTensors() puts records behind one another, of every kind of data', () => {
  const recordOf = (n: number): NamedTensors => ({
    pixels: tensor('float32', Float32Array.of(n, n + 0.5), [1, 2, 1]),
    ids: tensor('int64', BigInt64Array.of(BigInt(n)), [1, 1]),
    flag: tensor('bool', Uint8Array.of(n % 2), [1]),
    text: tensor('string', [`text ${n}`], [1]),
  });
  const stacked = stackTensors([recordOf(1), recordOf(2), recordOf(3)]);
  expect(stacked).toEqual({
    pixels: tensor('float32', Float32Array.of(1, 1.5, 2, 2.5, 3, 3.5), [3, 2, 1]),
    ids: tensor('int64', BigInt64Array.of(1n, 2n, 3n), [3, 1]),
    flag: tensor('bool', Uint8Array.of(1, 0, 1), [3]),
    text: tensor('string', ['text 1', 'text 2', 'text 3'], [3]),
  });
  expect(splitTensors(stacked, 3)).toEqual([recordOf(1), recordOf(2), recordOf(3)]);
});

test('stackTensors() counts what records bring that are several', () => {
  const stacked = stackTensors([
    { x: tensor('int32', Int32Array.of(1, 2), [2, 1]) },
    { x: tensor('int32', Int32Array.of(3), [1, 1]) },
  ]);
  expect(stacked['x']).toEqual(tensor('int32', Int32Array.of(1, 2, 3), [3, 1]));
});

test('splitTensors() gives each record a buffer of its own', () => {
  const [first, second] = splitTensors({ x: tensor('float32', Float32Array.of(1, 2), [2]) }, 2)!;
  expect(first!['x']!.data).toEqual(Float32Array.of(1));
  expect((first!['x']!.data as Float32Array).buffer).not.toBe((second!['x']!.data as Float32Array).buffer);
});

test('splitTensors() gives nothing where an output is not of the batch', () => {
  const y = tensor('float32', Float32Array.of(1, 2), [2, 1]);
  expect(splitTensors({ y, loss: tensor('float32', Float32Array.of(1), [1]) }, 2)).toBe(undefined);
  expect(splitTensors({ y, mean: tensor('float32', Float32Array.of(1), []) }, 2)).toBe(undefined);
});
