import { expect, test } from 'vitest';
import type { TensorInfo } from '../../runtime/session.ts';
import { signatureDifference, type Signature } from './signature-difference.ts';

function signature(inputs: readonly TensorInfo[], rest: Partial<Signature> = {}): Signature {
  return { task: 'tensor', inputs, sampleRate: undefined, isStateful: false, ...rest };
}

const x = (shape: TensorInfo['shape'], type: TensorInfo['type'] = 'float32'): TensorInfo => ({
  name: 'x',
  type,
  shape,
});

test('signatureDifference() lets through what takes the same, or more', () => {
  expect(signatureDifference(signature([x(['n', 4])]), signature([x(['batch', 4])]))).toBeUndefined();
  expect(signatureDifference(signature([x([1, 4])]), signature([x(['', 4])]))).toBeUndefined();
  const both = [x([1]), { ...x([2]), name: 'y' }];
  expect(signatureDifference(signature(both), signature(both.toReversed()))).toBeUndefined();
});

test.each([
  [signature([x([1])], { task: 'tabular-regression' }), /for tabular-regression, and not for tensor/],
  [signature([x([1])], { isStateful: true }), /remembers conversations/],
  [signature([x([1])], { sampleRate: 16_000 }), /16000 samples a second/],
  [signature([]), /no input "x"/],
  [signature([x([1]), { ...x([1]), name: 'mask' }]), /wants an input "mask" beside/],
  [signature([x([1], 'int64')]), /"x" is int64, and not float32/],
  [signature([x([2])]), /"x" has the shape \[2\], and not \[1\]/],
  [signature([x(['', 1])]), /"x" has the shape \[\?, 1\], and not \[1\]/],
])('signatureDifference() tells that callers could not go on', (after, message) => {
  expect(signatureDifference(signature([x([1])]), after)).toMatch(message);
});

test('signatureDifference() refuses a fixed dimension where it was free', () => {
  expect(signatureDifference(signature([x(['n'])]), signature([x([8])]))).toMatch(/\[8\], and not \[n\]/);
});

test('signatureDifference() does not ask what a model for texts is fed', () => {
  const [task, ids] = ['text-classification' as const, { name: 'ids', type: 'int64' as const, shape: ['n'] }];
  const after = signature([ids, { ...ids, name: 'types' }], { task });
  expect(signatureDifference(signature([ids], { task }), after)).toBeUndefined();
});
