import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ManifestError } from '../errors.ts';
import type { TextStep } from '../manifest/text.ts';
import { createTextEncoder, type EncodedText } from './text.ts';

const fixtures = new URL('../../test/fixtures/tokenizers/', import.meta.url);

async function readJson(path: string): Promise<Record<string, unknown>> {
  const { tokenizer } = JSON.parse(readFileSync(new URL(path, fixtures), 'utf8')) as {
    tokenizer: Record<string, unknown>;
  };
  return tokenizer;
}

const tokenize = { step: 'tokenize', tokenizer: 'word-piece.json' } as const;

function idsOf({ tensors }: EncodedText, role = 'input_ids'): number[] {
  return Array.from(tensors[role]!.data as BigInt64Array, Number);
}

test('createTextEncoder() tells where tokens are in the text that was given, whatever the steps made of it', async () => {
  const steps: TextStep[] = [
    { step: 'replace', pattern: 'https?://\\S+', with: 'links' },
    { step: 'unicode-normalize', form: 'NFKC' },
    { step: 'prefix', text: 'The end: ' },
    { step: 'lowercase' },
    { step: 'trim' },
    tokenize,
  ];
  const encoder = await createTextEncoder(steps, readJson);
  const text = ' 🍕 see https://example.org/x?y or ﬁne CAFE\u0301 ';
  const { tokens } = encoder.encode(text);
  const words = new Map<number | null, string>();
  for (const { word } of tokens) {
    const parts = tokens.filter((one) => one.word === word);
    words.set(word, text.slice(parts[0]!.start, parts.at(-1)!.end));
  }
  words.delete(null);
  expect([...words.values()]).toEqual(['', '', '', '🍕', 'see', 'https://example.org/x?y', 'or', 'ﬁne', 'CAFE']);
});

test('createTextEncoder() puts a prefix before the texts it is for', async () => {
  const steps: TextStep[] = [
    { step: 'prefix', text: 'end ', for: 'query' },
    { step: 'prefix', text: 'sea ', for: 'document' },
    tokenize,
  ];
  const { encode } = await createTextEncoder(steps, readJson);
  const plain = await createTextEncoder([tokenize], readJson);
  expect(idsOf(encode('man', { as: 'query' }))).toEqual(idsOf(plain.encode('end man')));
  expect(idsOf(encode('man', { as: 'document' }))).toEqual(idsOf(plain.encode('sea man')));
  expect(idsOf(encode('man'))).toEqual(idsOf(plain.encode('man')));
});

test('createTextEncoder() replaces as String.replace does', async () => {
  const steps: TextStep[] = [{ step: 'replace', pattern: '(\\w)(?<b>\\w)', flags: 'i', with: '[$2$1$$$&$<b>$3]' }];
  const { encode } = await createTextEncoder(steps, readJson);
  const text = 'ab-CD-e';
  expect(encode(text).tensors['text']!.data).toEqual([text.replaceAll(/(\w)(?<b>\w)/gi, '[$2$1$$$&$<b>$3]')]);
});

test('createTextEncoder() cuts to maxTokens and pads to padTo, on the side that the tokenizer says', async () => {
  const text = 'the end of the sea';
  const whole = idsOf((await createTextEncoder([tokenize], readJson)).encode(text));
  const cut = (await createTextEncoder([{ ...tokenize, maxTokens: 4 }], readJson)).encode(text);
  expect(idsOf(cut)).toEqual([...whole.slice(0, 3), whole.at(-1)]);
  const size = whole.length + 3;
  for (const side of ['left', 'right']) {
    const padded = await createTextEncoder([{ ...tokenize, padTo: size, tokenizerConfig: 'config' }], async (path) =>
      path === 'config' ? { padding_side: side, pad_token: { content: '[PAD]' } } : readJson(path),
    );
    const made = padded.encode(text);
    const row = (values: readonly number[]): number[] =>
      side === 'left' ? [0, 0, 0, ...values] : [...values, 0, 0, 0];
    expect(idsOf(made)).toEqual(row(whole));
    expect(idsOf(made, 'attention_mask')).toEqual(row(whole.map(() => 1)));
    expect(made.tokens.map(({ padding }) => Number(!padding))).toEqual(row(whole.map(() => 1)));
    expect(made.tensors['token_type_ids']!.dims).toEqual([1, size]);
    expect(idsOf(made, 'position_ids')).toEqual(Array.from({ length: size }, (_, at) => at));
  }
});

test('createTextEncoder() cuts only the first of a pair where that is asked for, or nothing where that does not help', async () => {
  const { encode } = await createTextEncoder([{ ...tokenize, maxTokens: 9 }], readJson);
  const lengths = (text: string, pair: string): number[] => {
    const { tokens } = encode(text, { pair, cut: 'first' });
    return [0, 1].map((each) => tokens.filter(({ sequence }) => sequence === each).length);
  };
  expect(lengths('the the the the the', 'end end end')).toEqual([3, 3]);
  expect(lengths('the', 'end end end end end')).toEqual([1, 5]);
  expect(lengths('the the', 'end end end end end end end')).toEqual([2, 7]);
});

