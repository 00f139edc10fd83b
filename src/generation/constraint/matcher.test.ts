import { expect, test } from 'vitest';
import { answerVocabulary } from '../../../test/fixtures/answer-vocabulary.ts';
import { compileConstraint } from './compile-constraint.ts';
import { createMatcher, type Matcher } from './matcher.ts';
import type { ResponseFormat } from './response-format.ts';
import { createVocabulary, type Vocabulary } from './vocabulary.ts';

const encoder = new TextEncoder();
const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
/** Every byte, and some more; the last token ends. */
const small = vocabularyOf([
  ...bytes,
  ...['"a', '": ', '한국', '":', 'yes', 'ye', 'no'].map((text) => encoder.encode(text)),
]);

test('Matcher.mask() allows what may come next, and the end where the answer is complete', () => {
  const matcher = matcherOf({ type: 'choice', choices: ['yes', 'yeah', 'no'] }, small);
  expect(allowed(matcher, 10)).toEqual(['n', 'no', 'y', 'ye', 'yes']);
  matcher.accept(tokenOf(small, 'ye'));
  expect(allowed(matcher, 10)).toEqual(['a', 's']);
  matcher.accept(tokenOf(small, 's'));
  expect(matcher.isComplete).toBe(true);
  expect(allowed(matcher, 1)).toEqual(['end']);
  expect(matcher.isOver).toBe(true);
  matcher.accept(small.tokens.length - 1);
  expect(() => matcher.accept(0)).toThrow(RangeError);
});

test('Matcher.mask() allows only what leaves enough tokens', () => {
  const matcher = matcherOf({ type: 'choice', choices: ['yes', 'yeah', 'no'] }, small);
  expect(matcher.fewestTokens).toBe(1);
  expect(allowed(matcher, 1)).toEqual(['no', 'yes']);
  expect(allowed(matcher, 2)).toEqual(['n', 'no', 'ye', 'yes']);
  expect(() => matcher.mask(new Float32Array(300), 0)).toThrow(
    expect.objectContaining({
      name: 'InputError',
      field: 'maxTokens',
      message: expect.stringContaining('takes 1 tokens') as string,
    }),
  );
});

test('Matcher.mask() keeps the logits of allowed tokens, and closes logits that no token has', () => {
  const matcher = matcherOf({ type: 'regex', regex: '[ab]' }, small);
  const logits = Float32Array.from({ length: 400 }, (_, token) => token / 7);
  matcher.mask(logits, 5);
  const kept = [...logits.entries()].filter(([, logit]) => logit > -Infinity);
  expect(kept).toEqual([97, 98].map((token) => [token, Math.fround(token / 7)]));
});

test('Matcher.accept() refuses a token that may not come', () => {
  const matcher = matcherOf({ type: 'regex', regex: 'ab' }, small);
  expect(() => matcher.accept(98)).toThrow(RangeError);
  expect(() => matcher.accept(small.tokens.length - 1)).toThrow(RangeError);
  matcher.accept(97);
  expect(matcher.isComplete).toBe(false);
});

test('Matcher.clone() goes on by itself', () => {
  const matcher = matcherOf({ type: 'regex', regex: 'ab*' }, small);
  matcher.accept(97);
  const copy = matcher.clone();
  copy.accept(98);
  copy.accept(small.tokens.length - 1);
  expect([matcher.isOver, copy.isOver]).toEqual([false, true]);
  expect(allowed(matcher, 3)).toEqual(['b', 'end']);
});

test('Matcher counts characters, and ends no text inside one', () => {
  const matcher = matcherOf({ type: 'regex', regex: '.{2}' }, small);
  matcher.accept(0xed);
  expect(matcher.fewestTokens).toBe(3);
  expect(allowed(matcher, 2)).toEqual([]);
  for (const byte of [0x95, 0x9c]) matcher.accept(byte);
  expect(matcher.fewestTokens).toBe(1);
  for (const byte of encoder.encode('🙂')) matcher.accept(byte);
  expect(matcher.isOver).toBe(true);
});

