import { afterEach, expect, test } from 'vitest';
import { InferenceError } from '../../errors.ts';
import { MetricsRecorder } from './metrics-recorder.ts';
import { mostMeasures, trace, type InvocationSpan } from './trace.ts';

afterEach(() => performance.clearMeasures());

const own = (): PerformanceEntry[] =>
  performance.getEntriesByType('measure').filter(({ name }) => name.startsWith('inpoint:'));

test('trace() measures a call with what was waiting, the model and the rest', () => {
  const observer = trace('digits');
  const startMs = performance.now() - 50;
  observer.onAnswer!({ startMs }, { endMs: startMs + 20, modelMs: 12, queueMs: 3, answer: 1 });
  const [span] = own() as PerformanceMeasure[];
  expect(span).toMatchObject({ name: 'inpoint:invoke digits', startTime: startMs });
  expect(span!.duration).toBeCloseTo(20);
  const detail = span!.detail as InvocationSpan;
  expect(detail).toMatchObject({ endpoint: 'digits', outcome: 'answered', queueMs: 3, modelMs: 12 });
  expect(detail.overheadMs).toBeCloseTo(5);
});

test('trace() takes the time until a call was sent for waiting, and says how it failed', () => {
  const observer = trace('digits');
  const failed = { startMs: performance.now() - 40 };
  observer.onSend!(failed, undefined);
  observer.onError!(failed, new InferenceError('timed-out', 'Late.'));
  const aborted = { startMs: performance.now() - 5 };
  observer.onError!(aborted, new DOMException('Stop', 'AbortError'), true);
  const [first, second] = own().map((entry) => (entry as PerformanceMeasure).detail as InvocationSpan);
  expect(first).toMatchObject({ outcome: 'failed', error: 'timed-out', modelMs: 0 });
  expect(first!.queueMs).toBeGreaterThanOrEqual(40);
  expect(first!.queueMs).toBeLessThan(1_000);
  expect(second).toMatchObject({ outcome: 'aborted', error: 'AbortError', overheadMs: 0 });
});

test('trace() measures a cold start, and its phases each', () => {
  const startedAt = performance.now() - 90;
  trace('digits').onColdStart!({
    startedAt,
    phases: [
      { phase: 'download', startMs: 0, endMs: 50 },
      { phase: 'load', startMs: 50, endMs: 80 },
    ],
  });
  expect(own().map(({ name }) => name)).toEqual([
    'inpoint:coldStart digits',
    'inpoint:coldStart digits download',
    'inpoint:coldStart digits load',
  ]);
  expect(own()[0]!.duration).toBeCloseTo(80);
  expect(own()[2]!.startTime).toBeCloseTo(startedAt + 50);
});

test('trace() leaves no more than 1,000 of a name, of others nothing less, and none at its end', async () => {
  performance.measure('of the page', { start: 0, end: 1 });
  const observer = trace('digits');
  let most = 0;
  let seen = 0;
  const watcher = new PerformanceObserver((list) => {
    seen += list.getEntriesByName('inpoint:invoke digits').length;
  });
  watcher.observe({ type: 'measure' });
  for (let call = 0; call < 3_500; call++) {
    observer.onAnswer!({ startMs: call }, { endMs: call + 1, modelMs: 1, answer: call });
    if (call % 250 === 0) most = Math.max(most, own().length);
  }
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(mostMeasures);
  await new Promise((resolve) => setTimeout(resolve, 0));
  watcher.disconnect();
  expect(seen).toBe(3_500);
  expect(own()).toHaveLength(500);
  await observer.close!();
  expect(own()).toEqual([]);
  expect(performance.getEntriesByName('of the page')).toHaveLength(1);
});

test('MetricsRecorder without trace() writes nothing into the timeline', () => {
  const recorder = new MetricsRecorder(() => ({ replicaCount: 1 }));
  recorder.onCall({ startMs: 0 });
  recorder.onAnswer({ startMs: 0 }, { endMs: 1, modelMs: 1, answer: 1 });
  expect(own()).toEqual([]);
});
