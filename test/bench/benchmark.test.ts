import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareWithBaseline, type Baseline } from '../../bench/report/compare-with-baseline.ts';
import { plotsOf } from '../../bench/report/plots.ts';
import type { Results } from '../../bench/report/results.ts';
import { toMarkdown } from '../../bench/report/to-markdown.ts';
import { runBenchmark } from '../../bench/run-benchmark.ts';
import { scenarios } from '../../bench/scenarios/index.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));

// The rivals that need no installation: those of bench/package.json are installed by npm run bench.
describe('a benchmark of the start, in two rounds', () => {
  let results: Results;
  beforeAll(async () => {
    results = await runBenchmark({
      repository,
      isQuick: true,
      engine: 'chromium',
      only: ['start'],
      models: ['digits'],
      rivals: ['floor', 'inpoint'],
      rounds: 2,
      threads: 1,
      log() {},
    });
  });
  const of = (rival: string): Readonly<Record<string, readonly number[]>> =>
    results.cells.find((cell) => cell.rival === rival)!.values;

  it('measures both rivals in both rounds, and finds their answers the same', () => {
    expect(results.cells.map(({ rival, reason }) => [rival, reason])).toEqual([
      ['floor', undefined],
      ['inpoint', undefined],
    ]);
    for (const rival of ['floor', 'inpoint']) {
      expect(of(rival)['coldMs']).toHaveLength(2);
      for (const ms of [...of(rival)['coldMs']!, ...of(rival)['warmMs']!]) expect(ms).toBeGreaterThan(20);
    }
  });

  it('counts what goes over the line: the runtime and the model first, and nothing of the model again', () => {
    for (const rival of ['floor', 'inpoint']) {
      for (const bytes of of(rival)['coldBytes']!) expect(bytes).toBeGreaterThan(2_000_000);
      expect(of(rival)['warmModelBytes']).toEqual([0, 0]);
    }
  });

  it('is a page and plots of the documentation', () => {
    const plots = plotsOf(results, scenarios);
    expect(plots.map(({ file }) => file)).toEqual(['start-cold-ms.svg', 'start-warm-ms.svg']);
    for (const { svg } of plots) expect(svg).toMatch(/^<svg [^]*Inpoint[^]*<\/svg>\n$/);
    const page = toMarkdown(results, scenarios, plots, (name) => name);
    expect(page).toContain('![Start: cold start](./benchmarks/start-cold-ms.svg)');
    expect(page).toMatch(/\| Inpoint \| [\d,]+ ms \([^|]*\), \d+\.\d\d × \|/);
  });

  it('is compared with the baseline of the repository', async () => {
    const file = new URL('../../bench/baseline.json', import.meta.url);
    const baseline = JSON.parse(await readFile(file, 'utf8')) as Baseline;
    const metricsOf = (name: string): (typeof scenarios)[number]['metrics'] | undefined =>
      scenarios.find((scenario) => scenario.name === name)?.metrics;
    // Both are there, so it was compared; how it went is for a quiet machine to say.
    expect(compareWithBaseline(results, baseline, metricsOf).compared).toBeGreaterThan(0);
    const measured = baseline.ratios.find(({ scenario, model }) => scenario === 'start' && model === 'digits')!;
    const harder = { margin: 1, ratios: [{ ...measured, ratio: 0.01 }] };
    expect(compareWithBaseline(results, harder, metricsOf).failures).toHaveLength(1);
  });
});

it('runBenchmark() leaves a cell with the reason where a rival fails or answers late, and goes on', async () => {
  const results = await runBenchmark({
    repository,
    isQuick: true,
    engine: 'chromium',
    only: ['latency'],
    models: ['table'],
    // There is no such file in bench/rivals.
    rivals: ['nobody', 'inpoint'],
    rounds: 1,
    threads: 1,
    log() {},
  });
  expect(results.cells.map(({ rival, reason, values }) => [rival, reason?.slice(0, 6), Object.keys(values)])).toEqual([
    ['nobody', 'failed', []],
    ['inpoint', undefined, ['p50', 'p95', 'p99']],
  ]);
});
