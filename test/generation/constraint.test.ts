import { existsSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { compileConstraint } from '../../src/generation/constraint/index.ts';
import { bindGrammar, type BoundGrammar } from '../../src/generation/constraint/matcher.ts';
import { createVocabulary, type Vocabulary } from '../../src/generation/constraint/vocabulary.ts';
import type { ResponseFormat } from '../../src/generation/constraint/response-format.ts';
import { createRandom } from '../../src/generation/sampling/random.ts';
import { tokenBytes } from '../../src/generation/token-bytes.ts';
import { schemas } from './schemas.ts';

const readTokens = (url: URL): (Uint8Array | undefined)[] =>
  tokenBytes(JSON.parse(readFileSync(url, 'utf8')) as Record<string, unknown>);

const chat = new URL('../fixtures/tasks/text-generation/tokenizer.json', import.meta.url);
const models = new URL('../../../shared/models/', import.meta.url);
const vocabularies: readonly (readonly [name: string, tokens: () => (Uint8Array | undefined)[]])[] = [
  ['bytes and a few merges', () => readTokens(chat)],
  ...(existsSync(models)
    ? ([
        ['stories260K', () => readTokens(new URL('stories260K/tokenizer.json', models))],
        ['gpt2', () => readTokens(new URL('tiny-random-gpt2/tokenizer.json', models))],
      ] as const)
    : []),
];

const options = { tools: [], toolChoice: 'auto', toolFormat: 'plain' } as const;

/** Writes an answer by logits of chance, as a model without a clue would. */
function writeAtRandom(bound: BoundGrammar, vocabulary: Vocabulary, tokens: number, seed: number): string {
  const random = createRandom(seed);
  const matcher = bound.start(tokens);
  const bytes: number[] = [];
  for (let left = tokens; left > 0 && matcher.canContinue; left--) {
    const logits = Float32Array.from({ length: vocabulary.size }, () => random());
    // Ends come to mind now and then.
    for (const end of vocabulary.endTokens) logits[end] = random() < 0.1 ? 2 : -1;
    matcher.mask(logits, left);
    const best = logits.reduce((most, logit, token) => (logit > logits[most]! ? token : most), 0);
    if (logits[best] === -Infinity) throw new Error('Nothing may come, and it is not at its end.');
    if (vocabulary.endTokens.has(best)) break;
    matcher.accept(best);
    bytes.push(...vocabulary.bytesOf(best)!);
  }
  if (!matcher.isComplete) throw new Error('It is not at its end.');
  return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes));
}

describe.each(vocabularies)('answers in the tokens of %s', (_, tokens) => {
  const vocabulary = createVocabulary(tokens(), new Set([2]));

  const bind = (format: ResponseFormat): BoundGrammar => bindGrammar(compileConstraint(format, options)!, vocabulary);
  // Chance takes its time over a large vocabulary.
  const wanted = vocabulary.size > 10_000 ? 100 : 1000;

  test(`${wanted} by twenty schemas: each is valid`, () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    formats.default(ajv);
    const rounds = Math.ceil(wanted / Object.keys(schemas).length);
    let count = 0;
    for (const [name, schema] of Object.entries(schemas)) {
      const format: ResponseFormat = { type: 'json_schema', json_schema: { schema } };
      const isValid = ajv.compile(schema);
      const bound = bind(format);
      const texts = new Set<string>();
      for (let seed = 0; seed < rounds; seed++) {
        // From the least that there is room in, on.
        const text = writeAtRandom(bound, vocabulary, bound.fewestTokens + (seed % 10) * 12, seed);
        texts.add(text);
        if (!isValid(JSON.parse(text))) throw new Error(`${name}: ${text} ${ajv.errorsText(isValid.errors)}`);
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
      const bound = bind({ type: 'regex', regex });
      for (let seed = 0; seed < 10; seed++) {
        const text = writeAtRandom(bound, vocabulary, 24 + seed, seed);
        expect(text).toMatch(new RegExp(`^(?:${regex})$`, 'u'));
      }
    }
  });

  test('that are one of some', () => {
    const choices = ['yes', 'no', 'maybe', '아마도', 'no way'];
    const bound = bind({ type: 'choice', choices });
    const found = new Set(Array.from({ length: 60 }, (__, seed) => writeAtRandom(bound, vocabulary, 12, seed)));
    expect([...found].toSorted()).toEqual(choices.toSorted());
  });
});

describe('what is not supported is refused by its place', () => {
  const refused = (schema: object): unknown => {
    try {
      compileConstraint({ type: 'json_schema', json_schema: { schema } }, options);
      return undefined;
    } catch (error) {
      return (error as { field: string }).field;
    }
  };
  const at = (path: string): string => `responseFormat.json_schema.schema${path}`;
  test.each([
    [{ not: {} }, '.not'],
    [{ type: 'object', properties: { a: { if: {} } } }, '.properties.a.if'],
    [{ type: 'object', patternProperties: {} }, '.patternProperties'],
    [{ type: 'array', items: { uniqueItems: true, type: 'array' } }, '.items.uniqueItems'],
    [{ type: 'number', multipleOf: 0.5 }, '.multipleOf'],
    [{ type: 'string', format: 'iri' }, '.format'],
    [{ type: 'string', pattern: '(?=a)b' }, '.pattern'],
    [{ type: 'string', pattern: '(a)\\1' }, '.pattern'],
    [{ type: 'integer', minimum: 3, maximum: 2 }, ''],
    [{ oneOf: [{ type: 'string' }, { type: 'string', maxLength: 3 }] }, '.oneOf'],
    [{ $ref: 'https://example.com/schema' }, '.$ref'],
    [{ $ref: '#/$defs/none' }, '.$ref'],
    [{ type: 'text' }, '.type'],
    [{ anyOf: [{ type: 'string' }], minLength: 2 }, '.minLength'],
  ])('%o', (schema, path) => expect(refused(schema)).toBe(at(path)));

  test('what would take all memory is refused', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 90 }, (_, index) => [`p${index}`, { type: 'string', maxLength: 4000 }]),
    );
    const large = { type: 'object', properties };
    expect(() => compileConstraint({ type: 'json_schema', json_schema: { schema: large } }, options)).toThrow(
      /too large/,
    );
    const deep = Array.from({ length: 300 }).reduce<string>((inner) => `(${inner})*`, 'a');
    expect(() => compileConstraint({ type: 'regex', regex: deep }, options)).toThrow(/nested too deep/);
  });

  test('a schema that leads only to itself has no answer, and says so', () => {
    const schema = {
      $defs: { a: { type: 'object', properties: { a: { $ref: '#/$defs/a' } }, required: ['a'] } },
      $ref: '#/$defs/a',
    };
    const vocabulary = createVocabulary(readTokens(chat), new Set([2]));
    const bound = bindGrammar(
      compileConstraint({ type: 'json_schema', json_schema: { schema } }, options)!,
      vocabulary,
    );
    expect(() => bound.start(1000)).toThrow(/cannot be met/);
  });
});
