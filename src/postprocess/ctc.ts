/** One token of a text with the frames it was heard in, `end` not among them. */
export interface TimedToken {
  readonly token: string;
  readonly start: number;
  readonly end: number;
}

/** A word, or whatever stands between two delimiters. */
export interface TimedText {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** How tokens become a text. */
export interface CtcText {
  /** The token that becomes a space. */
  readonly wordDelimiter: string;
  readonly lowercase: boolean;
  /** Whether spaces before punctuation and English contractions go. */
  readonly cleanUp: boolean;
}

/**
 * The likeliest token of each frame, the first of equals; the same one in frames that follow each other is heard once,
 * and the blank is not heard. (Best path decoding, Graves et al., Connectionist temporal classification, 2006.)
 *
 * @param logits `[frames, width]`
 * @param tokens by id; an id that has none is `<unk>`
 */
export function bestPath(
  logits: ArrayLike<number>,
  width: number,
  tokens: readonly (string | undefined)[],
  blank: number,
): TimedToken[] {
  const heard: TimedToken[] = [];
  const frames = logits.length / width;
  let last = -1;
  for (let frame = 0; frame < frames; frame++) {
    const id = highest(logits, frame * width, width);
    if (id !== blank) {
      const token = tokens[id] ?? '<unk>';
      if (id === last) heard.push({ ...heard.pop()!, end: frame + 1 });
      else heard.push({ token, start: frame, end: frame + 1 });
    }
    last = id;
  }
  return heard;
}

/** Puts tokens together as `Wav2Vec2CTCTokenizer` of Transformers does. */
export function ctcText(heard: readonly TimedToken[], { wordDelimiter, lowercase, cleanUp }: CtcText): string {
  const text = heard
    .map(({ token }) => (token === wordDelimiter ? ' ' : token))
    .join('')
    .trim();
  const cased = lowercase ? text.toLowerCase() : text;
  return cleanUp ? cleaned(cased) : cased;
}

/** The words between delimiters and spaces, in frames: `output_word_offsets` of Transformers, which leaves them as they are heard. */
export function ctcWords(heard: readonly TimedToken[], wordDelimiter: string): TimedText[] {
  const words: TimedText[] = [];
  let isInside = false;
  for (const { token, start, end } of heard) {
    if (token === wordDelimiter || token === ' ') isInside = false;
    else if (isInside) {
      const word = words.pop()!;
      words.push({ text: word.text + token, start: word.start, end });
    } else {
      words.push({ text: token, start, end });
      isInside = true;
    }
  }
  return words;
}

function highest(values: ArrayLike<number>, start: number, length: number): number {
  let best = 0;
  for (let i = 1; i < length; i++) if (values[start + i]! > values[start + best]!) best = i;
  return best;
}

/** As `clean_up_tokenization` of Transformers, in its order. */
function cleaned(text: string): string {
  return [' .', ' ?', ' !', ' ,', " ' ", " n't", " 'm", " 's", " 've", " 're"].reduce(
    (rest, spaced) => rest.replaceAll(spaced, spaced.trim()),
    text,
  );
}
