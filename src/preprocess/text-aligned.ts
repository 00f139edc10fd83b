/**
 * A text in which each UTF-16 unit knows which part of the original it came from: `starts[i]` to `ends[i]`, in
 * UTF-16 units. Both units of a surrogate pair have the range of the whole character.
 */
export interface AlignedText {
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** The original itself. */
export function align(text: string): AlignedText {
  const starts: number[] = [];
  const ends: number[] = [];
  for (const char of text) {
    const start = starts.length;
    for (let unit = 0; unit < char.length; unit++) {
      starts.push(start);
      ends.push(start + char.length);
    }
  }
  return { text, starts, ends };
}

/** What lies between two UTF-16 units. */
export function slice({ text, starts, ends }: AlignedText, from: number, to: number): AlignedText {
  return { text: text.slice(from, to), starts: starts.slice(from, to), ends: ends.slice(from, to) };
}

/** The part of the original that units `from` to `to` came from. */
export function rangeOf(aligned: AlignedText, from: number, to: number): { start: number; end: number } {
  if (from < to) return { start: aligned.starts[from]!, end: aligned.ends[to - 1]! };
  const at = aligned.starts[from] ?? aligned.ends.at(-1) ?? 0;
  return { start: at, end: at };
}

/** Each character (code point) becomes what `change` makes of it: nothing, one, or several. */
export function mapCharacters(aligned: AlignedText, change: (char: string) => string): AlignedText {
  const writer = createWriter();
  let at = 0;
  for (const char of aligned.text) {
    writer.write(change(char), aligned.starts[at]!, aligned.ends[at + char.length - 1]!);
    at += char.length;
  }
  return writer.done();
}

/** Puts `prefix` before a text; it belongs to the first character. */
export function prepend(aligned: AlignedText, prefix: string): AlignedText {
  if (aligned.text === '') return aligned;
  const writer = createWriter();
  writer.write(prefix, aligned.starts[0]!, aligned.ends[0]!);
  writer.copy(aligned, 0, aligned.text.length);
  return writer.done();
}

/**
 * Replaces all that a regular expression with the flag `g` matches.
 *
 * @param covers the part of the original that the replacement stands for: the whole match, or its last character,
 *   as `NormalizedString::replace` of huggingface/tokenizers has it
 */
export function replaceAll(
  aligned: AlignedText,
  pattern: RegExp,
  replacement: (match: RegExpExecArray) => string,
  covers: 'match' | 'last',
): AlignedText {
  const writer = createWriter();
  let done = 0;
  for (const match of aligned.text.matchAll(pattern)) {
    const stop = match.index + match[0].length;
    writer.copy(aligned, done, match.index);
    const { start, end } = rangeOf(aligned, match.index, stop);
    writer.write(
      replacement(match),
      covers === 'match' || stop === match.index ? start : aligned.starts[stop - 1]!,
      end,
    );
    done = stop;
  }
  writer.copy(aligned, done, aligned.text.length);
  return writer.done();
}

/** Leaves out white space at the start, at the end, or both, as Unicode's property White_Space has it. */
export function strip(aligned: AlignedText, left: boolean, right: boolean): AlignedText {
  const { text } = aligned;
  const from = left ? /^\p{White_Space}*/u.exec(text)![0].length : 0;
  return slice(aligned, from, right ? Math.max(from, endOfText(text)) : text.length);
}

/** Where the white space at the end of a text begins. A pattern would look for that end at each space anew. */
export function endOfText(text: string): number {
  let end = text.length;
  while (end > 0 && /\p{White_Space}/u.test(text[end - 1]!)) end--;
  return end;
}

/**
 * Unicode normalization (UAX #15). A composed character starts and ends where its first part does. What several
 * characters became of, in another order, is counted as `NormalizedString::transform` of huggingface/tokenizers does.
 */
export function normalizeUnicode(aligned: AlignedText, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): AlignedText {
  const writer = createWriter();
  for (const match of aligned.text.matchAll(cluster)) {
    const chars = Array.from(match[0]);
    const parts = chars.map((char) => char.normalize(form));
    const whole = match[0].normalize(form);
    let at = match.index;
    if (parts.join('') === whole) {
      for (const [index, char] of chars.entries()) {
        writer.write(parts[index]!, aligned.starts[at]!, aligned.ends[at]!);
        at += char.length;
      }
      continue;
    }
    const takes = createCount(chars, form.includes('K') ? 'NFKD' : 'NFD');
    let before = at;
    let place = 0;
    for (const char of whole) {
      const taken = takes(char);
      // What takes none was added to the one before.
      const from = taken > 0 ? at : before;
      writer.write(char, aligned.starts[from]!, aligned.ends[from]!);
      for (const end = place + taken; place < end; place++) {
        before = at;
        at += chars[place]!.length;
      }
    }
  }
  return writer.done();
}

/**
 * Makes what tells of each character of a normalized text, in its order, how many of `chars` it takes: the first part
 * of each of them counts for it, and the other parts for nothing.
 */
function createCount(chars: readonly string[], decomposed: 'NFD' | 'NFKD'): (char: string) => number {
  const counts = new Map<string, { values: number[]; next: number }>();
  for (const char of chars) {
    for (const [index, part] of Array.from(char.normalize(decomposed)).entries()) {
      const count = counts.get(part) ?? { values: [], next: 0 };
      count.values.push(index === 0 ? 1 : 0);
      counts.set(part, count);
    }
  }
  return (char) =>
    Array.from(char.normalize(decomposed)).reduce((sum, part) => {
      const count = counts.get(part);
      return sum + (count?.values[count.next++] ?? 0);
    }, 0);
}

/**
 * A character with what may combine with it: marks, jamo of Hangul in each of their widths, half-width voicing marks,
 * vowels of Kirat Rai.
 */
const cluster = /[^](?:[\p{M}\u1160-\u11ff\u3131-\u318e\uff9e\uff9f\uffa0-\uffdc\u{16d63}-\u{16d6a}])*/gu;

/** Writes an aligned text piece by piece. */
export function createWriter(): {
  write(text: string, start: number, end: number): void;
  copy(from: AlignedText, at: number, to: number): void;
  done(): AlignedText;
} {
  let text = '';
  const starts: number[] = [];
  const ends: number[] = [];
  return {
    write(piece, start, end) {
      text += piece;
      for (let unit = 0; unit < piece.length; unit++) {
        starts.push(start);
        ends.push(end);
      }
    },
    copy(from, at, to) {
      text += from.text.slice(at, to);
      for (let unit = at; unit < to; unit++) {
        starts.push(from.starts[unit]!);
        ends.push(from.ends[unit]!);
      }
    },
    done: () => ({ text, starts, ends }),
  };
}
