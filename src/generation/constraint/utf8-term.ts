import type { CharSet } from './char-set.ts';
import type { Term, Terms } from './terms.ts';

/** One character of a set, as bytes. Source: the table of UTF-8 sequences of RFC 3629, section 4. */
export function utf8Term(terms: Terms, set: CharSet): Term {
  const ranges = Array.from({ length: set.ranges.length / 2 }, (_, index): Range => [
    set.ranges[2 * index]!,
    set.ranges[2 * index + 1]!,
  ]);
  const ascii = clip(ranges, 0, 0x7f);
  return terms.alt([
    terms.bytes((byte) => ascii.some(([first, last]) => byte >= first && byte <= last)),
    ...leads.map(({ lead, count, more, least }) => {
      const size = 64 ** more;
      return branch(terms, lead, count, (index) => {
        const first = index * size;
        return continued(terms, clip(ranges, Math.max(first, least), first + size - 1), first, more);
      });
    }),
  ]);
}

/** First and last code point. */
type Range = readonly [first: number, last: number];

/** Lead bytes, how many bytes come after each, and the first code point that has no shorter form. */
const leads: readonly { lead: number; count: number; more: number; least: number }[] = [
  { lead: 0xc0, count: 32, more: 1, least: 0x80 },
  { lead: 0xe0, count: 16, more: 2, least: 0x800 },
  { lead: 0xf0, count: 5, more: 3, least: 0x10000 },
];

/** The bytes that go on with a character; `base` is the first code point that they can make. */
function continued(terms: Terms, ranges: readonly Range[], base: number, more: number): Term {
  if (ranges.length === 0) return terms.empty;
  if (more === 0) return terms.epsilon;
  const size = 64 ** (more - 1);
  const isWhole = ranges[0]![0] === base && ranges[0]![1] === base + 64 * size - 1;
  // As for all code points: nothing needs to be looked at one by one.
  if (isWhole)
    return terms.repeat(
      terms.bytes((byte) => byte >= 0x80 && byte <= 0xbf),
      more,
      more,
    );
  return branch(terms, 0x80, 64, (index) => {
    const first = base + index * size;
    return continued(terms, clip(ranges, first, first + size - 1), first, more - 1);
  });
}

/** A byte of some in a row, and what comes after each. */
function branch(terms: Terms, firstByte: number, count: number, after: (index: number) => Term): Term {
  const groups = new Map<Term, Set<number>>();
  for (let index = 0; index < count; index++) {
    const rest = after(index);
    if (rest === terms.empty) continue;
    groups.set(rest, (groups.get(rest) ?? new Set()).add(firstByte + index));
  }
  return terms.alt(
    Array.from(groups, ([rest, bytes]) =>
      terms.seq(
        terms.bytes((byte) => bytes.has(byte)),
        rest,
      ),
    ),
  );
}

function clip(ranges: readonly Range[], first: number, last: number): Range[] {
  const clipped: Range[] = [];
  for (const [from, to] of ranges) {
    if (to < first) continue;
    if (from > last) break;
    clipped.push([Math.max(from, first), Math.min(to, last)]);
  }
  return clipped;
}
