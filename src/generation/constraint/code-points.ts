import type { Sequence } from './grammar.ts';

/** Code points from the first to the second, both included. */
export type CodePoints = readonly (readonly [from: number, to: number])[];

export const lastCodePoint = 0x10ffff;

/** The code points that are in none of these. Halves of surrogate pairs, which are no characters, are in neither. */
export function complement(ranges: CodePoints): CodePoints {
  const result: [number, number][] = [];
  let next = 0;
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    if (from > next) result.push([next, from - 1]);
    next = Math.max(next, to + 1);
  }
  if (next <= lastCodePoint) result.push([next, lastCodePoint]);
  return result;
}

/** The code points that are in both. */
export function intersect(a: CodePoints, b: CodePoints): CodePoints {
  return a.flatMap(([from, to]) =>
    b.flatMap(([start, end]) => {
      const low = Math.max(from, start);
      const high = Math.min(to, end);
      return low <= high ? [[low, high] as const] : [];
    }),
  );
}

/** Whether there is one of them. */
export function hasAny(ranges: CodePoints): boolean {
  return ranges.some(([from, to]) => from < 0xd800 || to > 0xdfff);
}

/**
 * One character of some, in UTF-8. Source: RFC 3629, whose ranges of bytes are cut out here length by length.
 */
export function utf8(ranges: CodePoints): Sequence[] {
  return ranges.flatMap(([from, to]) =>
    lengths.flatMap(([low, high]) => {
      const start = Math.max(from, low);
      const end = Math.min(to, high);
      return start <= end ? byteSequences(encode(start), encode(end)) : [];
    }),
  );
}

/** Code points by how many bytes they take; surrogates are left out. */
const lengths: CodePoints = [
  [0, 0x7f],
  [0x80, 0x7ff],
  [0x800, 0xd7ff],
  [0xe000, 0xffff],
  [0x10000, lastCodePoint],
];

function encode(codePoint: number): number[] {
  return [...new TextEncoder().encode(String.fromCodePoint(codePoint))];
}

/** Sequences of ranges of bytes for all from one to another of the same length. */
function byteSequences(low: readonly number[], high: readonly number[]): Sequence[] {
  const [first = 0, ...lowRest] = low;
  const [last = 0, ...highRest] = high;
  if (lowRest.length === 0) return [[{ low: first, high: last }]];
  if (first === last) return byteSequences(lowRest, highRest).map((rest) => [{ low: first, high: first }, ...rest]);
  const least = lowRest.map(() => 0x80);
  const most = lowRest.map(() => 0xbf);
  const isLeast = lowRest.every((byte) => byte === 0x80);
  const isMost = highRest.every((byte) => byte === 0xbf);
  const from = isLeast ? first : first + 1;
  const to = isMost ? last : last - 1;
  const all: Sequence[] = [];
  if (!isLeast) all.push(...byteSequences(lowRest, most).map((rest) => [{ low: first, high: first }, ...rest]));
  if (from <= to) all.push([{ low: from, high: to }, ...most.map(() => ({ low: 0x80, high: 0xbf }))]);
  if (!isMost) all.push(...byteSequences(least, highRest).map((rest) => [{ low: last, high: last }, ...rest]));
  return all;
}
