import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { align } from './text-aligned.ts';
import { createTokenizer, type Tokenizer } from './tokenize.ts';

interface Case {
  text: string;
  pair?: string;
  ids: number[];
  offsets: [number, number][];
  typeIds: number[];
  sequences: (number | null)[];
}

const fixtures = new URL('../../test/fixtures/tokenizers/', import.meta.url);
const shared = new URL('../../../shared/models/tokenizers/', import.meta.url);

for (const name of readdirSync(fixtures).filter((file) => file.endsWith('.json') && file !== 'real.json')) {
  const { tokenizer, cases } = read(new URL(name, fixtures)) as { tokenizer: Record<string, unknown>; cases: Case[] };
  test(`createTokenizer() gives what huggingface/tokenizers gives: ${name}`, () =>
    check(createTokenizer(tokenizer, {}), cases));
}

const real = read(new URL('real.json', fixtures)) as Record<string, Case[]>;
for (const [name, cases] of Object.entries(real)) {
  // The tokenizers of real models lie outside of the repository.
  test.skipIf(!existsSync(shared))(`createTokenizer() gives what huggingface/tokenizers gives: ${name}`, () =>
    check(realTokenizer(name), cases),
  );
}

// Conformance cases of the libraries for Swift and JavaScript, as far as their tokenizers are at hand.
const conformance = new URL('_conformance/', shared);
for (const [folder, name] of [
  ['bert-base-uncased', 'bert-base-uncased'],
  ['bert-base-uncased', 'google-bert/bert-base-uncased'],
  ['gpt2-phi2', 'distilgpt2'],
  ['t5-small', 't5-base'],
] as const) {
  test.skipIf(!existsSync(conformance))(`createTokenizer() passes the conformance cases of ${name}`, () => {
    const all = read(new URL('tokenizer_tests.json', conformance)) as Record<string, ConformanceCase[]>;
    // The copy of BERT's says otherwise of cleaning up; that of GPT-2's has tokens for runs of spaces, as Phi has them.
    const tokenizer = realTokenizer(folder, { clean_up_tokenization_spaces: true }, ({ id }) => id <= 50256);
    for (const { input, encoded, decoded_with_special, decoded_without_special } of all[name]!) {
      const { tokens } = tokenizer.complete(tokenizer.tokenize(align(input), 0), undefined);
      const ids = tokens.map(({ id }) => id);
      const skipSpecial = true;
      expect
        .soft([input, ids, tokenizer.decode(ids), tokenizer.decode(ids, { skipSpecial })])
        .toEqual([input, encoded.input_ids, decoded_with_special, decoded_without_special]);
    }
  });
}

test('encode() gives the ids, and finds the special tokens that are written in a text', () => {
  const { tokenizer: json } = read(new URL('byte-level.json', fixtures)) as { tokenizer: Record<string, unknown> };
  const turn = { id: 1000, content: '<|im_start|>', special: true, normalized: false };
  const template = {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '<|im_start|>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [],
    special_tokens: { '<|im_start|>': { id: '<|im_start|>', ids: [1000], tokens: ['<|im_start|>'] } },
  };
  const tokenizer = createTokenizer({ ...json, added_tokens: [turn], post_processor: template }, {});
  const [letter] = tokenizer.encode('a', { addSpecial: false });
  expect(tokenizer.decode([letter!])).toBe('a');
  expect(tokenizer.encode('a<|im_start|>a', { addSpecial: false })).toEqual([letter, 1000, letter]);
  expect(tokenizer.encode('a')).toEqual([1000, letter]);
});

interface ConformanceCase {
  input: string;
  encoded: { input_ids: number[] };
  decoded_with_special: string;
  decoded_without_special: string;
}

for (const [folder, name] of [
  ['bert-base-uncased', 'bert_uncased_encoded'],
  ['gpt2-phi2', 'gpt2_encoded_tokens'],
  ['t5-small', 't5_base_encoded'],
] as const) {
  test.skipIf(!existsSync(conformance))(`createTokenizer() encodes the text of ${name} as it was encoded`, () => {
    const { text, token_ids } = read(new URL(`${name}.json`, conformance)) as { text: string; token_ids: number[] };
    const tokenizer = realTokenizer(folder);
    const { tokens } = tokenizer.complete(tokenizer.tokenize(align(text), 0), undefined);
    expect(tokens.map(({ id }) => id)).toEqual(token_ids);
  });
}

function realTokenizer(
  name: string,
  config: object = {},
  keeps: (added: { id: number }) => boolean = () => true,
): Tokenizer {
  const file = (path: string): Record<string, unknown> =>
    read(new URL(`${name}/${path}`, shared)) as Record<string, unknown>;
  const json = file('tokenizer.json');
  const added = json['added_tokens'] as { id: number }[];
  return createTokenizer(
    { ...json, added_tokens: added.filter(keeps) },
    { ...file('tokenizer_config.json'), ...config },
  );
}

function check(tokenizer: Tokenizer, cases: Case[]): void {
  for (const { text, pair, ids, offsets, typeIds, sequences } of cases) {
    const made = tokenizer.complete(
      tokenizer.tokenize(align(text), 0),
      pair === undefined ? undefined : tokenizer.tokenize(align(pair), 1),
    );
    expect
      .soft({
        text,
        ids: made.tokens.map(({ id }) => id),
        offsets: made.tokens.map(({ start, end }) => [start, end]),
        sequences: made.tokens.map(({ sequence }) => sequence),
        typeIds: made.typeIds,
      })
      .toEqual({ text, ids, offsets, sequences, typeIds });
  }
}

function read(file: URL): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
