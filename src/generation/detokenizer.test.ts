import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers';
import { describe, expect, test } from 'vitest';
import { spellBytes } from '../preprocess/tokenize-bytes.ts';
import { createTokenizer, type Tokenizer } from '../preprocess/tokenize.ts';
import { createDetokenizer, type DetokenizerOptions } from './detokenizer.ts';

type Json = Record<string, unknown>;

const fixtures = new URL('../../test/fixtures/tokenizers/', import.meta.url);
const shared = new URL('../../../shared/models/', import.meta.url);
const conformance = new URL('tokenizers/_conformance/', shared);

/** Random numbers that are the same each time. Source: mulberry32 by Tommy Ettinger. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function piecesOf(tokenizer: Tokenizer, ids: readonly number[], options?: DetokenizerOptions): string[] {
  const detokenizer = createDetokenizer(tokenizer, options);
  return [...ids.map((id) => detokenizer.push(id)), detokenizer.end()];
}

function read(file: URL): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

describe('createDetokenizer() gives what the library decodes at once', () => {
  /** Ids of all kinds, some of them of no token, and runs of such as are bytes. */
  function compare(json: Json, config: Json, sequences: number): void {
    const library = new LibraryTokenizer({ added_tokens: [], ...json }, config);
    const tokenizer = createTokenizer(json, config);
    const size = 1 + Math.max(...library.get_vocab().values());
    const special = (json['added_tokens'] as { id: number }[] | undefined)?.map(({ id }) => id) ?? [];
    const bytes = [...library.get_vocab()].filter(([token]) => token.length === 1 || /^<0x..>$/.test(token));
    const random = createRandom(size);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    for (let sequence = 0; sequence < sequences; sequence++) {
      const ids = Array.from({ length: 1 + Math.floor(random() * 30) }, () => {
        const kind = random();
        if (kind < 0.1 && special.length > 0) return pick(special);
        if (kind < 0.5 && bytes.length > 0) return pick(bytes)[1];
        return Math.floor(random() * size);
      });
      for (const skipSpecial of [false, true]) {
        const expected = library.decode(ids, { skip_special_tokens: skipSpecial });
        expect(tokenizer.decode(ids, { skipSpecial })).toBe(expected);
        expect(piecesOf(tokenizer, ids, { skipSpecial }).join(''), ids.join(' ')).toBe(expected);
      }
    }
  }

  for (const name of readdirSync(fixtures).filter((file) => file.endsWith('.json') && file !== 'real.json')) {
    const { tokenizer } = read(new URL(name, fixtures)) as { tokenizer: Json };
    test.each([true, false])(`${name}, cleaned up: %s`, (cleansUp) =>
      compare(tokenizer, { clean_up_tokenization_spaces: cleansUp }, 200),
    );
  }

  for (const name of [
    'stories260K',
    'tokenizers/gpt2-phi2',
    'tokenizers/t5-small',
    'tokenizers/bert-base-uncased',
    'tokenizers/roberta-base',
  ]) {
    test.skipIf(!existsSync(shared))(`random tokens of ${name}`, () => {
      const file = (path: string): Json => read(new URL(`${name}/${path}`, shared)) as Json;
      compare(file('tokenizer.json'), file('tokenizer_config.json'), 200);
    });
  }

  const { tokenizer: byteFallback } = read(new URL('byte-fallback.json', fixtures)) as { tokenizer: Json };
  const { tokenizer: wordSuffix } = read(new URL('word-suffix.json', fixtures)) as { tokenizer: Json };
  const replace = (pattern: object, content: string): Json => ({ type: 'Replace', pattern, content });
  test.each<[string, Json, Json | null]>([
    ['no decoder', byteFallback, null],
    ['a text that is fused, then replaced', byteFallback, chain(fuse(), replace({ String: 'aa' }, 'b'))],
    ['a pattern after bytes', byteFallback, chain({ type: 'ByteFallback' }, replace({ Regex: '[a-c]+' }, '.'))],
    ['Metaspace after bytes', byteFallback, chain({ type: 'ByteFallback' }, { type: 'Metaspace', replacement: '▁' })],
    ['stripped on both sides', byteFallback, chain({ type: 'Strip', content: '▁', start: 2, stop: 1 })],
    ['bytes after all is one', byteFallback, chain(fuse(), { type: 'ByteFallback' })],
    ['no suffix', wordSuffix, { type: 'BPEDecoder', suffix: '' }],
    ['CTC', byteFallback, { type: 'CTC', pad_token: '<s>', word_delimiter_token: '▁', cleanup: true }],
  ])('%s', (_, json, decoder) => compare({ ...json, decoder }, { clean_up_tokenization_spaces: false }, 100));

  function chain(...decoders: Json[]): Json {
    return { type: 'Sequence', decoders };
  }
  function fuse(): Json {
    return { type: 'Fuse' };
  }
});

