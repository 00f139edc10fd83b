import { describe, expect, test } from 'vitest';
import { isolation } from '../serve.ts';
import { allowedFor, largestDifference, writeTable, type Column } from './answers-table.ts';
import { declareTests } from './declare-tests.ts';
import { chromium, chromiumWithWebGpu } from './engines/chromium.ts';
import type { Engine } from './engines/engine.ts';
import { firefox } from './engines/firefox.ts';
import { webkit } from './engines/webkit.ts';
import { onWasm } from './on-wasm.ts';
import { chosen, everyPage } from './page-runs.ts';
import { runPages, type PageRun } from './run-pages.ts';

/** Those named in `INPOINT_ENGINES`, comma-separated, run every page; where it is not set, the others run some in short. */
const engines: Record<string, Engine> = { chromium, 'chromium-webgpu': chromiumWithWebGpu, firefox, webkit };

const named = process.env['INPOINT_ENGINES']?.split(',');

const inShort: readonly PageRun[] = [
  { page: 'deploy', only: /answers a drawn|tells|every type|worker that is not there|goes away/ },
  { page: 'demo-models' },
];

const runs = (named ? everyPage : inShort).flatMap((run) => [
  run,
  { ...run, label: 'cross-origin isolated', headers: { ...run.headers, ...isolation } },
]);

const columns: Column[] = [];

for (const name of named ?? ['firefox', 'webkit']) {
  const engine = engines[name];
  if (!engine) throw new Error(`There is no engine ${name}: there are ${Object.keys(engines).join(', ')}.`);
  if (engine.missing) {
    console.log(`Skipped: the pages in ${engine.name}. On Debian: apt-get install ${engine.missing}`);
    test.skip(`the pages in ${engine.name}`);
    continue;
  }
  const isWebGpu = name === 'chromium-webgpu';
  const answers = named ? [{ page: 'answers', ...(isWebGpu && { search: 'device=webgpu' }) }] : [];
  for await (const outcome of runPages(chosen([...runs, ...answers]), { engine })) {
    const browser = `${engine.name} ${outcome.version}`;
    const title = [browser, outcome.page, ...(outcome.label ? [outcome.label] : [])].join(', ');
    const errors = [
      ...outcome.results.flatMap((result) => (result.error ? `${result.name}: ${result.error}` : [])),
      ...outcome.uncaught,
    ];
    const passed = outcome.results.filter(({ error }) => !error).length;
    console.log(`${title}: ${passed} passed, ${errors.length} failed, ${Math.round(outcome.ms / 1000)} s`);
    for (const error of errors) console.log(`  ✗ ${error.split('\n', 1)[0]}`);
    declareTests(title, outcome);
    if (outcome.page === 'answers') columns.push({ title: browser, isWebGpu, answers: outcome.records });
  }
}

const [first, ...others] = columns;
for (const { title, isWebGpu, answers } of others) {
  describe(`${title} against ${first!.title}`, () => {
    for (const [model, expected] of Object.entries(first!.answers)) {
      test(`${model} gives the same answers`, () => {
        if (answers[model] === onWasm) return;
        expect(largestDifference(expected, answers[model])).toBeLessThanOrEqual(allowedFor(model, isWebGpu));
      });
    }
  });
}

if (process.env['INPOINT_WRITE'] && first) await writeTable(columns, new URL('../../docs/engines.md', import.meta.url));
