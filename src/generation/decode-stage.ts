import { bytesOf } from '../preprocess/tokenize-bytes.ts';
import type { Part } from '../preprocess/tokenize-normalize.ts';
import type { Decoding, MadeDecoder } from '../preprocess/tokenize.ts';
import { createReplaceStream } from './replace-stream.ts';

/** What takes tokens, each of which may come in pieces: a list of texts that is not at its end yet. */
export interface TokenSink {
  open(): void;
  write(text: string): void;
  close(): void;
  /** No token comes any more. */
  end(): void;
}

/**
 * Makes a decoder of `tokenizer.json` that takes tokens one by one and passes on what is certain of what they make.
 * All that is passed on is what the library's decoder of the same part makes of all the tokens at once.
 * Source: the decoders of huggingface/tokenizers.
 *
 * @param part the decoder, or null: then a space is between tokens
 * @param made what the tokenizer library made of the same part
 */
export function createDecodeStage(
  part: Part | null,
  made: MadeDecoder | null,
  added: Decoding['added'],
  next: TokenSink,
): TokenSink {
  switch (part?.type) {
    case undefined:
      return spaced(next);
    case 'Sequence': {
      const parts = (part['decoders'] ?? []) as Part[];
      return parts.reduceRight((sink, one, index) => createDecodeStage(one, made!.decoders![index]!, none, sink), next);
    }
    case 'ByteLevel':
      return byteLevel(added, next);
    case 'ByteFallback':
      return byteFallback(next);
    case 'Fuse':
      return fuse(next);
    case 'Strip':
      return strip(String(part['content'] ?? ''), Number(part['start'] ?? 0), Number(part['stop'] ?? 0), next);
    case 'Replace': {
      const text = (part['pattern'] as { String?: string } | undefined)?.String;
      if (!text) return whole((token) => made!.decode_chain([token])[0] ?? '', next);
      return replace(text, String(part['content'] ?? ''), next);
    }
    case 'Metaspace':
      return metaspace(String(part['replacement'] ?? '▁'), next);
    case 'WordPiece': {
      // The library looks at a token's place for one thing: whether it is the first.
      let isFirst = true;
      return whole((token) => {
        const text = isFirst ? made!.decode_chain([token])[0]! : made!.decode_chain(['', token])[1]!;
        isFirst = false;
        return text;
      }, next);
    }
    case 'BPEDecoder':
      return wordEnds(String(part['suffix'] ?? ''), next);
    default:
      return atOnce(made!, next);
  }
}

const none: ReadonlySet<string> = new Set();

function spaced(next: TokenSink): TokenSink {
  let isFirst = true;
  return {
    ...next,
    open() {
      next.open();
      if (!isFirst) next.write(' ');
      isFirst = false;
    },
  };
}

/** Each token is changed when all of it is there. */
function whole(change: (token: string) => string, next: TokenSink): TokenSink {
  let token = '';
  return {
    open() {
      token = '';
    },
    write(text) {
      token += text;
    },
    close() {
      next.open();
      next.write(change(token));
      next.close();
    },
    end: () => next.end(),
  };
}

/** Tokens are characters that stand for bytes; those that were added end a text of bytes, and are themselves. */
function byteLevel(added: ReadonlySet<string>, next: TokenSink): TokenSink {
  const bytes = byteText(new TextDecoder('utf-8', { ignoreBOM: true }), next);
  return whole((token) => token, {
    open() {},
    close() {},
    write(token) {
      if (!added.has(token)) return bytes.write(bytesOf(token));
      bytes.close();
      next.open();
      next.write(token);
      next.close();
    },
    end() {
      bytes.close();
      next.end();
    },
  });
}

/** Tokens such as `<0xE2>` are bytes, as many as come after each other one text. */
function byteFallback(next: TokenSink): TokenSink {
  const bytes = byteText(new TextDecoder(), next);
  let beginning = '';
  let isText = false;
  /** Whether a token that begins so may still be a byte. */
  const mayBeByte = (text: string): boolean => text.length <= 6 && '<0x'.startsWith(text.slice(0, 3));
  const toText = (): void => {
    bytes.close();
    next.open();
    next.write(beginning);
    isText = true;
  };
  return {
    open() {
      beginning = '';
      isText = false;
    },
    write(text) {
      if (isText) return next.write(text);
      beginning += text;
      if (!mayBeByte(beginning)) toText();
    },
    close() {
      const byte = /^<0x..>$/su.test(beginning) ? Number.parseInt(beginning.slice(3, 5), 16) : NaN;
      if (!isText && !Number.isNaN(byte)) return bytes.write([byte]);
      if (!isText) toText();
      next.close();
    },
    end() {
      bytes.close();
      next.end();
    },
  };
}

