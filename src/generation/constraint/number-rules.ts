import type { GrammarBuilder, Sequence } from './grammar.ts';

/** Digits after the point that are written where a number has a bound. */
const mostDecimals = 4;

/** Numbers beyond which bounds make no difference: JavaScript has no larger whole ones. */
const largest = 999_999_999_999_999;

/** The whole numbers from one to another, as JSON has them; none where there is none. */
export function integerRules(builder: GrammarBuilder, least: number, most: number): Sequence[] {
  const low = Math.max(Math.ceil(least), -largest);
  const high = Math.min(Math.floor(most), largest);
  return [
    ...(low < 0 ? positives(builder, Math.max(1, -high), -low, 0).map((one) => [...builder.literal('-'), ...one]) : []),
    ...(high >= 0 ? positives(builder, Math.max(0, low), high, 0) : []),
  ];
}

/**
 * The numbers from one to another with four decimals at the most.
 *
 * @param isOpen whether the bounds themselves are left out
 */
export function numberRules(
  builder: GrammarBuilder,
  least: number,
  most: number,
  isOpen: { readonly low: boolean; readonly high: boolean },
): Sequence[] {
  const all: Sequence[] = [];
  for (let decimals = 0; decimals <= mostDecimals; decimals++) {
    const scale = 10 ** decimals;
    const bound = Math.floor(largest / scale);
    let low = Math.max(Math.ceil(rounded(least * scale)), -bound);
    let high = Math.min(Math.floor(rounded(most * scale)), bound);
    if (isOpen.low && low / scale <= least) low++;
    if (isOpen.high && high / scale >= most) high--;
    if (low < 0) {
      const negative = positives(builder, Math.max(decimals === 0 ? 1 : 0, -high), -low, decimals);
      all.push(...negative.map((one) => [...builder.literal('-'), ...one]));
    }
    if (high >= 0 && low <= high) all.push(...positives(builder, Math.max(0, low), high, decimals));
  }
  return all;
}

/** Without what multiplying by ten adds of its own: 0.29 · 100 is 28.999999999999996. */
function rounded(value: number): number {
  const near = Math.round(value);
  return Math.abs(value - near) < 1e-6 * Math.max(1, Math.abs(value)) * 1e-3 ? near : value;
}

/** Numbers of digits, the last few of them after the point. */
function positives(builder: GrammarBuilder, low: number, high: number, decimals: number): Sequence[] {
  if (low > high) return [];
  const all: Sequence[] = [];
  const shortest = decimals + 1;
  for (
    let length = Math.max(shortest, String(low).length);
    length <= Math.max(shortest, String(high).length);
    length++
  ) {
    const least = length === shortest ? 0 : 10 ** (length - 1);
    const from = Math.max(low, least);
    const to = Math.min(high, 10 ** length - 1);
    if (from > to) continue;
    for (const digits of between(String(from).padStart(length, '0'), String(to).padStart(length, '0'))) {
      const point = digits.length - decimals;
      all.push(decimals === 0 ? digits : [...digits.slice(0, point), ...builder.literal('.'), ...digits.slice(point)]);
    }
  }
  return all;
}

/** Sequences of digits from one to another of the same length. */
function between(low: string, high: string): Sequence[] {
  const code = (digit: string): number => digit.charCodeAt(0);
  if (low.length === 1) return [[{ low: code(low), high: code(high) }]];
  const [first, last] = [low[0]!, high[0]!];
  const rest = (text: string): string => text.slice(1);
  const same = { low: code(first), high: code(first) };
  if (first === last) return between(rest(low), rest(high)).map((one) => [same, ...one]);
  const zeros = '0'.repeat(low.length - 1);
  const nines = '9'.repeat(low.length - 1);
  const isLeast = rest(low) === zeros;
  const isMost = rest(high) === nines;
  const from = code(first) + (isLeast ? 0 : 1);
  const to = code(last) - (isMost ? 0 : 1);
  const all: Sequence[] = [];
  if (!isLeast) all.push(...between(rest(low), nines).map((one) => [same, ...one]));
  if (from <= to) all.push([{ low: from, high: to }, ...Array.from(nines, () => ({ low: 0x30, high: 0x39 }))]);
  if (!isMost) all.push(...between(zeros, rest(high)).map((one) => [{ low: code(last), high: code(last) }, ...one]));
  return all;
}
