import { expect, test } from 'vitest';

import { createRandom, forkSeed, freshSeed, xoshiro128 } from './random.ts';

/** The published steps of xoshiro128** 1.1, in integers without a size. */
function reference(state: bigint[]): () => number {
  const word = 0xffffffffn;
  const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & word;
  const s = [...state];
  return () => {
    const result = (rotate((s[1]! * 5n) & word, 7n) * 9n) & word;
    const t = (s[1]! << 9n) & word;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotate(s[3]!, 11n);
    return Number(result);
  };
}

test('xoshiro128() draws what the published steps draw', () => {
  const state = [1, 2, 3, 0xfffffff4];
  const found = xoshiro128(state);
  const expected = reference(state.map(BigInt));
  for (let n = 0; n < 2000; n++) expect(found()).toBe(expected());
});

test('createRandom() spreads evenly over [0, 1)', () => {
  const random = createRandom(0);
  const bins = Array.from({ length: 100 }, () => 0);
  for (let n = 0; n < 100_000; n++) bins[Math.floor(random() * 100)]!++;
  const chiSquare = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  expect(chiSquare).toBeLessThan(99 + 4 * Math.sqrt(198));
  expect(chiSquare).toBeGreaterThan(99 - 4 * Math.sqrt(198));
});

test('forkSeed() gives each index a seed of its own, and tells seeds above 2^32 apart', () => {
  const seeds = Array.from({ length: 10_000 }, (_, index) => forkSeed(42, index));
  expect(new Set(seeds).size).toBe(10_000);
  expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)).toBe(true);
  expect(forkSeed(1, 0)).not.toBe(forkSeed(2 ** 32 + 1, 0));
});

test('freshSeed() differs from call to call', () => {
  expect(new Set(Array.from({ length: 20 }, freshSeed)).size).toBeGreaterThan(15);
});
