import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { checkSampling, type SamplingOptions } from './options.ts';
import { createSampler } from './sampler.ts';
import { createShortlist } from './shortlist.ts';

interface Case {
  logits: string;
  options: SamplingOptions;
  prompt: number[];
  generated: number[];
  kept: number[];
  probabilities: number[];
}

const fixture = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/sampling/sampling.json', import.meta.url), 'utf8'),
) as { logits: Record<string, (number | null)[]>; cases: Case[]; logprobs: Record<string, (number | null)[]> };

function logitsOf(name: string): Float32Array {
  return Float32Array.from(fixture.logits[name]!, (logit) => logit ?? -Infinity);
}

test.each(fixture.cases.map((one) => [one.logits, JSON.stringify(one.options), one] as const))(
  'createSampler() keeps the tokens and probabilities that NumPy keeps: %s logits, %s',
  (name, _, { options, prompt, generated, kept, probabilities }) => {
    const logits = logitsOf(name);
    const sampler = createSampler({ ...options, seed: 1 }, logits.length, prompt);
    for (const token of generated) sampler.replay(token);
    const { token } = sampler.next(logits, () => {});
    const list = createShortlist(options, logits.length);
    list.narrow(
      logits,
      logits.reduce((most, logit) => Math.max(most, logit), -Infinity),
    );
    const found = Array.from(list.weights.subarray(0, list.count), (weight) => weight / list.total);
    expect([...list.ids.subarray(0, list.count)]).toEqual(kept);
    found.forEach((probability, place) => expect(Math.abs(probability - probabilities[place]!)).toBeLessThan(1e-6));
    expect(kept).toContain(token);
  },
);

test.each(['normal', 'ties', 'ruled out', 'wide'])(
  'createSampler() draws as often as the probabilities say, by chi-square: %s logits',
  (name) => {
    const options = { temperature: 1.5, topK: 12, seed: 99 };
    const { kept, probabilities } = distribution(options, logitsOf(name));
    const sampler = createSampler(options, logitsOf(name).length);
    const counts = new Map<number, number>();
    const draws = 20_000;
    const logits = logitsOf(name);
    for (let n = 0; n < draws; n++) {
      const { token } = sampler.next(logits);
      counts.set(token, (counts.get(token) ?? 0) + 1);
    }
    expect([...counts.keys()].every((token) => kept.includes(token))).toBe(true);
    const chiSquare = kept.reduce((sum, token, place) => {
      const expected = draws * probabilities[place]!;
      return sum + ((counts.get(token) ?? 0) - expected) ** 2 / expected;
    }, 0);
    // Mean and deviation of the distribution are f and sqrt(2f).
    const freedom = kept.length - 1;
    expect(chiSquare).toBeLessThan(freedom + 4 * Math.sqrt(2 * freedom));
  },
);

function distribution(options: SamplingOptions, logits: Float32Array): { kept: number[]; probabilities: number[] } {
  const all = Array.from(logits, (logit, id) => ({ id, logit })).toSorted((a, b) => b.logit - a.logit);
  const floor = all[options.topK! - 1]!.logit;
  const left = all.filter(({ logit }) => logit >= floor && logit > -Infinity);
  const powers = left.map(({ logit }) => Math.exp(logit / options.temperature!));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return { kept: left.map(({ id }) => id), probabilities: powers.map((power) => power / total) };
}

test('createSampler() gives the same tokens for a seed, and others for another', () => {
  const run = (seed?: number) => {
    const sampler = createSampler({ seed, temperature: 2 }, 60);
    return { seed: sampler.seed, tokens: Array.from({ length: 30 }, () => sampler.next(logitsOf('normal')).token) };
  };
  expect(run(5)).toEqual(run(5));
  expect(run(5).tokens).not.toEqual(run(6).tokens);
  const fresh = run();
  expect(run(fresh.seed)).toEqual(fresh);
});

test.each([{ temperature: 0 }, { doSample: false }])(
  'createSampler() takes the first of the likeliest: %j',
  (options) => {
    const next = (logits: number[]) => createSampler(options, logits.length).next(Float32Array.from(logits)).token;
    expect(next([1, 3, 3, 2])).toBe(1);
    expect(next([-Infinity, -5])).toBe(1);
  },
);

test('createSampler() applies what was generated, the bias and the constraint before it takes the likeliest', () => {
  const sampler = createSampler({ doSample: false, presencePenalty: 2, logitBias: { 3: 1 } }, 4);
  const next = () => sampler.next(Float32Array.of(3, 2, 1.5, 1.25), (logits) => (logits[2] = -Infinity)).token;
  expect([next(), next(), next()]).toEqual([0, 3, 1]);
});

test.each(Object.keys(fixture.logits))('createSampler() tells the log-probabilities of the raw logits: %s', (name) => {
  const expected = fixture.logprobs[name]!.map((value) => value ?? -Infinity);
  const options = { seed: 3, temperature: 0.5, logitBias: { 0: -1 }, topLogprobs: 20 };
  const { token, logprob, topLogprobs } = createSampler(options, expected.length).next(logitsOf(name));
  expect(logprob).toBeCloseTo(expected[token]!, 6);
  const ranked = expected.map((value, id) => ({ value, id })).toSorted((a, b) => b.value - a.value || a.id - b.id);
  expect(topLogprobs!.map(({ token: id }) => id)).toEqual(ranked.slice(0, 20).map(({ id }) => id));
  for (const top of topLogprobs!) {
    if (expected[top.token] === -Infinity) expect(top.logprob).toBe(-Infinity);
    else expect(top.logprob).toBeCloseTo(expected[top.token]!, 6);
  }
});

test.each([
  [[1, NaN, 2], 'gave NaN as the logit of token 1'],
  [[1, 2, Infinity], 'gave Infinity as the logit of token 2'],
  [[-Infinity, -Infinity], 'No token may follow'],
])('createSampler() refuses the logits %j', (logits, words) => {
  for (const doSample of [true, false]) {
    const sampler = createSampler({ doSample }, logits.length);
    expect(() => sampler.next(Float32Array.from(logits))).toThrow(
      expect.objectContaining({ code: 'inference-failed', message: expect.stringContaining(words) as string }),
    );
  }
});

test.each([
  ['temperature', -1],
  ['temperature', NaN],
  ['topK', 1.5],
  ['topP', 0],
  ['topP', 1.01],
  ['minP', 2],
  ['typicalP', 0],
  ['repetitionPenalty', 0],
  ['frequencyPenalty', 2.1],
  ['presencePenalty', '1'],
  ['seed', -1],
  ['topLogprobs', 21],
  ['doSample', 1],
  ['logprobs', 5],
  ['logitBias', [1]],
])('checkSampling() names the option at fault: %s %j', (name, value) => {
  expect(() => checkSampling({ [name]: value })).toThrow(
    expect.objectContaining({ code: 'input-invalid', field: name }),
  );
});
