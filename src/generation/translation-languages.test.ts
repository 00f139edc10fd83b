import { describe, expect, test } from 'vitest';
import { createTokenizer } from '../preprocess/tokenize.ts';
import { readTranslationLanguages, type TranslationLanguages } from './translation-languages.ts';

const [end, unknown] = [1, 0];

/** A tokenizer of the words `a` (2) and `b` (3), with languages from 10 on. */
function languagesOf(codes: readonly string[], template: readonly string[]): TranslationLanguages {
  const id = (token: string): number => (token === '</s>' ? end : 10 + codes.indexOf(token));
  const json = {
    version: '1.0',
    added_tokens: [...codes, '</s>'].map((content) => ({ id: id(content), content, special: true, normalized: false })),
    normalizer: null,
    pre_tokenizer: { type: 'Whitespace' },
    decoder: null,
    post_processor:
      template.length === 0
        ? null
        : {
            type: 'TemplateProcessing',
            single: template.map((token) =>
              token === 'A' ? { Sequence: { id: 'A', type_id: 0 } } : { SpecialToken: { id: token, type_id: 0 } },
            ),
            pair: [],
            special_tokens: Object.fromEntries(
              template.flatMap((token) =>
                token === 'A' ? [] : [[token, { id: token, ids: [id(token)], tokens: [token] }]],
              ),
            ),
          },
    model: { type: 'WordLevel', vocab: { '<unk>': unknown, a: 2, b: 3 }, unk_token: '<unk>' },
  };
  return readTranslationLanguages(createTokenizer(json, {}), json);
}

describe('readTranslationLanguages()', () => {
  test.each([
    ['NLLB', ['eng_Latn', 'fra_Latn'], ['eng_Latn', 'A', '</s>'], 'fra_Latn', [11, 2, 3, end]],
    ['mBART of 25', ['en_XX', 'ro_RO'], ['A', '</s>', 'en_XX'], 'ro_RO', [2, 3, end, 11]],
    ['M2M100', ['__en__', '__ast__'], ['__en__', 'A', '</s>'], 'ast', [11, 2, 3, end]],
    ['M2M100, by its token', ['__en__', '__ast__'], ['__en__', 'A', '</s>'], '__ast__', [11, 2, 3, end]],
  ])('writes the language of a text where %s has it', (_, codes, template, source, expected) => {
    expect(languagesOf(codes, template).encode('a b', source)).toEqual(expected);
  });

  test('leaves a language that stands in the text alone', () => {
    const languages = languagesOf(['en_XX', 'ro_RO'], ['en_XX', 'A', '</s>']);
    expect(languages.encode('a ro_RO', 'ro_RO')).toEqual([11, 2, 11, end]);
    expect(languages.encode('a en_XX', 'ro_RO')).toEqual([11, 2, 10, end]);
  });

  test('begins a translation with its language, once', () => {
    const languages = languagesOf(['en_XX', 'ro_RO'], ['en_XX', 'A', '</s>']);
    expect(languages.begin([end], 'ro_RO')).toEqual([end, 11]);
    expect(languages.begin([end, 10], 'ro_RO')).toEqual([end, 11]);
    expect(languages.begin([10], 'ro_RO')).toEqual([11]);
  });

  test('refuses a language that is not there by its name, with some of those that are', () => {
    const codes = Array.from({ length: 12 }, (_, index) => `a${String.fromCodePoint(97 + index)}a_Latn`);
    const languages = languagesOf(codes, [codes[0]!, 'A', '</s>']);
    expect(() => languages.encode('a', 'tlh_Latn')).toThrow(
      /knows no language "tlh_Latn"; it knows aaa_Latn, .* aha_Latn and 4 more\. Pass one of them as sourceLanguage/,
    );
    expect(() => languages.begin([end], 'tlh_Latn')).toThrow(/as targetLanguage/);
  });

  test('refuses languages of a model that has none, or no place for them', () => {
    expect(() => languagesOf([], ['A', '</s>']).begin([end], 'fr')).toThrow(/has no tokens of languages/);
    expect(() => languagesOf(['en_XX', 'ro_RO'], ['A', '</s>']).encode('a', 'ro_RO')).toThrow(
      /no place for the language/,
    );
  });
});
