/** A source of uniform numbers in [0, 1). */
export type Random = () => number;

/**
 * The uniform numbers of a seed, of 53 bits each: xoshiro128** 1.1 (Blackman and Vigna, https://prng.di.unimi.it/xoshiro128starstar.c), its state filled from the seed as `forkSeed` mixes it.
 * Only 32-bit integer arithmetic is used, so that they are the same in each engine.
 *
 * @param seed an integer from 0 to 2^53 - 1
 */
export function createRandom(seed: number): Random {
  const next = xoshiro128([0, 1, 2, 3].map((place) => forkSeed(seed, place)));
  // The upper 27 and 26 bits of two draws.
  return () => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 2 ** 53;
}

/** The 32-bit draws of xoshiro128** 1.1 from four state words, which are not all zero. */
export function xoshiro128(state: readonly number[]): () => number {
  let [a = 0, b = 0, c = 0, d = 0] = state;
  return () => {
    const drawn = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return drawn;
  };
}

/**
 * The seed of the `index`-th of several samples, an integer below 2^32: the halves of the seed and the index, mixed by the finalizer of MurmurHash3.
 * Different indices of one seed give different seeds.
 */
export function forkSeed(seed: number, index: number): number {
  const high = mix(Math.floor(seed / 2 ** 32) + 0x9e3779b9);
  return mix(mix(high ^ (seed >>> 0)) + Math.imul(index + 1, 0x9e3779b9));
}

/** A seed that nobody can guess, below 2^32. */
export function freshSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}

function mix(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
