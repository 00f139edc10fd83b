import { endOfText, slice, type AlignedText } from './text-aligned.ts';

/** A token that was added to a vocabulary: it is found in the text as it is, before any model looks at it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  readonly normalized?: boolean;
  readonly special?: boolean;
}

/** A stretch of a text, and the added token that it is, if it is one. */
export interface Section {
  readonly text: AlignedText;
  readonly added: AddedToken | undefined;
}

/**
 * Makes a function that finds added tokens in a text: the leftmost, then the longest.
 * Source: `AddedVocabulary` of huggingface/tokenizers. What a token strips beside it belongs to it.
 *
 * @param tokens by what they are in the text
 */
export function createSections(tokens: ReadonlyMap<string, AddedToken>): (text: AlignedText) => Section[] {
  const contents = [...tokens.keys()].filter((content) => content !== '').toSorted((a, b) => b.length - a.length);
  if (contents.length === 0) return (text) => [{ text, added: undefined }];
  const pattern = new RegExp(contents.map((one) => one.replaceAll(/[$()*+./?[\\\]^{|}]/g, '\\$&')).join('|'), 'gu');
  return (aligned) => {
    const { text } = aligned;
    const sections: Section[] = [];
    let done = 0;
    for (const match of text.matchAll(pattern)) {
      const added = tokens.get(match[0])!;
      let from = match.index;
      let to = from + match[0].length;
      if (
        added.single_word &&
        // Two units hold the character before, whatever it is.
        (/[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]$/u.test(text.slice(Math.max(0, from - 2), from)) ||
          /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]/u.test(text.slice(to, to + 2)))
      )
        continue;
      if (from < done) continue;
      if (added.lstrip) from = done + endOfText(text.slice(done, from));
      if (added.rstrip) to += /^\p{White_Space}*/u.exec(text.slice(to))![0].length;
      if (from > done) sections.push({ text: slice(aligned, done, from), added: undefined });
      sections.push({ text: slice(aligned, from, to), added });
      done = to;
    }
    if (done < text.length) sections.push({ text: slice(aligned, done, text.length), added: undefined });
    return sections;
  };
}
