import { describe, expect, test } from 'vitest';
import { mergeSketches } from './merge-sketches.ts';
import { mostBins, QuantileSketch, relativeError } from './quantile-sketch.ts';

const quantiles = [0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];

const distributions: Record<string, (random: () => number, index: number) => number> = {
  uniform: (random) => random() * 250,
  exponential: (random) => -Math.log(1 - random()) * 20,
  'log-normal': (random) => Math.exp(2 + 1.5 * normal(random)),
  'Pareto, with a heavy tail': (random) => 0.5 / (1 - random()) ** 1.2,
  'two peaks': (random) => (random() < 0.9 ? 3 + 0.2 * normal(random) : 900 + 40 * normal(random)),
  'one value': () => 12.34,
  rising: (_random, index) => 1 + index,
  falling: (_random, index) => 1e5 - index,
  'ticks of a coarse clock': (random) => Math.floor(random() * 30) / 10,
  'from nanoseconds to days': (random) => 10 ** (random() * 7 - 6),
};

describe.each(Object.entries(distributions))('QuantileSketch of %s', (_name, draw) => {
  test.each([1, 2, 10, 1_000, 50_000])('gives each quantile of %i numbers within its error', (count) => {
    const random = seeded(count);
    const values = Array.from({ length: count }, (_, index) => draw(random, index));
    const sketch = sketchOf(values);
    const sorted = Float64Array.from(values).toSorted();
    for (const q of quantiles) {
      const exact = sorted[Math.max(0, Math.ceil(q * count) - 1)]!;
      expect(Math.abs(sketch.quantile(q) - exact), `quantile ${q}, ${exact}`).toBeLessThanOrEqual(
        relativeError * exact * (1 + 1e-9),
      );
    }
    expect(sketch.statistics()).toMatchObject({
      sampleCount: count,
      minimum: sorted[0],
      maximum: sorted.at(-1),
      p99: sketch.quantile(0.99),
    });
  });

  test('merged of parts is that of the whole', () => {
    const random = seeded(7);
    const values = Array.from({ length: 3_000 }, (_, index) => draw(random, index));
    const parts = [values.slice(0, 10), values.slice(10, 2_000), [], values.slice(2_000)];
    expectSame(mergeSketches(parts.map(sketchOf)), sketchOf(values));
  });
});

test('QuantileSketch merged of parts is that of the whole where bins were collapsed, whatever their order', () => {
  const random = seeded(3);
  const values = Array.from({ length: 6_000 }, () => 10 ** (random() * 60 - 30));
  const whole = sketchOf(values);
  expect(whole.bins.size).toBe(mostBins);
  const parts = [values.slice(0, 2_700), values.slice(2_700, 2_750), values.slice(2_750)].map(sketchOf);
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 0, 2],
  ])
    expectSame(mergeSketches(order.map((index) => parts[index]!)), whole);
  expectSame(sketchOf(values.toSorted((a, b) => a - b)), whole);
});

test('QuantileSketch collapses the lowest bins, and keeps the error of what is above them', () => {
  // 60 decades take 6,900 bins.
  const values = Array.from({ length: 60_000 }, (_, index) => 10 ** (index / 1_000 - 30));
  const sketch = sketchOf(values);
  expect(sketch.bins.size).toBe(mostBins);
  // 1,024 bins are the highest 8.89 decades.
  for (const q of [0.86, 0.9, 0.99, 0.999, 1]) {
    const exact = values[Math.ceil(q * values.length) - 1]!;
    expect(Math.abs(sketch.quantile(q) / exact - 1)).toBeLessThanOrEqual(relativeError * (1 + 1e-9));
  }
  expect(sketch.quantile(0.1)).toBeGreaterThan(1e20);
});

test('QuantileSketch counts 0 and what a coarse clock makes negative as 0', () => {
  const sketch = sketchOf([0, -0.1, 0, 5]);
  expect(sketch.quantile(0.5)).toBe(0);
  expect(sketch.quantile(1)).toBe(5);
  expect(sketch.statistics()).toMatchObject({ sampleCount: 4, minimum: -0.1, maximum: 5, average: 4.9 / 4 });
});

test('QuantileSketch of nothing is all zeros', () => {
  expect(new QuantileSketch().statistics()).toEqual({
    sampleCount: 0,
    average: 0,
    minimum: 0,
    maximum: 0,
    p50: 0,
    p90: 0,
    p99: 0,
  });
});

test('QuantileSketch takes 10,000,000 numbers in constant memory, and not long', () => {
  const random = seeded(11);
  const values = Float64Array.from({ length: 100_000 }, () => Math.exp(2 + 1.5 * normal(random)));
  const sketch = new QuantileSketch();
  const start = performance.now();
  let sizeAtFirst = 0;
  for (let round = 0; round < 100; round++) {
    for (const value of values) sketch.add(value);
    if (round === 0) sizeAtFirst = sketch.bins.size;
  }
  const ns = ((performance.now() - start) * 1e6) / 1e7;
  console.log(`${ns.toFixed(0)} ns per add, ${sketch.bins.size} bins`);
  expect(sketch.count).toBe(1e7);
  expect(sketch.bins.size).toBe(sizeAtFirst);
  expect(sketch.bins.size).toBeLessThan(mostBins);
  const sorted = values.toSorted();
  expect(Math.abs(sketch.quantile(0.99) / sorted[98_999]! - 1)).toBeLessThanOrEqual(relativeError * (1 + 1e-9));
  expect(ns).toBeLessThan(1_000);
});

function sketchOf(values: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch();
  for (const value of values) sketch.add(value);
  return sketch;
}

function expectSame(sketch: QuantileSketch, expected: QuantileSketch): void {
  expect(sketch.bins).toEqual(expected.bins);
  expect(sketch.count).toBe(expected.count);
  expect(sketch.minimum).toBe(expected.minimum);
  expect(sketch.maximum).toBe(expected.maximum);
  expect(sketch.sum / expected.sum).toBeCloseTo(1, 9);
  for (let q = 0; q <= 1; q += 1 / 512) expect(sketch.quantile(q)).toBe(expected.quantile(q));
}

/** Numbers from 0 to 1, the same each time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Of the standard normal distribution (Box and Muller). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
