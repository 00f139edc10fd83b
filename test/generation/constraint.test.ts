import { existsSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { compileConstraint } from '../../src/generation/constraint/compile-constraint.ts';
import { createMatcher, type Matcher } from '../../src/generation/constraint/matcher.ts';
import { createVocabulary, type Vocabulary } from '../../src/generation/constraint/vocabulary.ts';
import type { ResponseFormat } from '../../src/generation/constraint/response-format.ts';
import { createRandom } from '../../src/generation/sampling/random.ts';
import { tokenBytes, type TokenizerJson } from '../../src/generation/token-bytes.ts';
import { answerSchemas } from '../fixtures/answer-schemas.ts';
import { answerVocabulary } from '../fixtures/answer-vocabulary.ts';

const readTokens = (url: URL): (Uint8Array | undefined)[] =>
  tokenBytes(JSON.parse(readFileSync(url, 'utf8')) as TokenizerJson);

const chat = new URL('../fixtures/tasks/text-generation/tokenizer.json', import.meta.url);
const models = new URL('../../../shared/models/', import.meta.url);
const vocabularies: readonly (readonly [name: string, tokens: () => (Uint8Array | undefined)[]])[] = [
  ['bytes and a few merges', () => readTokens(chat)],
  ['bytes alone', () => answerVocabulary(256)],
  ['BPE', () => answerVocabulary()],
  ...(existsSync(models)
    ? ([
        ['stories260K', () => readTokens(new URL('stories260K/tokenizer.json', models))],
        ['gpt2', () => readTokens(new URL('tiny-random-gpt2/tokenizer.json', models))],
      ] as const)
    : []),
];

const options = { tools: [], toolChoice: 'auto', toolFormat: 'json' } as const;

/** Tokens that end something, as a model likes to. */
const closersOf = ({ tokens }: Vocabulary): readonly number[] =>
  [...tokens.keys()].filter((token) => tokens[token]?.some((byte) => '"}]'.includes(String.fromCharCode(byte))));

/** Writes an answer by logits of chance, as a model without a clue would. */
function writeAtRandom(matcher: Matcher, tokens: number, seed: number, closers: readonly number[] = []): string {
  const { vocabulary } = matcher;
  const random = createRandom(seed);
  const logits = new Float32Array(vocabulary.tokens.length);
  const bytes: number[] = [];
  for (let left = tokens; left > 0 && !matcher.isOver; left--) {
    const noise = Math.floor(random() * 2 ** 31) | 1;
    for (let token = 0; token < logits.length; token++) logits[token] = (Math.imul(token + 1, noise) >>> 8) / 2 ** 24;
    for (const token of closers) logits[token]! += 0.5;
    // Ends come to mind now and then.
    for (const end of vocabulary.endTokens) logits[end] = random() < 0.1 ? 2 : -1;
    matcher.mask(logits, left);
    let best = 0;
    for (let token = 1; token < logits.length; token++) if (logits[token]! > logits[best]!) best = token;
    if (logits[best] === -Infinity) throw new Error('Nothing may come, and it is not at its end.');
    matcher.accept(best);
    if (!vocabulary.endTokens.has(best)) bytes.push(...vocabulary.tokens[best]!);
  }
  if (!matcher.isComplete) throw new Error('It is not at its end.');
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

describe.each(vocabularies)('answers in the tokens of %s', (_, tokens) => {
  const known = tokens();
  const vocabulary = createVocabulary([...known, undefined], new Set([known.length]));
  const closers = closersOf(vocabulary);
  const follow = (format: ResponseFormat): Matcher => createMatcher(compileConstraint(format, options)!, vocabulary);
  // Chance takes its time over a large vocabulary.
  const wanted = known.length > 10_000 ? 400 : 2000;
  const rounds = wanted / Object.keys(answerSchemas).length;

  test(`${wanted} by forty schemas: each is valid`, () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true, multipleOfPrecision: 9 });
    formats.default(ajv);
    let count = 0;
    for (const [name, schema] of Object.entries(answerSchemas)) {
      const isValid = ajv.compile(schema);
      const matcher = follow({ type: 'json_schema', json_schema: { schema } });
      const texts = new Set<string>();
      for (let seed = 0; seed < rounds; seed++) {
        // From the least that there is room in, on.
        const budget = matcher.fewestTokens + (seed % 10) * 12;
        const text = writeAtRandom(matcher.clone(), budget, seed, seed % 2 === 0 ? closers : []);
        texts.add(text);
        if (!text.isWellFormed() || !isValid(JSON.parse(text)))
          throw new Error(`${name}: ${text} ${ajv.errorsText(isValid.errors)}`);
        count++;
      }
      expect({ name, isVaried: rounds < 50 || texts.size > 2 }).toEqual({ name, isVaried: true });
    }
    expect(count).toBeGreaterThanOrEqual(wanted);
  }, 120_000);

  test('that match a regular expression', () => {
    for (const regex of [
      'a+b{2,4}',
      '[^\\x00-\\x40]{3}',
      '(예|아니요)!?',
      '\\d{1,3}(,\\d{3})*',
      '[가-힣]{2,5}',
      'x(y|z)*?w',
      '[\\w.]+@[\\w.]+',
    ]) {
      const matcher = follow({ type: 'regex', regex });
      for (let seed = 0; seed < 10; seed++) {
        const text = writeAtRandom(matcher.clone(), 24 + seed, seed);
        expect(text).toMatch(new RegExp(`^(?:${regex})$`, 'u'));
      }
    }
  });

  test('that are one of some', () => {
    const choices = ['yes', 'no', 'maybe', '아마도', 'no way'];
    const matcher = follow({ type: 'choice', choices });
    const found = new Set(Array.from({ length: 400 }, (__, seed) => writeAtRandom(matcher.clone(), 12, seed)));
    expect([...found].toSorted()).toEqual(choices.toSorted());
  });
});
