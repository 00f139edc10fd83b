import { expect, test } from 'vitest';
import { regexTerm } from './regex-term.ts';
import { Terms } from './terms.ts';

const encoder = new TextEncoder();

const patterns = [
  'abc',
  'a|bc|',
  '(?:ab)*c+d?',
  'a{2}b{1,3}c{2,}',
  '[a-c]+?[^a-c]',
  '\\d{3}-\\d{2,4}',
  '\\w+\\s\\W',
  '(?<year>\\d\\d)(b|c(d|e)*)+',
  '.\\.',
  '[가-힣]{1,3}[\\u{1F600}-\\u{1F64F}é]?',
  '\\p{Lu}\\P{L}*',
  '[\\d\\-x\\]]+',
  '\\x41\\u0042\\cJ|\\t',
  '(a|aa)*b',
  '(a*)*b',
  'a(b{0,2}){0,3}c',
  '(?:^a|b)c',
  'a(?:b|c$)',
  '^a|b$',
  '',
];
const alphabet = Array.from('aabbccdde0129-xX. \n\t_]é가힣🙂😀AB');

test.each(patterns)('regexTerm() takes the texts that JavaScript matches: %s', (pattern) => {
  const random = seeded(pattern.length + 1);
  const whole = new RegExp(`^(?:${pattern})$`, 'u');
  const search = new RegExp(pattern, 'u');
  const terms = new Terms();
  const options = { field: 'regex' };
  const wholeTerm = regexTerm(terms, pattern, options);
  const searchTerm = regexTerm(terms, pattern, { ...options, isSearch: true });
  terms.settle();
  let matches = 0;
  for (let round = 0; round < 3000; round++) {
    const text = round % 2 === 0 ? noise(random) : follow(terms, round % 4 === 1 ? wholeTerm : searchTerm, random);
    const bytes = encoder.encode(text);
    expect(terms.walk(wholeTerm, bytes).nullable, `all of ${JSON.stringify(text)}`).toBe(whole.test(text));
    expect(terms.walk(searchTerm, bytes).nullable, `in ${JSON.stringify(text)}`).toBe(search.test(text));
    if (whole.test(text)) matches++;
  }
  expect(matches).toBeGreaterThan(0);
  expect(whole.test(decode(terms.shortest(wholeTerm)))).toBe(true);
});

test.each([
  ['(a', 'is no regular expression'],
  ['a(?=b)', 'the group'],
  ['(?<!a)b', 'the group'],
  ['(a)\\1', 'the backreference \\1'],
  ['(?<n>a)\\k<n>', 'the backreference \\k'],
  ['\\bword', 'the word border \\b'],
  ['a^b', '^ or $ in its middle'],
  ['(a$)*', '^ or $ in its middle'],
  ['a{20000}', 'over 10000 repetitions'],
])('regexTerm() refuses %s and says that it has %s', (pattern, message) => {
  expect(() => regexTerm(new Terms(), pattern, { field: 'regex' })).toThrow(
    expect.objectContaining({
      name: 'InputError',
      field: 'regex',
      message: expect.stringContaining(message) as string,
    }),
  );
});

function noise(random: () => number): string {
  return Array.from({ length: Math.floor(random() * 8) }, () => alphabet[Math.floor(random() * alphabet.length)]).join(
    '',
  );
}

/** A text that a term leads through, mostly. */
function follow(terms: Terms, start: ReturnType<Terms['literal']>, random: () => number): string {
  let text = '';
  let term = start;
  for (let length = 0; length < 12 && !(term.nullable && random() < 0.3); length++) {
    const choices = alphabet.filter((char) => terms.walk(term, encoder.encode(char)) !== terms.empty);
    const char = choices[Math.floor(random() * choices.length)];
    if (char === undefined) break;
    text += char;
    term = terms.walk(term, encoder.encode(char));
  }
  return random() < 0.1 ? text.slice(1) : text;
}

function decode(text: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(text, (char) => char.charCodeAt(0)));
}

/** Source: Numerical Recipes' linear congruential generator. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}
