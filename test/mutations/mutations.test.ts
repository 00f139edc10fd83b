import { expect, test } from 'vitest';
import { declareTests } from '../browser/declare-tests.ts';
import { runPages, type PageRun } from '../browser/run-pages.ts';

/** 2,000 are for those who change what models go through: `INPOINT_MUTANTS=2000 npx vitest run test/mutations`. */
const mutants = process.env['INPOINT_MUTANTS'] ?? '100';
/** Of those, the ones from here on: for a look at some that failed. */
const first = process.env['INPOINT_FIRST_MUTANT'] ?? '0';
const seed = process.env['INPOINT_SEED'] ?? '1';

const runs: readonly PageRun[] = [
  {
    page: 'mutations',
    search: `mutants=${mutants}&first=${first}&seed=${seed}`,
    pageMs: 60_000 + Number(mutants) * 1500,
  },
  { page: 'flips' },
];
for await (const outcome of runPages(runs)) {
  declareTests(outcome.page, outcome);
  test(`the runtime wrote nothing on the console of ${outcome.page}`, () => {
    expect(outcome.said.filter((text) => /onnxruntime/i.test(text)).slice(0, 5)).toEqual([]);
  });
}
