import { expect, it } from 'vitest';
import {
  baselineOf,
  compareWithBaseline,
  type Baseline,
  type MetricsOf,
} from '../../bench/report/compare-with-baseline.ts';
import type { CellResult, Results } from '../../bench/report/results.ts';

const metricsOf: MetricsOf = (scenario) =>
  scenario === 'start'
    ? {
        coldMs: { title: 'cold start', unit: 'ms', better: 'lower' },
        perSecond: { title: 'answers a second', unit: '1/s', better: 'higher' },
        bytes: { title: 'bytes', unit: 'bytes', better: 'lower', isDifference: true },
      }
    : undefined;

const cell = (rival: string, values: CellResult['values'], reason?: string): CellResult => ({
  scenario: 'start',
  model: 'digits',
  condition: '',
  rival,
  values,
  ...(reason !== undefined && { reason }),
});

const results = (...cells: readonly CellResult[]): Results => ({
  format: 1,
  date: '2026-01-01T00:00:00.000Z',
  environment: {
    browser: 'Chromium 1',
    node: 'v24.0.0',
    system: 'linux',
    processor: 'a processor',
    cores: 2,
    memoryGB: 8,
    load: [0, 1],
    rounds: 3,
    isQuick: false,
    threads: 1,
    versions: {},
  },
  cells,
});

const entry = { scenario: 'start', model: 'digits', condition: '', rival: 'inpoint', to: 'floor' };

const baseline = (metric: string, ratio: number, margin = 1.2): Baseline => ({
  margin,
  ratios: [{ ...entry, metric, ratio }],
});

it('compareWithBaseline() lets a ratio pass that is within its margin, however slow the machine is', () => {
  const run = results(cell('floor', { coldMs: [5000, 5100, 4900] }), cell('inpoint', { coldMs: [5500, 5600, 5300] }));
  expect(compareWithBaseline(run, baseline('coldMs', 1), metricsOf)).toEqual({ failures: [], compared: 1, left: [] });
});

it('compareWithBaseline() fails where a ratio is worse than its margin, and says by how much', () => {
  const run = results(cell('floor', { coldMs: [100, 100, 100] }), cell('inpoint', { coldMs: [130, 125, 121] }));
  expect(compareWithBaseline(run, baseline('coldMs', 1), metricsOf).failures).toEqual([
    'start, digits: coldMs of inpoint to floor is 1.25, and was 1.00: 1.25 times worse, and 1.2 is the margin.',
  ]);
});

it('compareWithBaseline() fails where more is better and there is less', () => {
  const run = results(cell('floor', { perSecond: [100, 100, 100] }), cell('inpoint', { perSecond: [310, 300, 290] }));
  expect(compareWithBaseline(run, baseline('perSecond', 4), metricsOf).failures).toHaveLength(1);
  expect(compareWithBaseline(run, baseline('perSecond', 3.5), metricsOf).failures).toEqual([]);
  expect(compareWithBaseline(run, baseline('perSecond', 0.5), metricsOf).failures).toEqual([]);
});

it('compareWithBaseline() takes ratios within a round, so that a slow round slows both', () => {
  const run = results(cell('floor', { coldMs: [100, 900, 100] }), cell('inpoint', { coldMs: [110, 990, 110] }));
  expect(compareWithBaseline(run, baseline('coldMs', 1.1, 1.01), metricsOf).failures).toEqual([]);
});

it('compareWithBaseline() uses the margin of a ratio that has its own', () => {
  const run = results(cell('floor', { coldMs: [100] }), cell('inpoint', { coldMs: [150] }));
  const ratios = [{ ...entry, metric: 'coldMs', ratio: 1, margin: 1.6 }];
  expect(compareWithBaseline(run, { margin: 1.2, ratios }, metricsOf).failures).toEqual([]);
});

it('compareWithBaseline() fails where a rival failed, or where its answer was wrong', () => {
  const run = results(cell('floor', { coldMs: [100] }), cell('inpoint', {}, 'another answer than floor: 1 is not 2'));
  expect(compareWithBaseline(run, baseline('coldMs', 1), metricsOf).failures).toEqual([
    'start, digits: coldMs of inpoint to floor was not measured: another answer than floor: 1 is not 2.',
  ]);
});

it('compareWithBaseline() leaves out what the run has no cell of, and what has no model here', () => {
  const skipped = 'skipped: no Python';
  const name = 'start, digits: coldMs of inpoint to floor';
  for (const run of [results(), results(cell('floor', {}, skipped), cell('inpoint', {}, skipped))])
    expect(compareWithBaseline(run, baseline('coldMs', 1), metricsOf)).toEqual({
      failures: [],
      compared: 0,
      left: [name],
    });
});

it('compareWithBaseline() fails where the benchmark no longer has a metric', () => {
  expect(compareWithBaseline(results(), baseline('gone', 1), metricsOf).failures[0]).toContain('no such metric');
});

it('baselineOf() keeps the ratios of a run, and none of what may be nothing', () => {
  const run = results(
    cell('floor', { coldMs: [100, 100], bytes: [0, 0] }),
    cell('transformers', { coldMs: [400, 400], bytes: [1, 1] }),
    cell('inpoint', { coldMs: [105, 111], bytes: [0, 0] }),
  );
  const made = baselineOf(run, metricsOf, { margin: 1.3, ratios: [] });
  expect(made).toEqual({
    margin: 1.3,
    ratios: [
      { ...entry, metric: 'coldMs', ratio: 1.08 },
      { ...entry, to: 'transformers', metric: 'coldMs', ratio: 0.27 },
    ],
  });
  expect(compareWithBaseline(run, made, metricsOf)).toEqual({ failures: [], compared: 2, left: [] });
});

it('baselineOf() keeps what a run has not measured, and margins of their own', () => {
  const run = results(cell('floor', { coldMs: [100] }), cell('inpoint', { coldMs: [120] }));
  const kept = { ...entry, model: 'mobilenet', metric: 'coldMs', ratio: 2 };
  const earlier = { margin: 1.3, ratios: [kept, { ...entry, metric: 'coldMs', ratio: 9, margin: 1.5 }] };
  expect(baselineOf(run, metricsOf, earlier)).toEqual({
    margin: 1.3,
    ratios: [kept, { ...entry, metric: 'coldMs', ratio: 1.2, margin: 1.5 }],
  });
});