interface ConformanceCase {
  input: string;
  encoded: { input_ids: number[] };
  decoded_with_special: string;
  decoded_without_special: string;
}

/** With the tokens that the model of the cases has, and cleaned up as it does. */
function open(folder: string, cleansUp: boolean, most: number = Infinity): Tokenizer {
  const json = read(new URL(`tokenizers/${folder}/tokenizer.json`, shared)) as Json;
  const config = read(new URL(`tokenizers/${folder}/tokenizer_config.json`, shared)) as Json;
  const added = (json['added_tokens'] as { id: number }[]).filter(({ id }) => id <= most);
  return createTokenizer({ ...json, added_tokens: added }, { ...config, clean_up_tokenization_spaces: cleansUp });
}

test.skipIf(!existsSync(conformance)).each([
  ['bert-base-uncased', 'bert-base-uncased'],
  ['bert-base-uncased', 'google-bert/bert-base-uncased'],
  ['gpt2-phi2', 'distilgpt2'],
  ['t5-small', 't5-base'],
] as const)('the conformance cases of %s, %s: encoded, and decoded token by token', (folder, name) => {
  const cases = (read(new URL('tokenizer_tests.json', conformance)) as Record<string, ConformanceCase[]>)[name]!;
  // The copy of BERT's says otherwise of cleaning up; that of GPT-2's has tokens for runs of spaces, as Phi has them.
  const tokenizer = open(folder, true, 50_256);
  for (const { input, encoded, decoded_with_special, decoded_without_special } of cases) {
    const ids = tokenizer.encode(input);
    const [all, plain] = [false, true].map((skipSpecial) => piecesOf(tokenizer, ids, { skipSpecial }).join(''));
    expect
      .soft([input, ids, all, plain])
      .toEqual([input, encoded.input_ids, decoded_with_special, decoded_without_special]);
  }
});

test.skipIf(!existsSync(conformance)).each([
  ['bert-base-uncased', 'bert_uncased_encoded', true],
  ['gpt2-phi2', 'gpt2_encoded_tokens', false],
  ['t5-small', 't5_base_encoded', false],
] as const)('the text of %s, %s: encoded, and decoded token by token', (folder, name, cleansUp) => {
  const { text, token_ids } = read(new URL(`${name}.json`, conformance)) as { text: string; token_ids: number[] };
  const tokenizer = open(folder, cleansUp);
  const ids = tokenizer.encode(text);
  expect(ids).toEqual(token_ids);
  expect(piecesOf(tokenizer, ids, { skipSpecial: true }).join('')).toBe(tokenizer.decode(ids, { skipSpecial: true }));
});

test.skipIf(!existsSync(shared)).each(['gpt2-phi2', 'roberta-base'])(
  '%s gives texts of many scripts as a whole, and never half of a character',
  (folder) => {
    const tokenizer = open(folder, false);
    for (const text of ['안녕하세요, 파리의 날씨는? ☔️', '👩‍👩‍👧 é ß  two  spaces\n\tand a tab', '日本語のテキスト']) {
      const pieces = piecesOf(tokenizer, tokenizer.encode(text, { addSpecial: false }));
      expect(pieces.join('')).toBe(text);
      expect(pieces.some((piece) => piece.includes('\ufffd'))).toBe(false);
    }
  },
);

