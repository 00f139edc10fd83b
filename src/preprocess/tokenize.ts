import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers';
import { align, rangeOf, type AlignedText } from './text-aligned.ts';
import { createSections, type AddedToken } from './tokenize-added.ts';
import { readBytes } from './tokenize-bytes.ts';
import { createPieces } from './tokenize-model.ts';
import { createNormalizer, type Made, type Part } from './tokenize-normalize.ts';
import { createSplitter } from './tokenize-words.ts';

/** A token of a text, and where in it it was found. */
export interface Token {
  readonly id: number;
  readonly token: string;
  /** 0 for the first text, 1 for its pair, null for what the model's template adds, and for padding. */
  readonly sequence: 0 | 1 | null;
  /** Whether the template added it, or it is padding. */
  readonly special: boolean;
  readonly padding: boolean;
  /** Which word of its text it is of, as the pre-tokenizer cut it; null for those of no text. */
  readonly word: number | null;
  /** UTF-16 units of the text it is of; 0 to 0 for those of no text. */
  readonly start: number;
  readonly end: number;
}

/** Tokens in the order the model wants them, and the number that tells it which text each one is of. */
export interface TokenSequence {
  readonly tokens: readonly Token[];
  readonly typeIds: readonly number[];
}

export interface Tokenizer {
  /** The tokens of a text, without what a template adds. */
  tokenize(text: AlignedText, sequence: 0 | 1): Token[];
  /** Adds what the template adds: `[CLS] … [SEP] … [SEP]`. */
  complete(first: readonly Token[], second: readonly Token[] | undefined): TokenSequence;
  /** How many tokens the template adds to a text, and to a pair. */
  readonly added: { readonly single: number; readonly pair: number };
  idOf(token: string): number | undefined;
  tokenOf(id: number): string | undefined;
  /**
   * The ids of a text's tokens; special tokens that stand in it are taken as such.
   *
   * @param options addSpecial: whether what the tokenizer's own template adds is there, such as `<s>`; `@default true`
   */
  encode(text: string, options?: { addSpecial?: boolean }): readonly number[];
  /** The text that tokens make. */
  decode(ids: readonly number[], options?: { skipSpecial?: boolean }): string;
  /** What `decode` does, for a decoder that is given one token at a time. */
  readonly decoding: Decoding;
  /** The text that tokens make by the tokenizer's decoder alone: nothing is cleaned up around punctuation. */
  join(tokens: readonly string[]): string;
  /** What is before a token that goes on with a word, such as `##`; undefined where nothing tells those. */
  readonly continuation: string | undefined;
  /** Special tokens by their name in `tokenizer_config.json`, without `_token`: `mask`, `pad`, `sep`. */
  readonly special: Readonly<Partial<Record<SpecialName, string>>>;
  readonly padding: Padding;
}

/** How tokens become a text again. */
export interface Decoding {
  /** `decoder` of `tokenizer.json`; where there is none, a space is between tokens. */
  readonly decoder: Part | null;
  /** What the tokenizer library made of it. */
  readonly made: MadeDecoder | null;
  /** Tokens that are left out where special ones are. */
  readonly special: ReadonlySet<string>;
  /** Tokens that were added to the vocabulary: they are written as they are, whatever others are. */
  readonly added: ReadonlySet<string>;
  /** What stands for an id that is in no vocabulary. */
  readonly unknown: string;
  /** What is after the last token of a word, as in `low</w>`; undefined where nothing is. */
  readonly wordSuffix: string | undefined;
  /** Whether spaces before punctuation are taken out. */
  readonly cleansUp: boolean;
}

/** A decoder of the tokenizer library: what it makes of a list of tokens, its parts, and its regular expression. */
export interface MadeDecoder {
  decode_chain(tokens: readonly string[]): string[];
  readonly decoders?: readonly MadeDecoder[];
  readonly pattern?: RegExp | null;
}

/** How a sequence is made longer. */
export interface Padding {
  readonly token: string;
  readonly id: number;
  readonly typeId: number;
  readonly side: 'left' | 'right';
}

export type SpecialName = 'mask' | 'pad' | 'sep' | 'cls' | 'unk' | 'bos' | 'eos';

