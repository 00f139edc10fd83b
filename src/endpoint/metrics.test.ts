import { expect, test } from 'vitest';
import { LatencyWindow } from './metrics.ts';

test('LatencyWindow gives percentiles by the nearest rank', () => {
  const latencies = new LatencyWindow();
  for (let ms = 100; ms >= 1; ms--) latencies.add(ms);
  expect(latencies.statistics()).toEqual({
    sampleCount: 100,
    average: 50.5,
    minimum: 1,
    maximum: 100,
    p50: 50,
    p90: 90,
    p99: 99,
  });
});

test('LatencyWindow keeps the last thousand', () => {
  const latencies = new LatencyWindow();
  for (let ms = 1; ms <= 1500; ms++) latencies.add(ms);
  expect(latencies.statistics()).toMatchObject({ sampleCount: 1000, minimum: 501, maximum: 1500 });
});

test('LatencyWindow is all zeros where nothing was added', () => {
  expect(new LatencyWindow().statistics()).toMatchObject({ sampleCount: 0, average: 0, p99: 0 });
});