describe('createDetokenizer()', () => {
  const { tokenizer: json } = read(new URL('byte-level.json', fixtures)) as { tokenizer: Json };
  const { tokenizer: fallback } = read(new URL('byte-fallback.json', fixtures)) as { tokenizer: Json };
  const byteLevel = createTokenizer(json, { clean_up_tokenization_spaces: false });
  // The decoder of Llama 2.
  const decoder = {
    type: 'Sequence',
    decoders: [
      { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
      { type: 'ByteFallback' },
      { type: 'Fuse' },
      { type: 'Strip', content: ' ', start: 1, stop: 0 },
    ],
  };
  const byteFallback = createTokenizer({ ...fallback, decoder }, { clean_up_tokenization_spaces: false });
  const spelled = { 'byte-level': spellBytes('👩'), 'byte fallback': ['<0xF0>', '<0x9F>', '<0x91>', '<0xA9>'] };

  test.each([
    ['byte-level', byteLevel],
    ['byte fallback', byteFallback],
  ] as const)('gives whole characters as soon as they are whole: %s', (_, tokenizer) => {
    const text = 'é👩‍👩‍👧 𝒳日本';
    const pieces = piecesOf(tokenizer, tokenizer.encode(text, { addSpecial: false }));
    expect(pieces.join('').trimStart()).toBe(text);
    expect(pieces.join('|')).not.toContain('\ufffd');
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
    // Nothing waits for the end: the last byte of a character gives it.
    expect(pieces.at(-1)).toBe('');
  });

  test.each([
    ['byte-level', byteLevel],
    ['byte fallback', byteFallback],
  ] as const)('gives U+FFFD for what cannot become a character any more: %s', (name, tokenizer) => {
    const bytes = Array.from(spelled[name], (token) => tokenizer.idOf(token)!);
    const letter = tokenizer.idOf('a')!;
    expect(piecesOf(tokenizer, [...bytes, letter])).toEqual(['', '', '', '👩', 'a', '']);
    expect(piecesOf(tokenizer, [...bytes.slice(0, 3), letter])).toEqual(['', '', '', '\ufffda', '']);
    expect(piecesOf(tokenizer, bytes.slice(0, 3))).toEqual(['', '', '', '\ufffd']);
    expect(piecesOf(tokenizer, [...bytes.slice(0, 2), ...bytes])).toEqual(['', '', '\ufffd', '', '', '👩', '']);
    expect(piecesOf(tokenizer, [bytes[3]!, letter])).toEqual(['\ufffd', 'a', '']);
  });

  test('keeps the space after a prompt, and strips that of a beginning', () => {
    const tokenizer = byteFallback;
    const prompt = tokenizer.encode('the', { addSpecial: false });
    const ids = tokenizer.encode('cat', { addSpecial: false });
    expect(piecesOf(tokenizer, ids).join('')).toBe('cat');
    expect(piecesOf(tokenizer, ids, { prompt }).join('')).toBe(' cat');
  });

  test('finishes a character that the prompt began', () => {
    const ids = byteLevel.encode('a👩b', { addSpecial: false });
    const cut = ids.length - 3;
    expect(piecesOf(byteLevel, ids.slice(cut), { prompt: ids.slice(0, cut) }).join('')).toBe('👩b');
  });

  test('keeps the special tokens that it is told to', () => {
    const config = { additional_special_tokens: ['a'], clean_up_tokenization_spaces: false };
    const tokenizer = createTokenizer(json, config);
    const ids = ['a', 'b'].flatMap((text) => tokenizer.encode(text, { addSpecial: false }));
    expect(piecesOf(tokenizer, ids, { skipSpecial: true }).join('')).toBe('b');
    expect(piecesOf(tokenizer, ids, { skipSpecial: true, keep: ['a'] }).join('')).toBe('ab');
  });

  test('takes hundreds of thousands of tokens in no time, whatever came before', () => {
    const ids = byteFallback.encode('the cat 👩', { addSpecial: false });
    const detokenizer = createDetokenizer(byteFallback);
    let length = 0;
    for (let round = 0; round < 20_000; round++) for (const id of ids) length += detokenizer.push(id).length;
    expect(length).toBe(20_000 * ' the cat 👩'.length - 1);
  });
});