type Json = Readonly<Record<string, unknown>>;

/**
 * Makes the tokenizer of `tokenizer.json`. It gives what `encode` of huggingface/tokenizers gives, offsets included,
 * which are of UTF-16 units here. The vocabulary's models are those of the library; what comes before them is here,
 * since the library does not tell where a token was found.
 *
 * @param config `tokenizer_config.json`, with what `special_tokens_map.json` adds to it
 * @throws {Error} when a part of it is not known.
 */
export function createTokenizer(json: Json, config: Json): Tokenizer {
  const library = new LibraryTokenizer({ added_tokens: [], ...json }, config);
  const parts = library as unknown as { normalizer: Made | null; pre_tokenizer: Made | null };
  const normalize = createNormalizer(json['normalizer'] as Part | null, parts.normalizer);
  const split = createSplitter(json['pre_tokenizer'] as Part | null, parts.pre_tokenizer);
  const added = (json['added_tokens'] ?? []) as AddedToken[];
  const special = specialTokensOf(config, added);
  const piecesOf = createPieces(library.model, special.unk);
  const trim = createTrim(json['post_processor'] as Part | null);

  const isNormalized = (one: AddedToken): boolean => one.normalized ?? !one.special;
  const sectionsOf = createSections(
    new Map(added.filter((one) => !isNormalized(one)).map((one) => [one.content, one])),
  );
  const normalizedSectionsOf = createSections(
    new Map(added.filter(isNormalized).map((one) => [normalize(align(one.content)).text, one])),
  );
  const base = { special: false, padding: false } as const;

  const tokenize: Tokenizer['tokenize'] = (text, sequence) => {
    const tokens: Token[] = [];
    let words = 0;
    const add = (id: number, found: AlignedText, from: number, to: number, spelled?: string): void => {
      const token = library.id_to_token(id) ?? '';
      const range = trim(rangeOf(found, from, to), spelled ?? token, tokens.length === 0);
      tokens.push({ ...base, id, token, sequence, word: words, ...range });
    };
    for (const section of sectionsOf(text)) {
      if (section.added) {
        add(section.added.id, section.text, 0, section.text.text.length, section.text.text);
        words++;
        continue;
      }
      for (const { text: stretch, added: known } of normalizedSectionsOf(normalize(section.text))) {
        if (known) {
          add(known.id, stretch, 0, stretch.text.length, stretch.text);
          words++;
          continue;
        }
        const isFirst = stretch.starts[0] === text.starts[0];
        for (const word of split(stretch, isFirst)) {
          if (word.text === '') continue;
          for (const { id, from, to } of piecesOf(word.text)) add(id, word, from, to);
          words++;
        }
      }
    }
    return tokens;
  };

  const processors = json['post_processor'] as Part | null;
  const isRoberta = [processors, ...((processors?.['processors'] ?? []) as Part[])].some(
    (part) => part?.type === 'RobertaProcessing',
  );
  const complete: Tokenizer['complete'] = (first, second) => {
    const templated = library.post_processor?.(first as never, second ?? null, true) as
      | { tokens: (Token | string)[]; tokens_pair?: (Token | string)[] | null; token_type_ids?: number[] }
      | undefined;
    const main = templated?.tokens ?? [...first];
    // Processors that add nothing leave a pair apart.
    const rest = templated ? (templated.tokens_pair ?? []) : (second ?? []);
    // RoBERTa knows no types, whatever the library says.
    const typeIds = (isRoberta ? undefined : templated?.token_type_ids) ?? main.map(() => 0);
    return {
      tokens: [...main, ...rest].map((token) => (typeof token === 'string' ? templateToken(token) : token)),
      typeIds: [...typeIds, ...rest.map(() => 1)],
    };
  };
  const templateToken = (token: string): Token => ({
    id: library.token_to_id(token) ?? 0,
    token,
    sequence: null,
    special: true,
    padding: false,
    word: null,
    start: 0,
    end: 0,
  });

  const made = library.decoder as unknown as (MadeDecoder & { end_of_word_suffix?: string | null }) | null;
  const { special_tokens: specialTokens, clean_up_tokenization_spaces: cleansUp } = library as unknown as {
    special_tokens: readonly string[];
    clean_up_tokenization_spaces: boolean;
  };
  const pad = special.pad ?? '[PAD]';
  const padding = (json['padding'] ?? {}) as Json;
  return {
    tokenize,
    complete,
    added: { single: complete([], undefined).tokens.length, pair: complete([], []).tokens.length },
    idOf: (token) => library.token_to_id(token),
    tokenOf: (id) => library.id_to_token(id),
    encode: (text, { addSpecial = true } = {}) => library.encode(text, { add_special_tokens: addSpecial }).ids,
    decode: (ids, { skipSpecial = false } = {}) =>
      ids.length === 0 ? '' : library.decode([...ids], { skip_special_tokens: skipSpecial }),
    decoding: {
      decoder: (json['decoder'] as Part | null | undefined) ?? null,
      made,
      special: new Set(specialTokens),
      added: new Set(added.map(({ content }) => content)),
      unknown: (library.model as unknown as { unk_token?: string | null }).unk_token ?? '',
      wordSuffix: made?.end_of_word_suffix || undefined,
      cleansUp,
    },
    join: (tokens) => {
      if ((json['decoder'] as Part | null)?.type === 'ByteLevel') return readBytes(tokens);
      return library.decoder?.decode([...tokens]) ?? tokens.join(' ');
    },
    continuation: String((json['model'] as Json | undefined)?.['continuing_subword_prefix'] ?? '') || undefined,
    special,
    padding: {
      token: pad,
      id: library.token_to_id(pad) ?? Number(padding['pad_id'] ?? 0),
      typeId: Number(padding['pad_type_id'] ?? 0),
      side: config['padding_side'] === 'left' || padding['direction'] === 'Left' ? 'left' : 'right',
    },
  };
}

