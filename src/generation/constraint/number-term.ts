import type { Term, Terms } from './terms.ts';

/** What a number must be. */
export interface NumberLimits {
  readonly isInteger: boolean;
  /** Not below it, or where it is `isOpen` above it. */
  readonly lower?: NumberLimit;
  readonly upper?: NumberLimit;
  /** The most digits after the point. @default 14 */
  readonly decimals?: number;
}

/** One end of a range. */
export interface NumberLimit {
  readonly value: number;
  readonly isOpen: boolean;
}

/** Digits of a number: with no more, each decimal number is a `number` of its own, in the same order. */
const mostDigits = 15;

/**
 * The numbers within limits as JSON writes them, with at most 15 digits in all and no exponent. `-0` is not among
 * them. Comparisons are made digit by digit with the shortest decimal form of each limit, and so are exact.
 */
export function numberTerm(terms: Terms, { isInteger, lower, upper, decimals = mostDigits - 1 }: NumberLimits): Term {
  const places = isInteger ? 0 : decimals;
  const atLeast = lower === undefined ? most(true) : decimalOf(lower);
  const atMost = upper === undefined ? most(false) : decimalOf(upper);
  const zero: Limit = { isNegative: false, whole: 0n, fraction: '', isOpen: false };
  const positive =
    atMost.isNegative && !isZero(atMost) ? terms.empty : magnitudes(atLeast.isNegative ? zero : atLeast, atMost);
  const negative = atLeast.isNegative
    ? magnitudes(atMost.isNegative ? atMost : { ...zero, isOpen: true }, atLeast)
    : terms.empty;
  return terms.alt([positive, terms.seq(terms.literal('-'), negative)]);

  /** Numbers without a sign from one to the other. */
  function magnitudes(from: Limit, to: Limit): Term {
    const top = to.whole >= 10n ** BigInt(mostDigits) ? { ...most(false) } : to;
    if (from.whole > top.whole) return terms.empty;
    if (from.whole === top.whole) return withFraction(from.whole, lowDigits(from), highDigits(top));
    const between = from.whole + 1n <= top.whole - 1n ? wholes(from.whole + 1n, top.whole - 1n) : terms.empty;
    return terms.alt([
      withFraction(from.whole, lowDigits(from), undefined),
      between,
      withFraction(top.whole, undefined, highDigits(top)),
    ]);
  }

  function wholes(from: bigint, to: bigint): Term {
    const made: Term[] = [];
    for (let length = String(from).length; length <= String(to).length; length++) {
      const first = length === 1 ? 0n : 10n ** BigInt(length - 1);
      const last = 10n ** BigInt(length) - 1n;
      const low = from > first ? from : first;
      const high = to < last ? to : last;
      made.push(terms.seq(sameLength(String(low), String(high)), fractions(undefined, undefined, room(length))));
    }
    return terms.alt(made);
  }

  function withFraction(whole: bigint, low: Digits | undefined, high: Digits | undefined): Term {
    return terms.seq(terms.literal(String(whole)), fractions(low, high, room(String(whole).length)));
  }

  function room(length: number): number {
    return Math.min(places, mostDigits - length);
  }

  /** Numbers of as many digits as both have. */
  function sameLength(low: string, high: string): Term {
    if (/^0*$/.test(low) && /^9*$/.test(high)) return terms.repeat(digit(0, 9), low.length, low.length);
    const [first, last] = [Number(low[0]), Number(high[0])];
    const [lowRest, highRest] = [low.slice(1), high.slice(1)];
    if (first === last) return terms.seq(digit(first, first), sameLength(lowRest, highRest));
    const free = terms.repeat(digit(0, 9), lowRest.length, lowRest.length);
    return terms.alt([
      terms.seq(digit(first, first), sameLength(lowRest, '9'.repeat(lowRest.length))),
      first + 1 < last ? terms.seq(digit(first + 1, last - 1), free) : terms.empty,
      terms.seq(digit(last, last), sameLength('0'.repeat(highRest.length), highRest)),
    ]);
  }

  /** Nothing, or a point and digits. */
  function fractions(low: Digits | undefined, high: Digits | undefined, count: number): Term {
    const none = mayEnd(low, high) ? terms.epsilon : terms.empty;
    if (count <= 0) return none;
    return terms.alt([none, terms.seq(terms.literal('.'), moreDigits(low, high, count))]);
  }

  /** One digit or more, of a fraction that lies between what is left of two. */
  function moreDigits(low: Digits | undefined, high: Digits | undefined, count: number): Term {
    if (count === 0) return terms.empty;
    if (low === undefined && high === undefined) return terms.repeat(digit(0, 9), 1, count);
    const made: Term[] = [];
    for (let next = 0; next <= 9; next++) {
      const lowNext = Number(low?.text[0] ?? 0);
      const highNext = Number(high?.text[0] ?? 0);
      if ((low !== undefined && next < lowNext) || (high !== undefined && next > highNext)) continue;
      const lowRest = low === undefined || next > lowNext ? undefined : settled({ ...low, text: low.text.slice(1) });
      const highRest = high === undefined || next < highNext ? undefined : { ...high, text: high.text.slice(1) };
      const end = mayEnd(lowRest, highRest) ? terms.epsilon : terms.empty;
      made.push(terms.seq(digit(next, next), terms.alt([end, moreDigits(lowRest, highRest, count - 1)])));
    }
    return terms.alt(made);
  }

  function digit(first: number, last: number): Term {
    return terms.bytes((byte) => byte >= 0x30 + first && byte <= 0x30 + last);
  }
}

/** A limit, digit by digit. */
interface Limit {
  readonly isNegative: boolean;
  readonly whole: bigint;
  readonly fraction: string;
  readonly isOpen: boolean;
}

/** Digits after the point that are still to be compared. */
interface Digits {
  readonly text: string;
  readonly isOpen: boolean;
}

function decimalOf({ value, isOpen }: NumberLimit): Limit {
  const [, digits = '0', exponent = '0'] = /^-?([\d.]+)(?:e([+-]\d+))?$/.exec(String(value))!;
  const [whole = '0', fraction = ''] = digits.split('.');
  const shift = Number(exponent);
  const moved =
    shift >= 0
      ? [whole + fraction.slice(0, shift).padEnd(shift, '0'), fraction.slice(shift)]
      : [whole.slice(0, shift) || '0', whole.padStart(-shift, '0').slice(shift) + fraction];
  return { isNegative: value < 0, whole: BigInt(moved[0]!), fraction: moved[1]!.replace(/0+$/, ''), isOpen };
}

function most(isNegative: boolean): Limit {
  return { isNegative, whole: 10n ** BigInt(mostDigits) - 1n, fraction: '', isOpen: false };
}

function isZero({ whole, fraction }: Limit): boolean {
  return whole === 0n && fraction === '';
}

function lowDigits({ fraction, isOpen }: Limit): Digits | undefined {
  return settled({ text: fraction, isOpen });
}

function highDigits({ fraction, isOpen }: Limit): Digits {
  return { text: fraction, isOpen };
}

/** Nothing, where whatever comes is at least this much. */
function settled(low: Digits): Digits | undefined {
  return low.text === '' && !low.isOpen ? undefined : low;
}

function mayEnd(low: Digits | undefined, high: Digits | undefined): boolean {
  const isAbove = low === undefined || (low.text === '' && !low.isOpen);
  return isAbove && (high === undefined || high.text !== '' || !high.isOpen);
}
