import { Tokenizer } from '@huggingface/tokenizers';

/** Token ids of a text or a pair of texts, special tokens included. */
export interface EncodedText {
  readonly ids: readonly number[];
  /** 0 for the first text, 1 for the second. */
  readonly typeIds: readonly number[];
}

export type TextEncoding = (text: string, pair: string | undefined) => EncodedText;

/**
 * Makes the tokenizer of `tokenizer.json` and `tokenizer_config.json`. Texts that come to more than `maxTokens`
 * are cut at their end, the longer one of a pair first; special tokens stay.
 *
 * @throws what the tokenizer library throws when the files are not what it knows.
 */
export function createTextEncoding(
  tokenizerJson: object,
  tokenizerConfig: object,
  maxTokens: number | undefined,
): TextEncoding {
  const tokenizer = new Tokenizer(tokenizerJson, tokenizerConfig);
  const tokensOf = (text: string): string[] => tokenizer.tokenize(text, { add_special_tokens: false });
  // What the template adds is the same for every text.
  const addedTo = (pair: boolean): number =>
    complete(tokenizer, ['a'], pair ? ['a'] : undefined).tokens.length - (pair ? 2 : 1);
  const added = { single: addedTo(false), pair: addedTo(true) };
  const unknown = tokenizer.model?.unk_token_id;
  return (text, pair) => {
    const room = (maxTokens ?? Infinity) - (pair === undefined ? added.single : added.pair);
    const [first, second] = cut(tokensOf(text), pair === undefined ? undefined : tokensOf(pair), Math.max(0, room));
    const { tokens, typeIds } = complete(tokenizer, first, second);
    return { ids: tokens.map((token) => tokenizer.token_to_id(token) ?? unknown ?? 0), typeIds };
  };
}

/**
 * Cuts what is too long at its end, the longer of two texts first; where both are, they share the room.
 * Source: `truncate_encodings`, strategy `LongestFirst`, of huggingface/tokenizers.
 */
function cut(first: string[], second: string[] | undefined, room: number): [string[], string[] | undefined] {
  if (!second) return [first.slice(0, room), undefined];
  let shorter = Math.min(first.length, second.length);
  let longer = Math.max(shorter, Math.min(Math.max(first.length, second.length), room - shorter));
  if (shorter + longer > room) {
    shorter = Math.floor(room / 2);
    longer = room - shorter;
  }
  return first.length > second.length
    ? [first.slice(0, longer), second.slice(0, shorter)]
    : [first.slice(0, shorter), second.slice(0, longer)];
}

function complete(
  tokenizer: Tokenizer,
  first: string[],
  second: string[] | undefined,
): { tokens: string[]; typeIds: number[] } {
  if (!tokenizer.post_processor) {
    return { tokens: [...first, ...(second ?? [])], typeIds: [...first.map(() => 0), ...(second ?? []).map(() => 1)] };
  }
  const { tokens, token_type_ids } = tokenizer.post_processor(first, second ?? null, true);
  return { tokens, typeIds: token_type_ids ?? tokens.map(() => 0) };
}
