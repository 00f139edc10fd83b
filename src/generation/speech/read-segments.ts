/** Words with the times that stand around them. */
export interface Segment {
  /** Without those of times. */
  readonly tokens: readonly number[];
  /** Steps of time from the beginning of the window. */
  readonly start: number;
  readonly end: number;
}

/** What a window of a recording came to. */
export interface Segments {
  readonly segments: readonly Segment[];
  /** Steps of time after which the next window begins: those of the whole one, or where its last words broke off. */
  readonly advance: number;
}

/**
 * Reads the tokens of a window: what stands between two times in a row is a segment. Words after the last such pair were
 * not finished, and are heard again in the window that begins there; where there is no pair, all are one segment.
 *
 * Source: the loop of `transcribe.py` of openai/whisper.
 *
 * @param tokens without the prompt, and without the one that ended it
 * @param firstTimestamp the token of 0 s
 * @param length steps of time in the window
 */
export function readSegments(tokens: readonly number[], firstTimestamp: number, length: number): Segments {
  const isTime = (token: number | undefined): boolean => token !== undefined && token >= firstTimestamp;
  const steps = (token: number): number => Math.min(token - firstTimestamp, length);
  const words = (part: readonly number[]): number[] => part.filter((token) => !isTime(token));
  const cuts = tokens.flatMap((token, index) =>
    index > 0 && isTime(token) && isTime(tokens[index - 1]) ? [index] : [],
  );
  if (cuts.length === 0) {
    const last = tokens.findLast(isTime);
    const first = isTime(tokens[0]) ? steps(tokens[0]!) : 0;
    const end = last === undefined || last === firstTimestamp || steps(last) <= first ? length : steps(last);
    return { segments: [{ tokens: words(tokens), start: first, end }], advance: length };
  }
  const endsWithOne = isTime(tokens.at(-1)) && !isTime(tokens.at(-2));
  if (endsWithOne) cuts.push(tokens.length);
  const segments = cuts.map((cut, index) => {
    const part = tokens.slice(cuts[index - 1] ?? 0, cut);
    return { tokens: words(part), start: isTime(part[0]) ? steps(part[0]!) : 0, end: steps(part.at(-1)!) };
  });
  // Nothing was said after a time that stands alone.
  const reached = segments.at(-1)!.end;
  return { segments, advance: endsWithOne || reached === 0 ? length : reached };
}