test('windows() hold the whole of a text, and overlap', async () => {
  const { windows } = await createTextEncoder([tokenize], readJson);
  const context = Array.from({ length: 200 }, (_, index) => `the${index}`).join(' ');
  const all = windows('end', context, { maxTokens: 50, stride: 10 });
  const places = all.map(({ tokens }) => tokens.filter(({ sequence }) => sequence === 1).map(({ start }) => start));
  expect(places.length).toBeGreaterThan(2);
  const room = 50 - 4;
  for (const [index, place] of places.entries()) {
    if (index < places.length - 1) expect(place).toHaveLength(room);
    if (index > 0) expect(place.slice(0, 10)).toEqual(places[index - 1]!.slice(-10));
  }
  const longest = windows('end', context, { maxTokens: 10_000, stride: 10 });
  expect(longest).toHaveLength(1);
  expect([...new Set(places.flat())]).toEqual([
    ...new Set(longest[0]!.tokens.filter(({ sequence }) => sequence === 1).map(({ start }) => start)),
  ]);
  expect(() => windows(context, 'end', { maxTokens: 20, stride: 10 })).toThrow(RangeError);
});

test('createTextEncoder() makes strings where nothing tokenizes, in the shape that the model wants', async () => {
  const words: TextStep = { step: 'words', pattern: '\\p{L}+', stopWords: ['the'] };
  const shaped = async (steps: TextStep[], text: string, shape?: number[]): Promise<unknown> =>
    (await createTextEncoder(steps, readJson, () => shape)).encode(text).tensors;
  expect(await shaped([{ step: 'lowercase' }, words], 'The Émile, the 2nd.')).toEqual({
    words: { type: 'string', data: ['émile', 'nd'], dims: [1, 2] },
  });
  expect(await shaped([words], 'a b', [-1])).toEqual({ words: { type: 'string', data: ['a', 'b'], dims: [2] } });
  expect(await shaped([words], '...')).toEqual({ words: { type: 'string', data: [''], dims: [1, 1] } });
  expect(await shaped([{ step: 'trim' }], ' a ')).toEqual({ text: { type: 'string', data: ['a'], dims: [1] } });
  expect(await shaped([], 'a', [-1, 1])).toEqual({ text: { type: 'string', data: ['a'], dims: [1, 1] } });
});

test.each<[string, TextStep[]]>([
  ['preprocess[1].pattern', [{ step: 'trim' }, { step: 'replace', pattern: '(', with: '' }, tokenize]],
  ['preprocess[0].pattern', [{ step: 'words', pattern: '[' }]],
  ['preprocess[0].pattern', [{ step: 'words', pattern: 'a', flags: 'q' }]],
  ['preprocess[1]', [tokenize, { step: 'trim' }]],
  ['preprocess[0].tokenizer', [{ step: 'tokenize', tokenizer: 'strange' }]],
])('createTextEncoder() names %s as what is wrong', async (path, steps) => {
  const json = async (file: string): Promise<Record<string, unknown>> =>
    file === 'strange' ? { ...(await readJson('unigram.json')), normalizer: { type: 'Nonsense' } } : readJson(file);
  const error = await createTextEncoder(steps, json).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(ManifestError);
  expect((error as ManifestError).code).toBe('file-invalid');
  expect((error as ManifestError).message).toContain(path);
});

test('createTextEncoder() pads and cuts to the length that a model has fixed', async () => {
  const shapeOf = (role: string): (number | string)[] | undefined => (role === 'input_ids' ? [1, 6] : undefined);
  const { encode, maxTokens } = await createTextEncoder([tokenize], readJson, shapeOf);
  expect(maxTokens).toBe(6);
  expect(idsOf(encode('a'), 'attention_mask')).toEqual([1, 1, 1, 0, 0, 0]);
  const long = 'a b c d e f g h i j';
  expect(idsOf(encode(long), 'attention_mask')).toEqual([1, 1, 1, 1, 1, 1]);
  expect(idsOf(encode('a', { pair: long, cut: 'first' }))).toHaveLength(6);
  const free = await createTextEncoder([tokenize], readJson, () => ['batch', 'sequence']);
  expect(idsOf(free.encode('a'))).toHaveLength(3);
});

test.each<[number, number | undefined, string]>([
  [1, undefined, 'one token a text'],
  [16, 8, '"padTo": 16'],
])('createTextEncoder() refuses a model of %i tokens where a step pads to %o', async (fixed, padTo, message) => {
  const made = createTextEncoder([{ ...tokenize, padTo }], readJson, () => [1, fixed]);
  await expect(made).rejects.toBeInstanceOf(ManifestError);
  await expect(made).rejects.toThrow(message);
});