/**
 * A special token is written as a string, or as an object with its `content`. Where the configuration names none, the
 * tokenizer's own are known by their usual spelling.
 */
function specialTokensOf(config: Json, added: readonly AddedToken[]): Partial<Record<SpecialName, string>> {
  const found: Partial<Record<SpecialName, string>> = {};
  for (const [name, usual] of Object.entries(usualSpecial) as [SpecialName, readonly string[]][]) {
    const value = config[`${name}_token`];
    const content = typeof value === 'object' && value !== null ? (value as Json)['content'] : value;
    const token = typeof content === 'string' ? content : added.find((one) => usual.includes(one.content))?.content;
    if (token !== undefined) found[name] = token;
  }
  return found;
}

const usualSpecial: Record<SpecialName, readonly string[]> = {
  mask: ['[MASK]', '<mask>'],
  pad: ['[PAD]', '<pad>'],
  sep: ['[SEP]'],
  cls: ['[CLS]', '<cls>'],
  unk: ['[UNK]', '<unk>'],
  bos: ['<s>'],
  eos: ['</s>'],
};

type Range = Pick<Token, 'start' | 'end'>;

/**
 * Leaves spaces out of where tokens of bytes were found, as the post-processors ByteLevel and RobertaProcessing do
 * with `trim_offsets`. Source: `process_offsets` of huggingface/tokenizers.
 */
function createTrim(part: Part | null | undefined): (range: Range, token: string, isFirst: boolean) => Range {
  if (part?.type === 'Sequence') {
    const trims = ((part['processors'] ?? []) as Part[]).map(createTrim);
    return (range, token, isFirst) => trims.reduce((trimmed, trim) => trim(trimmed, token, isFirst), range);
  }
  const trims = (part?.type === 'ByteLevel' || part?.type === 'RobertaProcessing') && part['trim_offsets'] !== false;
  if (!trims) return (range) => range;
  const hasPrefix = part['add_prefix_space'] !== false;
  return (range, token, isFirst) => {
    let leading = /^[Ġ\p{White_Space}]*/u.exec(token)![0].length;
    const trailing = /[Ġ\p{White_Space}]*$/u.exec(token)![0].length;
    if (leading > 0 && hasPrefix && (isFirst || range.start === 0)) leading--;
    const start = Math.min(range.start + leading, range.end);
    const end = trailing > 0 && range.end >= trailing ? Math.max(range.end - trailing, start) : range.end;
    return { start, end };
  };
}