/** A text that comes in bytes. The decoder keeps those of an unfinished character. */
function byteText(decoder: TextDecoder, next: TokenSink): { write(bytes: ArrayLike<number>): void; close(): void } {
  let isOpen = false;
  return {
    write(bytes) {
      if (!isOpen) next.open();
      isOpen = true;
      const text = decoder.decode(Uint8Array.from(bytes), { stream: true });
      if (text !== '') next.write(text);
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      const rest = decoder.decode();
      if (rest !== '') next.write(rest);
      next.close();
    },
  };
}

/** All tokens become one. */
function fuse(next: TokenSink): TokenSink {
  let isOpen = false;
  const open = (): void => {
    if (!isOpen) next.open();
    isOpen = true;
  };
  return {
    open,
    write: (text) => next.write(text),
    close() {},
    end() {
      open();
      next.close();
      next.end();
    },
  };
}

/** Takes `content` away from both sides of each token, at most `start` and `stop` times. */
function strip(content: string, start: number, stop: number, next: TokenSink): TokenSink {
  let left = 0;
  let held = '';
  return {
    open() {
      left = start;
      held = '';
      next.open();
    },
    write(given) {
      let from = 0;
      while (left > 0 && from < given.length) {
        if (given[from] === content) {
          from++;
          left--;
        } else left = 0;
      }
      const text = held + given.slice(from);
      let certain = text.length;
      while (text.length - certain < stop && text[certain - 1] === content) certain--;
      held = text.slice(certain);
      if (certain > 0) next.write(text.slice(0, certain));
    },
    close() {
      next.close();
    },
    end: () => next.end(),
  };
}

function replace(pattern: string, content: string, next: TokenSink): TokenSink {
  const stream = createReplaceStream(pattern, content);
  return {
    ...next,
    write(text) {
      const certain = stream.push(text);
      if (certain !== '') next.write(certain);
    },
    close() {
      const rest = stream.end();
      if (rest !== '') next.write(rest);
      next.close();
    },
  };
}

/** The mark of a word's beginning is a space, except before the first token. */
function metaspace(mark: string, next: TokenSink): TokenSink {
  let isFirst = true;
  const beginning = (sink: TokenSink): TokenSink => {
    let isStart = false;
    return {
      ...sink,
      open() {
        isStart = isFirst;
        isFirst = false;
        sink.open();
      },
      write(text) {
        const stripped = isStart && text.startsWith(' ') ? text.slice(1) : text;
        if (text !== '') isStart = false;
        if (stripped !== '') sink.write(stripped);
      },
    };
  };
  return replace(mark, ' ', beginning(next));
}

/** The mark of a word's end is a space, except in the last token. */
function wordEnds(suffix: string, next: TokenSink): TokenSink {
  let held: string | undefined;
  const release = (space: string): void => {
    if (held === undefined) return;
    next.write(held.replaceAll(suffix, space));
    next.close();
    held = undefined;
  };
  return whole((token) => token, {
    open() {},
    close() {},
    write(token) {
      release(' ');
      const mark = token.indexOf(suffix);
      next.open();
      next.write(mark < 0 ? token : token.slice(0, mark));
      if (mark < 0) next.close();
      else held = token.slice(mark);
    },
    end() {
      release('');
      next.end();
    },
  });
}

/** What no rule for single tokens is known for is decoded when all tokens are there. */
function atOnce(made: MadeDecoder, next: TokenSink): TokenSink {
  const tokens: string[] = [];
  return whole((token) => token, {
    open() {},
    close() {},
    write: (token) => tokens.push(token),
    end() {
      for (const token of made.decode_chain(tokens)) {
        next.open();
        next.write(token);
        next.close();
      }
      next.end();
    },
  });
}
