import type { Tokenizer } from '../preprocess/tokenize.ts';

/** Turns tokens into text as they come. */
export interface Detokenizer {
  /** The text that is certain with this token; empty while a character may be unfinished. */
  push(token: number): string;
  /** What was left open: a character that was never finished is U+FFFD. */
  end(): string;
}

/** What stands for bytes that are no character. */
const broken = '\uFFFD';

/** Tokens that a character may still need: it has four bytes at the most, and a token one at the least. */
const mostOpen = 3;

/** Tokens of the prompt that the first ones of the answer are read after, so that a space between them is seen. */
const contextTokens = 6;

/**
 * Makes what decodes an answer token by token, to the same text as all of it at once: each token is decoded after those
 * before it, and what is new of the text is given. Tokens that leave a character open wait for the next ones.
 *
 * Source: `detokenize_incrementally` of vllm-project/vllm, the idea of it.
 */
export function createDetokenizer(
  tokenizer: Pick<Tokenizer, 'decode' | 'cleansUp'>,
  { prompt = [], skipSpecial = true }: { prompt?: readonly number[]; skipSpecial?: boolean } = {},
): Detokenizer {
  const decode = (ids: readonly number[]): string => tokenizer.decode(ids, { skipSpecial, cleanUp: false });
  const cleaner = createCleaner(tokenizer.cleansUp);
  /** Tokens whose text was given; they tell how the next one is spelled. */
  let context = prompt.slice(-contextTokens);
  let given = decode(context);
  let open: number[] = [];
  const give = (tokens: readonly number[], text: string): string => {
    const piece = text.slice(given.length);
    context = [...(open.length === tokens.length && piece !== '' ? [] : context), ...tokens];
    if (context.length > 2 * contextTokens) context = context.slice(-contextTokens);
    given = decode(context);
    open = open.slice(tokens.length);
    return cleaner.push(piece);
  };
  return {
    push(token) {
      open.push(token);
      const text = decode([...context, ...open]);
      if (!text.endsWith(broken)) return give(open, text);
      if (open.length <= mostOpen) return '';
      const sure = open.slice(0, -mostOpen);
      return give(sure, decode([...context, ...sure]));
    },
    end() {
      const rest = open.length === 0 ? '' : give(open, decode([...context, ...open]));
      return rest + cleaner.end();
    },
  };
}

/** Spaces before these are left out where a tokenizer cleans up, as `clean_up_tokenization` of Transformers does it. */
const cleanedUp: readonly (readonly [from: string, to: string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

const longestCleaned = 4;

/** Cleans up a text that comes in pieces; what may be the beginning of what is cleaned waits. */
function createCleaner(cleansUp: boolean): { push(text: string): string; end(): string } {
  let held = '';
  const clean = (text: string): string => cleanedUp.reduce((now, [from, to]) => now.replaceAll(from, to), text);
  return {
    push(text) {
      if (!cleansUp) return text;
      held += text;
      let space = held.indexOf(' ', Math.max(0, held.length - longestCleaned + 1));
      // Of what begins there, its beginning may be the end of what stands before it.
      while (space >= 2 && held.slice(space - 2, space) === " '") space -= 2;
      const sure = space < 0 ? held : held.slice(0, space);
      held = held.slice(sure.length);
      return clean(sure);
    },
    end() {
      const rest = clean(held);
      held = '';
      return rest;
    },
  };
}
