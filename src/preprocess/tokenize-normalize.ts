import { mapCharacters, normalizeUnicode, prepend, replaceAll, strip, type AlignedText } from './text-aligned.ts';
import { createCharsmap } from './tokenize-charsmap.ts';

export type Change = (text: AlignedText) => AlignedText;

/** A part of `tokenizer.json`. */
export type Part = Readonly<Record<string, unknown>> & { readonly type?: string };

/** What the tokenizer library made of such a part: the regular expression, and the parts of a sequence. */
export interface Made {
  readonly pattern?: RegExp | null;
  readonly normalizers?: readonly (Made | null)[];
  readonly tokenizers?: readonly (Made | null)[];
}

/**
 * Makes the normalizer of a `tokenizer.json`, as huggingface/tokenizers defines it, keeping track of where each
 * character came from.
 *
 * @param made what the tokenizer library made of the same part, for its regular expressions
 * @throws {Error} when it is of a type that is not known.
 */
export function createNormalizer(part: Part | null | undefined, made: Made | null | undefined): Change {
  if (!part) return (text) => text;
  switch (part.type) {
    case 'Sequence': {
      const parts = (part['normalizers'] as Part[]).map((one, index) =>
        createNormalizer(one, made?.normalizers?.[index]),
      );
      return (text) => parts.reduce((changed, change) => change(changed), text);
    }
    case 'BertNormalizer':
      return bert(part);
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD': {
      const form = part.type;
      return (text) => normalizeUnicode(text, form);
    }
    case 'Lowercase':
      return lowercase;
    case 'StripAccents':
      return (text) => mapCharacters(text, (char) => (/\p{M}/u.test(char) ? '' : char));
    case 'Strip':
      return (text) => strip(text, part['strip_left'] !== false, part['strip_right'] !== false);
    case 'Prepend':
      return (text) => prepend(text, String(part['prepend'] ?? ''));
    case 'Precompiled':
      return typeof part['precompiled_charsmap'] === 'string' && part['precompiled_charsmap'] !== ''
        ? createCharsmap(part['precompiled_charsmap'])
        : (text) => text;
    case 'Replace': {
      const { pattern } = made ?? {};
      if (!pattern) throw new Error('a Replace normalizer has no pattern');
      const content = String(part['content'] ?? '');
      return (text) => replaceAll(text, pattern, () => content, 'last');
    }
    default:
      throw new Error(`it has a normalizer ${JSON.stringify(part.type)}`);
  }
}

/** Character by character, so that a sigma at the end of a word is as any other. */
function lowercase(text: AlignedText): AlignedText {
  return mapCharacters(text, (char) => char.toLowerCase());
}

function bert({ clean_text, handle_chinese_chars, strip_accents, lowercase: lower }: Part): Change {
  return (given) => {
    let text = given;
    if (clean_text !== false) text = mapCharacters(text, cleaned);
    if (handle_chinese_chars !== false) text = mapCharacters(text, (char) => (isChinese(char) ? ` ${char} ` : char));
    if (strip_accents ?? lower !== false) {
      text = mapCharacters(normalizeUnicode(text, 'NFD'), (char) => (/\p{Mn}/u.test(char) ? '' : char));
    }
    return lower === false ? text : lowercase(text);
  };
}

function cleaned(char: string): string {
  if (/[\t\n\r]/.test(char)) return ' ';
  if (/[\0\ufffd\p{Cc}\p{Cf}\p{Co}]/u.test(char)) return '';
  return /\p{White_Space}/u.test(char) ? ' ' : char;
}

/** Source: `is_chinese_char` of huggingface/tokenizers. */
function isChinese(char: string): boolean {
  return /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/u.test(
    char,
  );
}
