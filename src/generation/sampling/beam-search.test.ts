import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { type BeamSearchOptions, createBeamSearch, type Hypothesis } from './beam-search.ts';
import { createRandom } from './random.ts';

interface Search {
  table: number[][];
  options: BeamSearchOptions;
  best: Hypothesis[];
}

const { searches } = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/sampling/sampling.json', import.meta.url), 'utf8'),
) as { searches: Search[] };

/** Runs a search over a model whose logits depend on the token before only; it begins after token 0. */
function search(table: readonly Float32Array[], options: BeamSearchOptions): readonly Hypothesis[] {
  const beams = createBeamSearch(options);
  let last = [0];
  let sequences: number[][] = [[]];
  while (!beams.done) {
    expect(beams.rows).toBe(last.length);
    const steps = beams.step(last.map((token) => table[token]!));
    sequences = steps.map(({ parent, token }) => [...sequences[parent]!, token]);
    last = steps.map(({ token }) => token);
  }
  return beams.best(options.numBeams);
}

test.each(searches.map((one, index) => [index, JSON.stringify(one.options), one] as const))(
  'createBeamSearch() finds the sequences and scores that NumPy finds: model %d, %s',
  (_, __, { table, options, best }) => {
    const found = search(
      table.map((row) => Float32Array.from(row)),
      options,
    );
    expect(found.map(({ tokens, ended }) => ({ tokens, ended }))).toEqual(
      best.map(({ tokens, ended }) => ({ tokens, ended })),
    );
    found.forEach(({ score }, place) => expect(score).toBeCloseTo(best[place]!.score, 6));
  },
);

test('createBeamSearch() finds the likeliest of all sequences with a beam as wide as they are many', () => {
  for (let seed = 0; seed < 10; seed++) {
    const random = createRandom(seed);
    const table = Array.from({ length: 4 }, () => Float32Array.from({ length: 4 }, () => 6 * random() - 3));
    const logps = table.map((row) => {
      const total = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
      return Array.from(row, (logit) => logit - total);
    });
    const all: { tokens: number[]; score: number }[] = [];
    const walk = (tokens: number[], sum: number) => {
      if (tokens.at(-1) === 1 || tokens.length === 4) {
        all.push({ tokens, score: sum / tokens.length });
        return;
      }
      logps[tokens.at(-1) ?? 0]!.forEach((logp, token) => walk([...tokens, token], sum + logp));
    };
    walk([], 0);
    const best = all.toSorted((a, b) => b.score - a.score).slice(0, 5);
    const found = search(table, { numBeams: 256, endTokens: [1], maxTokens: 4 }).slice(0, 5);
    expect(found.map(({ tokens }) => tokens)).toEqual(best.map(({ tokens }) => tokens));
    found.forEach(({ score }, place) => expect(score).toBeCloseTo(best[place]!.score, 6));
  }
});

test('createBeamSearch() ends when no token may follow', () => {
  const beams = createBeamSearch({ numBeams: 2, endTokens: [], maxTokens: 3 });
  expect(beams.step([Float32Array.of(-Infinity, -Infinity)])).toEqual([]);
  expect(beams.done).toBe(true);
  expect(beams.best()).toEqual([]);
});

test.each([NaN, Infinity])('createBeamSearch() refuses the logit %d', (logit) => {
  const beams = createBeamSearch({ numBeams: 1, endTokens: [], maxTokens: 3 });
  expect(() => beams.step([Float32Array.of(0, logit)])).toThrow(expect.objectContaining({ code: 'inference-failed' }));
});

test.each([
  ['numBeams', 0],
  ['maxTokens', 1.5],
  ['lengthPenalty', NaN],
  ['earlyStopping', 'always'],
])('createBeamSearch() names the option at fault: %s %j', (field, value) => {
  const options = { numBeams: 2, endTokens: [], maxTokens: 3, [field]: value } as unknown as BeamSearchOptions;
  expect(() => createBeamSearch(options)).toThrow(expect.objectContaining({ code: 'input-invalid', field }));
});
