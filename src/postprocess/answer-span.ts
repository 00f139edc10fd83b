/** From token `start` to token `end`, which is in it, with the product of their probabilities. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

/**
 * The likeliest spans of tokens: `p_start(i) p_end(j)` with `i <= j < i + maxTokens`, where the probabilities are the
 * softmax over the tokens that are allowed. The first token is no answer, and stands for there being none.
 * Source: `select_starts_ends` of the question-answering pipeline of Transformers.
 *
 * @param start,end logits, one a token
 * @param allowed whether an answer may have the token, and for the first, whether it counts at all
 * @returns `spans`, the likeliest first, and `none`, how likely no answer is
 */
export function answerSpans(
  start: ArrayLike<number>,
  end: ArrayLike<number>,
  allowed: readonly boolean[],
  { topK, maxTokens }: { topK: number; maxTokens: number },
): { spans: Span[]; none: number } {
  const starts = probabilities(start, allowed);
  const ends = probabilities(end, allowed);
  const none = starts[0]! * ends[0]!;
  const spans: Span[] = [];
  for (let from = 1; from < allowed.length; from++) {
    if (!allowed[from]) continue;
    for (let to = from; to < Math.min(from + maxTokens, allowed.length); to++) {
      const score = starts[from]! * ends[to]!;
      if (!allowed[to] || score === 0 || (spans.length === topK && score <= spans.at(-1)!.score)) continue;
      const place = spans.findIndex((span) => span.score < score);
      spans.splice(place < 0 ? spans.length : place, 0, { start: from, end: to, score });
      if (spans.length > topK) spans.pop();
    }
  }
  return { spans, none };
}

/** A softmax in which tokens that are not allowed have the logit -10000. */
function probabilities(logits: ArrayLike<number>, allowed: readonly boolean[]): number[] {
  const masked = allowed.map((may, token) => (may ? logits[token]! : -10000));
  const highest = masked.reduce((max, value) => Math.max(max, value), -Infinity);
  const powers = masked.map((value) => Math.exp(value - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
