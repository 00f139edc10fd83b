import { expect, test } from 'vitest';
import { MetricsHistory } from './metrics-history.ts';
import { MetricsRecorder } from './metrics-recorder.ts';

function setUp(minutes?: number) {
  const clock = { ms: 90_500, replicas: 1 };
  const recorder = new MetricsRecorder(() => ({ replicaCount: clock.replicas }));
  const history = new MetricsHistory(recorder, minutes === undefined ? {} : { minutes }, () => clock.ms);
  const call = (): { startMs: number } => {
    const made = { startMs: clock.ms };
    recorder.onCall(made);
    return made;
  };
  const answer = (made: { startMs: number }, modelMs = 1): void =>
    recorder.onAnswer(made, { endMs: clock.ms, modelMs, answer: undefined });
  return { clock, recorder, history, call, answer };
}

test('MetricsHistory has a second for each second since it began, those without calls too', () => {
  const { clock, history, call, answer, recorder } = setUp();
  expect(history.seconds()).toMatchObject([{ startMs: 90_000, invocations: 0, replicaCount: 1 }]);
  const [one, two] = [call(), call()];
  clock.ms += 300;
  answer(one);
  clock.ms = 93_100;
  clock.replicas = 2;
  answer(two);
  recorder.onError(call(), Object.assign(new Error('bad'), { code: 'input-invalid' }));
  recorder.onError(call(), new Error('worse'));
  recorder.onError(call(), new Error('stop'), true);
  clock.ms = 94_000;
  const seconds = history.seconds();
  expect(seconds.map(({ startMs }) => startMs)).toEqual([90_000, 91_000, 92_000, 93_000, 94_000]);
  expect(seconds[0]).toMatchObject({ invocations: 2, answers: 1, averageLatency: 300, concurrentInvocations: 2 });
  expect(seconds[1]).toMatchObject({ invocations: 0, answers: 0, averageLatency: 0, concurrentInvocations: 1 });
  expect(seconds[2]).toMatchObject({ concurrentInvocations: 1, replicaCount: 1 });
  expect(seconds[3]).toMatchObject({
    invocations: 3,
    answers: 1,
    invocation4xxErrors: 1,
    invocation5xxErrors: 1,
    maximumLatency: 2_600,
    replicaCount: 2,
  });
  expect(seconds[4]).toMatchObject({ invocations: 0, concurrentInvocations: 0, replicaCount: 2 });
  expect(history.seconds(2)).toEqual(seconds.slice(-2));
});

test('MetricsHistory forgets what is older than its minutes, in memory that does not grow', () => {
  const { clock, history, call, answer } = setUp(2);
  for (let second = 0; second < 600; second++) {
    clock.ms = 90_500 + second * 1_000;
    for (let index = 0; index < 3; index++) answer(call());
  }
  const seconds = history.seconds();
  expect(seconds).toHaveLength(120);
  expect(seconds.at(-1)!.startMs).toBe(689_000);
  expect(seconds[0]!.startMs).toBe(570_000);
  expect(seconds.every(({ invocations, answers }) => invocations === 3 && answers === 3)).toBe(true);
  const minutes = history.minutes();
  expect(minutes.map(({ startMs }) => startMs)).toEqual([540_000, 600_000, 660_000]);
  expect(minutes.map(({ invocations }) => invocations)).toEqual([180, 180, 90]);
  expect(history.latencies().latency.sampleCount).toBe(450);
  expect(history.latencies(1).latency.sampleCount).toBe(270);
});

test('MetricsHistory shows nothing of before after a pause that is longer than it remembers', () => {
  const { clock, history, call, answer } = setUp(1);
  answer(call());
  clock.replicas = 0;
  clock.ms += 3_600_000;
  const seconds = history.seconds();
  expect(seconds).toHaveLength(60);
  expect(seconds.every(({ invocations }) => invocations === 0)).toBe(true);
  expect(seconds.at(-1)).toMatchObject({ replicaCount: 0 });
  expect(history.latencies().latency.sampleCount).toBe(0);
  expect(history.minutes().map(({ answers }) => answers)).toEqual([0, 0]);
});

test('MetricsHistory gives latencies over several minutes as if they had been one', () => {
  const { clock, history, call, answer } = setUp();
  const all: number[] = [];
  for (let minute = 0; minute < 5; minute++) {
    clock.ms = 120_000 + minute * 60_000;
    for (let index = 1; index <= 200; index++) {
      const made = call();
      const ms = index * (minute + 1) * 0.25;
      clock.ms += ms;
      answer(made, ms / 2);
      clock.ms -= ms;
      all.push(ms);
    }
  }
  const sorted = all.toSorted((a, b) => a - b);
  const { latency, modelLatency, overheadLatency } = history.latencies();
  for (const [percent, found] of [
    [50, latency.p50],
    [90, latency.p90],
    [99, latency.p99],
  ] as const) {
    const exact = sorted[(percent / 100) * sorted.length - 1]!;
    expect(Math.abs(found / exact - 1)).toBeLessThanOrEqual(0.0101);
  }
  expect(modelLatency.average).toBeCloseTo(latency.average / 2);
  expect(overheadLatency.average).toBeCloseTo(latency.average / 2);
});

test('MetricsHistory refuses a number of minutes that is none', () => {
  for (const minutes of [0, -1, 1.5, Number.NaN]) expect(() => setUp(minutes)).toThrow(RangeError);
});
