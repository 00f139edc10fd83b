import type { Tokenizer } from '../preprocess/tokenize.ts';
import { createDecodeStage } from './decode-stage.ts';
import { createReplaceStream, type TextStream } from './replace-stream.ts';

/** Makes a text of tokens that come one by one. */
export interface Detokenizer {
  /** What is certain of the text now: '' while a character is unfinished, and never half of one. */
  push(id: number): string;
  /** What was held back. Bytes that make no character are U+FFFD. Nothing may be pushed afterwards. */
  end(): string;
}

export interface DetokenizerOptions {
  /** Whether special tokens are left out, such as `</s>`. @default false */
  readonly skipSpecial?: boolean;
  /** Special tokens that are written all the same, such as `[TOOL_CALLS]`. */
  readonly keep?: readonly string[] | undefined;
  /** Tokens that the text goes on from: what they make is not given, and the space after it is. */
  readonly prompt?: readonly number[];
}

/**
 * Makes a decoder for a stream of tokens. The pieces together are what `tokenizer.decode` makes of all the tokens; each
 * token costs the same, however many came before.
 */
export function createDetokenizer(
  tokenizer: Tokenizer,
  { skipSpecial = false, keep = [], prompt = [] }: DetokenizerOptions = {},
): Detokenizer {
  const { decoder, made, special, added, unknown, wordSuffix, cleansUp } = tokenizer.decoding;
  const kept = new Set(keep);
  let text = '';
  const sink = createDecodeStage(decoder, made, added, {
    open() {},
    write: (piece) => void (text += piece),
    close() {},
    end() {},
  });
  const streams: TextStream[] = [];
  if (wordSuffix !== undefined) {
    streams.push(createReplaceStream(wordSuffix, ' '));
    if (skipSpecial) streams.push(createTrimStream(prompt.length === 0));
  }
  if (cleansUp) streams.push(...cleanUp.map(([pattern, by]) => createReplaceStream(pattern, by)));

  const write = (id: number): void => {
    const token = tokenizer.tokenOf(id) ?? unknown;
    if (skipSpecial && special.has(token) && !kept.has(token)) return;
    sink.open();
    sink.write(token);
    sink.close();
  };
  const take = (): string => {
    const taken = text;
    text = '';
    return taken;
  };

  for (const id of prompt) write(id);
  // Bytes of a character that the prompt left unfinished stay where they are: the first tokens may finish it.
  take();
  return {
    push(id) {
      write(id);
      return text === '' ? '' : streams.reduce((piece, stream) => stream.push(piece), take());
    },
    end() {
      sink.end();
      return streams.reduce((piece, stream) => stream.push(piece) + stream.end(), take());
    },
  };
}

/**
 * What is taken out around punctuation, one after the other.
 * Source: `clean_up_tokenization` of huggingface/transformers.
 */
const cleanUp: readonly (readonly [pattern: string, by: string])[] = [
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

/** A stream without white space at its end, and where `atStart` at its beginning. */
function createTrimStream(atStart: boolean): TextStream {
  let isStart = atStart;
  let held = '';
  return {
    push(text) {
      const all = isStart ? text.trimStart() : held + text;
      if (all !== '') isStart = false;
      const certain = all.trimEnd();
      held = all.slice(certain.length);
      return certain;
    },
    end: () => '',
  };
}
