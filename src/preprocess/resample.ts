import type { Samples } from './media.ts';

/**
 * Sound at another rate: a windowed-sinc filter in polyphase form, the one of `scipy.signal.resample_poly`.
 *
 * With `up / down = rate / samples.rate` in lowest terms and `M = max(up, down)`, the filter has `20 M + 1` taps
 *
 *     h[i] = g * sinc((i - 10 M) / M) * I0(5 sqrt(1 - ((i - 10 M) / 10 M)²)) / I0(5)
 *
 * with `g` such that they sum up to `up`, and a sample is `y[n] = sum_k x[k] h[n down - k up + 10 M]`, with silence
 * before the first sample and after the last. There are `ceil(length * up / down)` of them.
 */
export function resample({ data, rate: from }: Samples, rate: number): Samples {
  if (from === rate || data.length === 0) return { data, rate };
  const divisor = greatestCommonDivisor(from, rate);
  const up = rate / divisor;
  const down = from / divisor;
  const half = 10 * Math.max(up, down);
  const taps = lowPass(half, up);
  const resampled = new Float32Array(Math.ceil((data.length * up) / down));
  for (let n = 0; n < resampled.length; n++) {
    // The tap of data[k] is place - k * up, which lies between 0 and 2 * half.
    const place = n * down + half;
    const first = Math.max(0, Math.ceil((place - 2 * half) / up));
    const last = Math.min(data.length - 1, Math.floor(place / up));
    let sum = 0;
    for (let k = first, tap = place - first * up; k <= last; k++, tap -= up) sum += data[k]! * taps[tap]!;
    resampled[n] = sum;
  }
  return { data: resampled, rate };
}

/** The last one made: a stream of sound is cut into pieces of one rate. */
let made: { half: number; up: number; taps: Float64Array } | undefined;

function lowPass(half: number, up: number): Float64Array {
  if (made?.half === half && made.up === up) return made.taps;
  const taps = new Float64Array(2 * half + 1);
  let sum = 0;
  for (let i = 0; i < taps.length; i++) {
    const x = (i - half) / (half / 10);
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    taps[i] = sinc * bessel(beta * Math.sqrt(Math.max(0, 1 - ((i - half) / half) ** 2)));
    sum += taps[i]!;
  }
  for (let i = 0; i < taps.length; i++) taps[i]! *= up / sum;
  made = { half, up, taps };
  return taps;
}

/** How steep the Kaiser window is. */
const beta = 5;

/** The modified Bessel function of the first kind and order 0, by its power series. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
