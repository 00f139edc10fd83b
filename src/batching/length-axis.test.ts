import { expect, test } from 'vitest';
import type { TensorInfo } from '../runtime/session.ts';
import { tensor, type NamedTensors } from '../tensor.ts';
import { findLengthAxis, padRecords } from './length-axis.ts';

type Shape = TensorInfo['shape'];

function infosOf(shapes: Readonly<Record<string, Shape>>, type: TensorInfo['type'] = 'int64'): TensorInfo[] {
  return Object.entries(shapes).map(([name, shape]) => ({ name, type, shape }));
}

function axisOf(inputs: Readonly<Record<string, Shape>>, outputs: Readonly<Record<string, Shape>>) {
  const fed = infosOf(inputs);
  return findLengthAxis((role) => fed.find(({ name }) => name === role), fed, infosOf(outputs, 'float32'));
}

const text = { input_ids: ['batch', 'length'], attention_mask: ['batch', 'length'] } satisfies Record<string, Shape>;

function recordOf(...ids: number[]): NamedTensors {
  return {
    input_ids: tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]),
    attention_mask: tensor('int64', new BigInt64Array(ids.length).fill(1n), [1, ids.length]),
  };
}

test('findLengthAxis() finds it where a mask says which tokens count', () => {
  const axis = axisOf(text, { logits: ['batch', 2], last_hidden_state: ['batch', 'length', 32] })!;
  expect([...axis.fills.keys()]).toEqual(['input_ids', 'attention_mask']);
  expect([...axis.outputs]).toEqual(['last_hidden_state']);
});

test('findLengthAxis() knows inputs by their role, whatever a model calls them', () => {
  const fed = infosOf({ ids: ['n', 's'], mask: ['n', 's'] });
  const roles: Record<string, string> = { input_ids: 'ids', attention_mask: 'mask' };
  const axis = findLengthAxis((role) => fed.find(({ name }) => name === roles[role]), fed, []);
  expect([...axis!.fills.keys()]).toEqual(['ids', 'mask']);
});

test('findLengthAxis() finds none where it cannot be told', () => {
  const logits = { logits: ['batch', 2] } satisfies Record<string, Shape>;
  expect(axisOf({ input_ids: ['batch', 'length'] }, logits), 'no mask').toBe(undefined);
  expect(axisOf({ pixels: ['batch', 3, 'h', 'w'] }, logits), 'no text').toBe(undefined);
  expect(axisOf({ input_ids: ['batch', 128], attention_mask: ['batch', 128] }, logits), 'one length').toBe(undefined);
  expect(axisOf({ input_ids: ['batch', ''], attention_mask: ['batch', ''] }, logits), 'no name').toBe(undefined);
  expect(axisOf({ ...text, pixels: ['batch', 3] }, logits), 'an input of unknown length').toBe(undefined);
  expect(axisOf({ ...text, position_ids: ['batch', 'length', 2] }, logits), 'another rank').toBe(undefined);
  expect(axisOf(text, { attention: ['batch', 12, 'length', 'length'] }), 'long elsewhere').toBe(undefined);
  expect(axisOf(text, { hidden: ['batch', '', 32] }), 'perhaps long').toBe(undefined);
});

test('LengthAxis.stepOf() fills a fifth of a record at the most, but of the shortest', () => {
  const { stepOf } = axisOf(text, {})!;
  expect([1, 8, 9, 16].map(stepOf)).toEqual([8, 8, 16, 16]);
  for (let length = 33; length <= 4096; length++) {
    const step = stepOf(length);
    expect(step).toBeGreaterThanOrEqual(length);
    // Records of one step differ by less than that.
    expect((step - length) / step).toBeLessThanOrEqual(0.2);
    expect(stepOf(step)).toBe(step);
    expect(stepOf(length + 1)).toBeGreaterThanOrEqual(step);
  }
});

test('padRecords() fills behind the end, the mask with what does not count, and takes it off again', () => {
  const axis = axisOf(text, { logits: ['batch', 2], states: ['batch', 'length', 2] })!;
  const [short, long] = [recordOf(7), recordOf(4, 5, 6)];
  const padded = padRecords([short, long], axis)!;
  expect(padded.records[0]).toEqual({
    input_ids: tensor('int64', BigInt64Array.of(7n, 0n, 0n), [1, 3]),
    attention_mask: tensor('int64', BigInt64Array.of(1n, 0n, 0n), [1, 3]),
  });
  expect(padded.records[1]).toEqual(long);
  expect(short['input_ids']!.dims, 'what was given stays as it is').toEqual([1, 1]);
  expect(padded.shortest).toBe(0);
  const answer = {
    logits: tensor('float32', Float32Array.of(1, 2), [1, 2]),
    states: tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6), [1, 3, 2]),
  };
  expect(padded.crop(answer, 0)).toEqual({
    logits: answer.logits,
    states: tensor('float32', Float32Array.of(1, 2), [1, 1, 2]),
  });
  expect(padded.crop(answer, 1)).toEqual(answer);
});

test('padRecords() leaves records of one length as they are', () => {
  expect(padRecords([recordOf(1, 2), recordOf(3, 4)], axisOf(text, {})!)).toBe(undefined);
});

test('padRecords() fills 32-bit tokens too', () => {
  const recordOf32 = (...ids: number[]): NamedTensors => ({
    input_ids: tensor('int32', Int32Array.from(ids), [1, ids.length]),
  });
  const padded = padRecords([recordOf32(1, 2), recordOf32(3)], axisOf(text, {})!)!;
  expect(padded.records[1]!['input_ids']).toEqual(tensor('int32', Int32Array.of(3, 0), [1, 2]));
});
