import { isolation } from '../serve.ts';
import { declareTests } from './declare-tests.ts';
import { chromium, chromiumWithWebGpu } from './engines/chromium.ts';
import type { Engine } from './engines/engine.ts';
import { firefox } from './engines/firefox.ts';
import { webkit } from './engines/webkit.ts';
import { chosen, everyPage } from './page-runs.ts';
import { runPages, type PageRun } from './run-pages.ts';

/** Named in `INPOINT_ENGINES`, comma-separated, to run all pages; without it, those of the others run in short. */
const engines: Record<string, Engine> = { chromium, 'chromium-webgpu': chromiumWithWebGpu, firefox, webkit };

const named = process.env['INPOINT_ENGINES']?.split(',');

const inShort: readonly PageRun[] = [
  { page: 'deploy', only: /answers|tells|every type|close\(\)|rejects with|goes away|worker/ },
  { page: 'demo-models' },
];
const inFull = [...everyPage, { page: 'answers' }];

const runs = (named ? inFull : inShort).flatMap((run) => [
  run,
  { ...run, label: 'cross-origin isolated', headers: { ...run.headers, ...isolation } },
]);

for (const name of named ?? ['firefox', 'webkit']) {
  const engine = engines[name];
  if (!engine) throw new Error(`There is no engine ${name}: there are ${Object.keys(engines).join(', ')}.`);
  if (engine.missing) {
    console.log(`Skipped: the pages in ${engine.name}. On Debian: apt-get install ${engine.missing}`);
    continue;
  }
  for await (const outcome of runPages(chosen(runs), { engine })) {
    const title = [`${engine.name} ${outcome.version}`, outcome.page, ...(outcome.label ? [outcome.label] : [])].join(
      ', ',
    );
    const errors = [
      ...outcome.results.flatMap(({ name, error }) => (error ? `${name}: ${error}` : [])),
      ...outcome.uncaught,
    ];
    const passed = outcome.results.filter(({ error }) => !error).length;
    console.log(`${title}: ${passed} passed, ${errors.length} failed, ${Math.round(outcome.ms / 1000)} s`);
    for (const error of errors) console.log(`  ✗ ${error.split('\n', 1)[0]}`);
    declareTests(title, outcome);
  }
}
