import { expect, test } from 'vitest';
import { EndpointError, InferenceError, InputError, WorkerError } from '../../errors.ts';
import { afterFailure } from './after-failure.ts';

test('afterFailure() blames an input for good, whatever class of InputError it is', () => {
  expect(afterFailure(new InputError('image', 'is none'))).toBe('fail');
  expect(afterFailure(Object.assign(new Error('from another file'), { name: 'InputError' }))).toBe('fail');
});

test('afterFailure() fails for good what a model said of one input', () => {
  expect(afterFailure(new InferenceError('inference-failed', 'no'))).toBe('fail');
  expect(afterFailure(new TypeError('no'))).toBe('fail');
});

test('afterFailure() executes again what an engine was lost with', () => {
  for (const code of ['worker-lost', 'worker-boot-failed'] as const)
    expect(afterFailure(new WorkerError(code, 'gone'))).toBe('retry');
  for (const code of ['device-lost', 'out-of-memory', 'timed-out'] as const)
    expect(afterFailure(new InferenceError(code, 'gone'))).toBe('retry');
});

test('afterFailure() puts back what an endpoint that has ended was asked', () => {
  expect(afterFailure(new EndpointError('endpoint-closed', 'closed'))).toBe('put-back');
  expect(afterFailure(new EndpointError('endpoint-failed', 'failed'))).toBe('put-back');
});
