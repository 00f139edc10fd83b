import { expect, test } from 'vitest';
import { EndpointError, InferenceError, InputError } from '../../errors.ts';
import type { CallObserver, ObservedCall } from './call-observer.ts';
import { MetricsRecorder } from './metrics-recorder.ts';

const coldStart = {
  startedAt: 100,
  phases: [
    { phase: 'download', startMs: 0, endMs: 30 },
    { phase: 'runtime', startMs: 0, endMs: 45 },
    { phase: 'load', startMs: 45, endMs: 60 },
  ],
} as const;

test('MetricsRecorder counts calls, answers and failures under the names of CloudWatch', () => {
  const recorder = new MetricsRecorder(() => ({ replicaCount: 1 }));
  for (let index = 0; index < 6; index++) recorder.onCall({ startMs: index });
  expect(recorder.metrics()).toMatchObject({ invocations: 6, concurrentInvocations: 6, approximateBacklogSize: 6 });
  recorder.onAnswer({ startMs: 0 }, { endMs: 10, modelMs: 8, answer: 1 });
  recorder.onError({ startMs: 1 }, new InputError('image', 'No image.'));
  recorder.onError({ startMs: 2 }, Object.assign(new Error('Too many.'), { code: 'throttled' }));
  recorder.onError({ startMs: 3 }, new InferenceError('inference-failed', 'No.'));
  recorder.onError({ startMs: 4 }, new DOMException('Stop', 'AbortError'), true);
  const metrics = recorder.metrics();
  expect(metrics).toMatchObject({
    invocations: 6,
    invocation4xxErrors: 2,
    invocation5xxErrors: 1,
    concurrentInvocations: 1,
    modelLatency: { sampleCount: 1, minimum: 8, maximum: 8, p50: 8, p99: 8 },
    overheadLatency: { sampleCount: 1, average: 2 },
    variants: {},
  });
});

test('MetricsRecorder counts each call by the replicas that were there at its time', () => {
  let replicaCount = 0;
  const recorder = new MetricsRecorder(() => ({ replicaCount, approximateBacklogSize: 7, memoryBytes: 5e6 }));
  for (const replicas of [0, 1, 2, 4, 4]) {
    replicaCount = replicas;
    recorder.onCall({ startMs: 0 });
  }
  expect(recorder.metrics()).toMatchObject({
    invocations: 5,
    invocationsPerReplica: 3,
    replicaCount: 4,
    approximateBacklogSize: 7,
    memoryBytes: 5e6,
  });
});

test('MetricsRecorder counts cold starts, keeps the last eight, and ends each with its first answer', () => {
  const recorder = new MetricsRecorder(() => ({ replicaCount: 1 }));
  recorder.onColdStart(coldStart);
  expect(recorder.metrics()).toMatchObject({ modelSetupTime: 60, coldStart: coldStart.phases });
  const call = { startMs: 170 };
  recorder.onCall(call);
  recorder.onAnswer(call, { endMs: 185, modelMs: 10, answer: 1 });
  recorder.onAnswer(call, { endMs: 190, modelMs: 10, answer: 1 });
  const { coldStarts, coldStart: last, modelSetupTime } = recorder.metrics();
  expect(last).toEqual([...coldStart.phases, { phase: 'firstInvocation', startMs: 70, endMs: 85 }]);
  expect(coldStarts).toEqual({ count: 1, last: [{ startedAt: 100, phases: last }] });
  expect(modelSetupTime).toBe(60);
  for (let at = 1; at <= 20; at++) recorder.onColdStart({ startedAt: at * 1000, phases: coldStart.phases });
  const after = recorder.metrics();
  expect(after.coldStarts.count).toBe(21);
  expect(after.coldStarts.last.map(({ startedAt }) => startedAt)).toEqual(
    Array.from({ length: 8 }, (_, index) => (index + 13) * 1000),
  );
});

test('MetricsRecorder of a variant counts in its endpoint too, whose figures are the sum', () => {
  const endpoint = new MetricsRecorder(() => ({ replicaCount: 3 }));
  const [a, b] = ['a', 'b'].map((name) => {
    const variant = new MetricsRecorder(() => ({ replicaCount: name === 'a' ? 1 : 2 }), [endpoint]);
    endpoint.variants.set(name, variant);
    return variant;
  });
  const call: ObservedCall = { startMs: 0, variant: 'a' };
  for (const [recorder, ms, times] of [
    [a!, 10, 30],
    [b!, 100, 70],
  ] as const)
    for (let index = 0; index < times; index++) {
      recorder.onCall(call);
      recorder.onAnswer(call, { endMs: ms + 1, modelMs: ms, answer: index });
    }
  b!.onCall(call);
  b!.onError(call, new EndpointError('endpoint-failed', 'No.'));
  const { variants, ...whole } = endpoint.metrics();
  expect(whole).toMatchObject({ invocations: 101, invocation5xxErrors: 1, replicaCount: 3 });
  expect(whole.modelLatency.sampleCount).toBe(100);
  expect(Math.abs(whole.modelLatency.p50 / 100 - 1)).toBeLessThanOrEqual(0.01);
  expect(variants).toMatchObject({
    a: { invocations: 30, invocation5xxErrors: 0, replicaCount: 1, modelLatency: { maximum: 10 } },
    b: { invocations: 71, invocation5xxErrors: 1, replicaCount: 2, modelLatency: { minimum: 100 } },
  });
});

test('MetricsRecorder tells its observers all that it is told, and waits for them to close', async () => {
  const told: unknown[][] = [];
  const observer: CallObserver = {
    onCall: (...about) => void told.push(['onCall', ...about]),
    onSend: (...about) => void told.push(['onSend', ...about]),
    onAnswer: (...about) => void told.push(['onAnswer', ...about]),
    onError: (...about) => void told.push(['onError', ...about]),
    onColdStart: (...about) => void told.push(['onColdStart', ...about]),
    close: async () => {
      await Promise.resolve();
      told.push(['close']);
    },
  };
  const recorder = new MetricsRecorder(() => ({ replicaCount: 1 }), [observer, {}]);
  const call = { startMs: 1 };
  const answer = { endMs: 2, modelMs: 1, answer: 'yes' };
  const error = new Error('no');
  recorder.onColdStart(coldStart);
  recorder.onCall(call);
  recorder.onSend(call, 'input');
  recorder.onAnswer(call, answer);
  recorder.onError(call, error, true);
  await recorder.close();
  expect(told).toEqual([
    ['onColdStart', coldStart],
    ['onCall', call],
    ['onSend', call, 'input'],
    ['onAnswer', call, answer],
    ['onError', call, error, true],
    ['close'],
  ]);
});
