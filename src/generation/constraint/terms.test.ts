import { expect, test } from 'vitest';
import { CharSet } from './char-set.ts';
import { Terms } from './terms.ts';

const encoder = new TextEncoder();

test('Terms.chars() takes the characters of a set in UTF-8, and no other bytes', () => {
  const terms = new Terms();
  const points = [0, 0x41, 0x7f, 0x80, 0x7ff, 0x800, 0xfff, 0x1000, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x3ffff, 0x10ffff];
  const sets = [
    CharSet.of([0, 0x10ffff]),
    CharSet.of([0x41, 0x800]),
    CharSet.of([0x7ff, 0xffff]),
    CharSet.of([0x80, 0x80], [0xfff, 0x3ffff]),
    CharSet.from('A\u{10ffff}'),
  ];
  for (const set of sets) {
    const term = terms.chars(set);
    for (const point of points) {
      const bytes = encoder.encode(String.fromCodePoint(point));
      expect(terms.walk(term, bytes).nullable, `${point.toString(16)} in ${set.ranges.join()}`).toBe(set.has(point));
    }
    for (const wrong of [
      [0xc0, 0x80],
      [0xc1, 0xbf],
      [0xe0, 0x80, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf0, 0x80, 0x80, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0x80],
      [0xff],
    ]) {
      expect(terms.walk(term, Uint8Array.from(wrong))).toBe(terms.empty);
    }
  }
});

test('Terms gives the same term for the same structure, and the same language after it forgot', () => {
  const terms = new Terms();
  const any = terms.chars(CharSet.of([0, 0x10ffff]));
  const list = terms.rule('list', (rule) => {
    rule.body = terms.alt([terms.literal('x'), terms.seq(terms.literal('('), list0(), terms.literal(')'))]);
  });
  function list0() {
    return terms.rule('list', () => {});
  }
  const root = terms.seq(list, terms.both(terms.repeat(any, 2, 4), terms.not(terms.texts(['ab', 'abc']))));
  expect(terms.seq(list, terms.both(terms.not(terms.texts(['ab', 'abc'])), terms.repeat(any, 2, 4)))).toBe(root);
  terms.settle();
  const has = (text: string) => terms.walk(root, encoder.encode(text)).nullable;
  const texts = ['xaa', 'xab', 'xabc', 'xabcd', 'xabcde', '((x))한국', '((x)ab', 'x', ''];
  const before = texts.map(has);
  expect(before).toEqual([true, false, false, true, false, true, false, false, false]);
  const { epoch } = terms;
  terms.forgetIfLarge(0);
  expect(terms.epoch).toBe(epoch + 1);
  expect(texts.map(has)).toEqual(before);
  expect(terms.cost(root)).toBe(3);
  expect(terms.shortest(root)).toBe('x\0\0');
});

test('Terms.cost() is Infinity where nothing is in both, and where a rule never ends', () => {
  const terms = new Terms();
  const endless = terms.rule('endless', (rule) => {
    rule.body = terms.seq(
      terms.literal('('),
      terms.rule('endless', () => {}),
    );
  });
  const letters = terms.repeat(terms.texts(['a', 'b']), 0, Infinity);
  const odd = terms.both(terms.seq(letters, terms.literal('a')), terms.seq(letters, terms.literal('b')));
  terms.settle();
  expect([terms.cost(endless), terms.cost(odd)]).toEqual([Infinity, Infinity]);
});
