import { mapCharacters, prepend, replaceAll, slice, type AlignedText } from './text-aligned.ts';
import { spellBytes } from './tokenize-bytes.ts';
import type { Made, Part } from './tokenize-normalize.ts';

/** Cuts a text into words, within which a tokenizer's model then looks for tokens. */
export type Splitter = (text: AlignedText, isFirst: boolean) => AlignedText[];

/**
 * Makes the pre-tokenizer of a `tokenizer.json`, as huggingface/tokenizers defines it.
 *
 * @param made what the tokenizer library made of the same part, for its regular expressions
 * @throws {Error} when it is of a type that is not known.
 */
export function createSplitter(part: Part | null | undefined, made: Made | null | undefined): Splitter {
  if (!part) return (text) => [text];
  switch (part.type) {
    case 'Sequence': {
      const parts = (part['pretokenizers'] as Part[]).map((one, index) =>
        createSplitter(one, made?.tokenizers?.[index]),
      );
      return (text, isFirst) =>
        parts.reduce((words, cut) => words.flatMap((word, index) => cut(word, isFirst && index === 0)), [text]);
    }
    case 'BertPreTokenizer':
      return (text) =>
        split(text, /\p{White_Space}+/gu, 'removed').flatMap((word) => split(word, punctuation, 'isolated'));
    case 'Whitespace':
      return (text) =>
        split(
          text,
          /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\p{White_Space}]+/gu,
          'removed',
          true,
        );
    case 'WhitespaceSplit':
      return (text) => split(text, /\p{White_Space}+/gu, 'removed');
    case 'Punctuation': {
      const behavior = behaviorOf(part);
      return (text) => split(text, punctuation, behavior);
    }
    case 'Digits': {
      const behavior = part['individual_digits'] ? 'isolated' : 'contiguous';
      return (text) => split(text, /\p{N}/gu, behavior);
    }
    case 'Split': {
      const { pattern } = made ?? {};
      if (!pattern) throw new Error('a Split pre-tokenizer has no pattern');
      const behavior = behaviorOf(part);
      return (text) => split(text, pattern, behavior, part['invert'] === true);
    }
    case 'FixedLength': {
      const length = Number(part['length'] ?? 5);
      return (text) => split(text, new RegExp(`[^]{1,${length}}`, 'gu'), 'isolated');
    }
    case 'Metaspace':
      return metaspace(part);
    case 'ByteLevel':
      return byteLevel(part);
    default:
      throw new Error(`it has a pre-tokenizer ${JSON.stringify(part.type)}`);
  }
}

const punctuation = /[\p{P}!-/:-@[-`{-~]/gu;

type Behavior = 'removed' | 'isolated' | 'mergedwithprevious' | 'mergedwithnext' | 'contiguous';

function behaviorOf({ behavior }: Part): Behavior {
  return String(behavior ?? 'isolated')
    .toLowerCase()
    .replaceAll('_', '') as Behavior;
}

/** Source: `SplitDelimiterBehavior` of huggingface/tokenizers. With `invert`, what lies between matches is the delimiter. */
function split(aligned: AlignedText, pattern: RegExp, behavior: Behavior, invert = false): AlignedText[] {
  const { text } = aligned;
  const parts: { from: number; to: number; match: boolean }[] = [];
  let done = 0;
  for (const { 0: found, index } of text.matchAll(pattern)) {
    if (found === '') continue;
    if (index > done) parts.push({ from: done, to: index, match: invert });
    parts.push({ from: index, to: index + found.length, match: !invert });
    done = index + found.length;
  }
  if (done < text.length) parts.push({ from: done, to: text.length, match: invert });

  const words: { from: number; to: number; match: boolean }[] = [];
  for (const [index, part] of parts.entries()) {
    const before = parts[index - 1];
    const merges =
      (behavior === 'mergedwithprevious' && part.match && before?.match === false) ||
      (behavior === 'mergedwithnext' && !part.match && before?.match === true) ||
      (behavior === 'contiguous' && part.match === before?.match);
    if (behavior === 'removed' && part.match) continue;
    if (merges) words.at(-1)!.to = part.to;
    else words.push({ ...part });
  }
  return words.map(({ from, to }) => slice(aligned, from, to));
}

function metaspace(part: Part): Splitter {
  const replacement = String(part['str_rep'] ?? part['replacement'] ?? '▁');
  const scheme = part['prepend_scheme'] ?? (part['add_prefix_space'] === false ? 'never' : 'always');
  const mark = new RegExp(replacement.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&'), 'gu');
  return (given, isFirst) => {
    let text = replaceAll(given, / /g, () => replacement, 'match');
    if (!text.text.startsWith(replacement) && (scheme === 'always' || (scheme === 'first' && isFirst))) {
      text = prepend(text, replacement);
    }
    return part['split'] === false ? [text] : split(text, mark, 'mergedwithnext');
  };
}

function byteLevel(part: Part): Splitter {
  return (given) => {
    const text = part['add_prefix_space'] === true && !given.text.startsWith(' ') ? prepend(given, ' ') : given;
    const words = part['use_regex'] === false ? [text] : split(text, gpt2, 'isolated');
    return words.map((word) => mapCharacters(word, spellBytes));
  };
}

/** The pattern of GPT-2. `\s` is Unicode's White_Space. */
const gpt2 =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