test('Matcher takes no half of a surrogate pair and no overlong form', () => {
  const matcher = matcherOf({ type: 'regex', regex: '.' }, small);
  expect(() => matcher.clone().accept(0xc0)).toThrow(RangeError);
  matcher.accept(0xed);
  expect(() => matcher.accept(0xa0)).toThrow(RangeError);
});

test('Matcher writes whole characters where the vocabulary has no single bytes', () => {
  const ascii = bytes.slice(0, 128);
  const vocabulary = vocabularyOf([...ascii, ...['é', '한', '국어', '"한'].map((text) => encoder.encode(text))]);
  const enums = matcherOf({ type: 'json_schema', json_schema: { schema: { enum: ['한국', 'né'] } } }, vocabulary);
  // 국 can be written by no token.
  expect(allowed(enums, 20)).toEqual(['"']);
  enums.accept(tokenOf(vocabulary, '"'));
  expect(allowed(enums, 20)).toEqual(['n']);
  const text = matcherOf(
    { type: 'json_schema', json_schema: { schema: { type: 'string', minLength: 1 } } },
    vocabulary,
  );
  text.accept(tokenOf(vocabulary, '"한'));
  expect(allowed(text, 2)).toContain('é');
  expect(text.fewestTokens).toBe(1);
});

test('createMatcher() refuses a vocabulary that cannot write the format', () => {
  const letters = vocabularyOf(bytes.slice(97, 123));
  expect(() => matcherOf({ type: 'json_object' }, letters)).toThrow(/cannot write any answer of the format.* \{/);
  expect(() => matcherOf({ type: 'regex', regex: '[a-z]+' }, letters)).not.toThrow();
});

test('Matcher.fewestTokens is enough at each step of a tight budget', () => {
  const vocabulary = vocabularyOf(answerVocabulary(8000));
  const formats: ResponseFormat[] = [
    { type: 'json_object' },
    { type: 'regex', regex: '(the|and){3,}[가-힣]{4} ing\\d{5}' },
    {
      type: 'json_schema',
      json_schema: { schema: { type: 'string', pattern: 'and.*ing.*tion', minLength: 20, maxLength: 40 } },
    },
    {
      type: 'json_schema',
      json_schema: {
        schema: { type: 'array', items: { type: 'string', pattern: '[aeiou]{3}$', minLength: 5 }, minItems: 3 },
      },
    },
  ];
  let state = 1;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  for (const format of formats) {
    for (let round = 0; round < 40; round++) {
      const matcher = matcherOf(format, vocabulary);
      let left = matcher.fewestTokens + (round % 4);
      while (left > 0 && !matcher.isOver) {
        const logits = new Float32Array(vocabulary.tokens.length);
        matcher.mask(logits, left--);
        const open = [...logits.keys()].filter((token) => logits[token]! > -Infinity);
        const token = open[Math.floor(random() * open.length)]!;
        matcher.accept(token);
        expect(matcher.fewestTokens).toBeLessThanOrEqual(left);
      }
      expect(matcher.isComplete).toBe(true);
    }
  }
}, 60_000);

function matcherOf(format: ResponseFormat, vocabulary: Vocabulary): Matcher {
  const options = { tools: [], toolChoice: 'auto', toolFormat: 'json' } as const;
  return createMatcher(compileConstraint(format, options)!, vocabulary);
}

/** With a token that ends behind the others. */
function vocabularyOf(tokens: readonly Uint8Array[]): Vocabulary {
  return createVocabulary([...tokens, undefined], new Set([tokens.length]));
}

function tokenOf({ tokens }: Vocabulary, text: string): number {
  return tokens.findIndex((token) => token !== undefined && new TextDecoder().decode(token) === text);
}

/** The texts of the tokens that may come, in order. */
function allowed(matcher: Matcher, tokensLeft: number): string[] {
  const vocabulary = matcher.vocabulary;
  const logits = new Float32Array(vocabulary.tokens.length);
  try {
    matcher.mask(logits, tokensLeft);
  } catch {
    return [];
  }
  return [...logits.keys()]
    .filter((token) => logits[token]! > -Infinity)
    .map((token) => (vocabulary.endTokens.has(token) ? 'end' : new TextDecoder().decode(vocabulary.tokens[token])))
    .toSorted();
}
