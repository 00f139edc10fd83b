import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tokenBytes, type TokenizerJson } from './token-bytes.ts';

const decoder = new TextDecoder();
const textsOf = (tokenizer: TokenizerJson) => tokenBytes(tokenizer).map((bytes) => bytes && decoder.decode(bytes));

test('tokenBytes() reads the tokens of byte-level BPE', () => {
  const tokens = tokenBytes({
    model: { type: 'BPE', vocab: { a: 0, Ġthe: 1, íķ: 2, Ċ: 4 } },
    decoder: { type: 'ByteLevel' },
    added_tokens: [
      { id: 3, content: '<|end|>', special: true },
      { id: 5, content: 'Ġ한', special: false },
    ],
  });
  expect(tokens.map((bytes) => bytes && [...bytes])).toEqual([
    [97],
    [32, 116, 104, 101],
    [0xed, 0x95],
    undefined,
    [10],
    [...new TextEncoder().encode('Ġ한')],
  ]);
});

test('tokenBytes() reads the tokens of SentencePiece, and bytes that it falls back on', () => {
  const decoders = [
    { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    { type: 'Strip', content: ' ' },
  ];
  const tokens = tokenBytes({
    model: { type: 'BPE', vocab: { '<unk>': 0, '<0xED>': 1, '▁a▁b': 2, é: 3 }, unk_token: '<unk>' },
    decoder: { type: 'Sequence', decoders },
  });
  expect(tokens.map((bytes) => bytes && [...bytes])).toEqual([undefined, [0xed], [32, 97, 32, 98], [0xc3, 0xa9]]);
});

test('tokenBytes() reads Unigram by the order of its tokens', () => {
  const vocab = [
    ['<unk>', 0],
    ['▁the', -1],
    ['s', -2],
  ] as const;
  const tokenizer: TokenizerJson = {
    model: { type: 'Unigram', vocab, unk_id: 0 },
    decoder: { type: 'Metaspace', replacement: '▁' },
  };
  expect(textsOf(tokenizer)).toEqual([undefined, ' the', 's']);
});

test('tokenBytes() refuses tokens that are not written by themselves', () => {
  expect(() => tokenBytes({ model: { type: 'WordPiece', vocab: {} }, decoder: { type: 'WordPiece' } })).toThrow(
    /WordPiece/,
  );
});

const shared = new URL('../../../shared/models/', import.meta.url);

test.skipIf(!existsSync(shared)).each(['stories260K', 'tiny-random-gpt2', 'tokenizers/t5-small'])(
  'tokenBytes() knows every token of %s',
  (name) => {
    const tokenizer = JSON.parse(readFileSync(new URL(`${name}/tokenizer.json`, shared), 'utf8')) as TokenizerJson;
    const tokens = tokenBytes(tokenizer);
    const specials = tokenizer.added_tokens!.filter((token) => token.special).length;
    expect(tokens.filter((bytes) => bytes === undefined)).toHaveLength(specials);
    const singles = new Set(tokens.filter((bytes) => bytes?.length === 1).map((bytes) => bytes![0]));
    if (name !== 'tokenizers/t5-small') expect(singles.size).toBe(256);
  },
);
