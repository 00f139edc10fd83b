import { describe, expect, test } from 'vitest';
import { runPages } from '../browser/run-pages.ts';

/** 2,000 are for those who change what models go through: `INPOINT_MUTANTS=2000 npx vitest run test/mutations`. */
const mutants = process.env['INPOINT_MUTANTS'] ?? '150';
/** Of those, the ones from here on: for a look at some that failed. */
const first = process.env['INPOINT_FIRST_MUTANT'] ?? '0';
const seed = process.env['INPOINT_SEED'] ?? '1';

const outcomes = await runPages([
  {
    page: 'mutations',
    search: `mutants=${mutants}&first=${first}&seed=${seed}`,
    pageMs: 60_000 + Number(mutants) * 1500,
  },
  { page: 'flips' },
]);
for (const { page, results, said, uncaught } of outcomes) {
  describe(page, () => {
    for (const { name, error } of results) {
      test(name, () => {
        if (error) throw new Error(error);
      });
    }
    test('the page came to its end with nothing uncaught', () => {
      expect(uncaught).toEqual([]);
      expect(results.length).toBeGreaterThan(0);
    });
    test('the runtime wrote nothing on the console', () => {
      expect(said.filter((text) => /onnxruntime/i.test(text)).slice(0, 5)).toEqual([]);
    });
  });
  for (const line of said.filter((text) => /^\{"count"|^caught by/.test(text))) console.log(line);
}
