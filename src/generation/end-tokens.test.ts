import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createTokenizer } from '../preprocess/tokenize.ts';
import { readEndTokens, type EndTokenSources } from './end-tokens.ts';

const { tokenizer: json } = JSON.parse(
  readFileSync(new URL('../../test/fixtures/tokenizers/byte-level.json', import.meta.url), 'utf8'),
) as { tokenizer: Record<string, unknown> };
const added = ['<|end|>', '<|im_end|>', '<|eot_id|>'].map((content, index) => ({
  id: 900 + index,
  content,
  special: true,
  normalized: false,
}));
const tokenizer = createTokenizer({ ...json, added_tokens: added }, { eos_token: '<|end|>' });

test.each<[string, Partial<EndTokenSources>, number[]]>([
  ["the tokenizer's", {}, [900]],
  ['a number', { generationConfig: { eos_token_id: 7 } }, [7, 900]],
  ['a list', { generationConfig: { eos_token_id: [7, 8, null, -1, '9'] } }, [7, 8, 900]],
  ["the template's end of a turn", { templates: ["{{ '<|im_end|>' }}", '<end_of_turn>'] }, [900, 901]],
])('readEndTokens() gives %s', (_, sources, ids) => {
  expect(
    [...readEndTokens({ tokenizer, generationConfig: {}, templates: [], ...sources })].toSorted((a, b) => a - b),
  ).toEqual(ids);
});

test('readEndTokens() leaves out a turn’s end that is no token of its own', () => {
  const bare = createTokenizer({ ...json, added_tokens: [] }, {});
  expect(readEndTokens({ tokenizer: bare, generationConfig: {}, templates: ['a <|im_end|>'] })).toEqual(new Set());
});
