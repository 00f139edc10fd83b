import { InputError } from '../errors.ts';
import { align } from '../preprocess/text-aligned.ts';
import type { Tokenizer } from '../preprocess/tokenize.ts';
import { shown } from '../shown.ts';
import { shortList } from './short-list.ts';

/** Languages that a model translates from and into, by tokens of its tokenizer. */
export interface TranslationLanguages {
  /**
   * The tokens of a text of a language: its token stands where the tokenizer's template has that of another one.
   *
   * @throws {InputError} on `sourceLanguage`
   */
  encode(text: string, sourceLanguage: unknown): readonly number[];
  /**
   * The tokens that a translation begins with, into a language.
   *
   * @param startTokens those of the model, of which that of a language is replaced; else it comes after them
   * @throws {InputError} on `targetLanguage`
   */
  begin(startTokens: readonly number[], targetLanguage: unknown): readonly number[];
}

/** How NLLB (`fra_Latn`), mBART (`fr_XX`) and M2M100 (`__fr__`) write their languages. */
const spelling = /^(?:[a-z]{3}_[A-Z][a-z]{3}|[a-z]{2,3}_[A-Z]{2}|__[a-z]{2,3}__)$/;

/**
 * Finds the languages among the tokens that were added to a tokenizer. A language is called as its token is, or without
 * the lines around it: `__fr__` is `fr`.
 *
 * @param json `tokenizer.json`
 */
export function readTranslationLanguages(
  tokenizer: Pick<Tokenizer, 'tokenize' | 'complete'>,
  json: Readonly<Record<string, unknown>>,
): TranslationLanguages {
  const added = (json['added_tokens'] ?? []) as readonly { content?: unknown; id?: unknown }[];
  const tokens = new Map(
    added.flatMap(({ content, id }): [string, number][] =>
      typeof content === 'string' && spelling.test(content) ? [[content.replaceAll('__', ''), Number(id)]] : [],
    ),
  );
  const ids = new Set(tokens.values());
  const tokenOf = (field: string, language: unknown): number => {
    const found = typeof language === 'string' ? tokens.get(language.replaceAll('__', '')) : undefined;
    if (found !== undefined) return found;
    if (tokens.size === 0) {
      throw new InputError(
        field,
        `The model has no tokens of languages: it translates between those that it was trained for. Leave ${field} out.`,
      );
    }
    throw new InputError(
      field,
      `The model knows no language ${shown(language)}; it knows ${shortList([...tokens.keys()])}. Pass one of them as ${field}.`,
    );
  };
  return {
    encode(text, sourceLanguage) {
      const token = tokenOf('sourceLanguage', sourceLanguage);
      let isSaid = false;
      const sequence = tokenizer.complete(tokenizer.tokenize(align(text), 0), undefined).tokens.map((one) => {
        if (!one.special || !ids.has(one.id)) return one.id;
        isSaid = true;
        return token;
      });
      if (isSaid) return sequence;
      throw new InputError(
        'sourceLanguage',
        'The tokenizer of the model has no place for the language of a text. Leave sourceLanguage out.',
      );
    },
    begin(startTokens, targetLanguage) {
      const token = tokenOf('targetLanguage', targetLanguage);
      if (!startTokens.some((id) => ids.has(id))) return [...startTokens, token];
      return startTokens.map((id) => (ids.has(id) ? token : id));
    },
  };
}
