/** Squared magnitudes of a real signal's Fourier transform at frequencies 0 to `length / 2`. */
export type PowerSpectrum = (signal: Float64Array, power: Float64Array) => void;

/**
 * Makes a transform of real signals of any length; those of small prime factors, as 400 and 512 have, are fast.
 * `power[k] = |sum_n signal[n] exp(-2πi k n / length)|²` for `k` from 0 to `floor(length / 2)`.
 *
 * Source: Cooley and Tukey, An algorithm for the machine calculation of complex Fourier series, 1965, in Stockham's
 * order, which needs no bit reversal.
 */
export function createPowerSpectrum(length: number): PowerSpectrum {
  const cos = Float64Array.from({ length }, (_, n) => Math.cos((2 * Math.PI * n) / length));
  const sin = Float64Array.from({ length }, (_, n) => -Math.sin((2 * Math.PI * n) / length));
  const stages = factors(length);
  let re = new Float64Array(length);
  let im = new Float64Array(length);
  let nextRe = new Float64Array(length);
  let nextIm = new Float64Array(length);
  return (signal, power) => {
    re.set(signal);
    im.fill(0);
    let done = 1;
    for (const radix of stages) {
      combine(radix, done);
      [re, nextRe, im, nextIm] = [nextRe, re, nextIm, im];
      done *= radix;
    }
    for (let k = 0; k < power.length; k++) power[k] = re[k]! ** 2 + im[k]! ** 2;
  };

  /** Makes transforms of `size * radix` values of those of `size`; that of the values `j, j + m, …` lies at `j * size`. */
  function combine(radix: number, size: number): void {
    const larger = size * radix;
    const count = length / larger;
    for (let j = 0; j < count; j++) {
      for (let k = 0; k < larger; k++) {
        // The weight of part q is exp(-2πi q k / larger).
        const step = k * count;
        let from = j * size + (k % size);
        let sumRe = re[from]!;
        let sumIm = im[from]!;
        for (let q = 1, turn = step; q < radix; q++, turn += step) {
          if (turn >= length) turn -= length;
          from += count * size;
          const c = cos[turn]!;
          const s = sin[turn]!;
          sumRe += re[from]! * c - im[from]! * s;
          sumIm += re[from]! * s + im[from]! * c;
        }
        nextRe[j * larger + k] = sumRe;
        nextIm[j * larger + k] = sumIm;
      }
    }
  }
}

/** Prime factors, in pairs of two as four. */
function factors(length: number): number[] {
  const found: number[] = [];
  let rest = length;
  for (let factor = 4; rest > 1; factor = factor === 4 ? 2 : factor === 2 ? 3 : factor + 2) {
    for (; rest % factor === 0; rest /= factor) found.push(factor);
  }
  return found;
}
