/** Random numbers that begin with a seed: the same ones on every platform. */
export interface Random {
  /** From 0 up to 1, which it never is, in steps of 2⁻⁵³. */
  next(): number;
}

/**
 * Makes random numbers by xoshiro128**, its state filled by SplitMix32.
 *
 * Source: Blackman and Vigna, “Scrambled Linear Pseudorandom Number Generators”, ACM TOMS 47 (2021).
 */
export function createRandom(seed: number): Random {
  let filler = mixed(seed);
  const fill = (): number => {
    filler = (filler + 0x9e3779b9) | 0;
    return finalized(filler);
  };
  let [a, b, c, d] = [fill(), fill(), fill(), fill()] as [number, number, number, number];
  const word = (): number => {
    const result = Math.imul(rotated(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotated(d, 11);
    return result >>> 0;
  };
  return { next: () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53 };
}

/** A seed that nobody chose. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}

/** The seed of the answer with this index, of several to one prompt; the first one has the seed itself. */
export function forkSeed(seed: number, index: number): number {
  return index === 0 ? seed : finalized(mixed(seed) + Math.imul(index, 0x9e3779b9)) >>> 0;
}

/** All 53 bits of a seed in 32. */
function mixed(seed: number): number {
  const low = (seed % 2 ** 32) | 0;
  const high = Math.floor(seed / 2 ** 32) | 0;
  return low ^ Math.imul(high, 0x85ebca6b);
}

function finalized(value: number): number {
  let mixedUp = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  mixedUp = Math.imul(mixedUp ^ (mixedUp >>> 15), 0x735a2d97);
  return mixedUp ^ (mixedUp >>> 15);
}

function rotated(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}
