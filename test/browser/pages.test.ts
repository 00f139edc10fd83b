import { isolation } from '../serve.ts';
import { declareTests } from './declare-tests.ts';
import { chosen, everyPage } from './page-runs.ts';
import { runPages } from './run-pages.ts';

const isolated = {
  page: 'deploy',
  label: 'cross-origin isolated',
  headers: isolation,
  only: /answers|tells|every type|close\(\)|rejects with|goes away/,
};

const threads = {
  page: 'runtime-start',
  label: 'cross-origin isolated',
  headers: isolation,
  only: /threads cannot start/,
};

for await (const outcome of runPages(chosen([...everyPage, isolated, threads])))
  declareTests(outcome.label ? `${outcome.page}, ${outcome.label}` : outcome.page, outcome);
