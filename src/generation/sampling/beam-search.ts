/** How beams are searched. */
export interface BeamOptions {
  readonly beams: number;
  readonly endTokens: ReadonlySet<number>;
  readonly lengthPenalty: number;
  readonly earlyStopping: boolean;
  readonly maxTokens: number;
}

/** A text that goes on. */
export interface Beam {
  /** Which of the beams of the step before it goes on from. */
  readonly parent: number;
  readonly token: number;
  /** All its tokens, the last one included. */
  readonly tokens: readonly number[];
  /** The sum of the logarithms of its probabilities. */
  readonly sum: number;
}

/** A text that was found. */
export interface Hypothesis {
  readonly tokens: readonly number[];
  /** The sum of its logarithms, by its length to the power of `lengthPenalty`. */
  readonly score: number;
  /** Whether it came to an end by itself. */
  readonly isEnded: boolean;
}

/**
 * Keeps the likeliest beginnings of a text: of all tokens that may follow those of the step before, the likeliest go on;
 * those that end leave with their score.
 *
 * Source: `BeamSearchScorer` of huggingface/transformers, without groups.
 */
export class BeamSearch {
  readonly #options: BeamOptions;
  #beams: readonly Beam[] = [];
  readonly #found: Hypothesis[] = [];

  constructor(options: BeamOptions) {
    this.#options = options;
  }

  /** Takes the logits after the prompt, and gives the beams to go on with; none when the search is over. */
  start(logits: Float32Array): readonly Beam[] {
    return this.#next([logits], [{ parent: 0, token: -1, tokens: [], sum: 0 }]);
  }

  /** Takes the logits of each beam, in their order. */
  step(logits: readonly Float32Array[]): readonly Beam[] {
    return this.#next(logits, this.#beams);
  }

  /** The best texts, the best first. */
  best(count: number): readonly Hypothesis[] {
    return this.#found.toSorted((a, b) => b.score - a.score).slice(0, count);
  }

  #next(logits: readonly Float32Array[], from: readonly Beam[]): readonly Beam[] {
    const { beams, endTokens, maxTokens } = this.#options;
    const wanted = beams * (1 + Math.max(1, endTokens.size));
    const candidates = from
      .flatMap((beam, parent) =>
        likeliest(logits[parent]!, wanted).map(({ token, logprob }) => ({
          parent,
          token,
          beam,
          sum: beam.sum + logprob,
        })),
      )
      .sort((a, b) => b.sum - a.sum)
      .slice(0, wanted);
    const next: Beam[] = [];
    for (const [rank, { parent, token, beam, sum }] of candidates.entries()) {
      if (endTokens.has(token)) {
        // One that is no beam itself would not have come so far.
        if (rank < beams) this.#add(beam.tokens, sum, true, beam.tokens.length + 1);
      } else if (next.length < beams) next.push({ parent, token, tokens: [...beam.tokens, token], sum });
    }
    const length = (next[0]?.tokens.length ?? 0) + 1;
    const isOver = next.length === 0 || this.#isSettled(Math.max(...next.map(({ sum }) => sum)), length - 1);
    if (!isOver && length - 1 < maxTokens) {
      this.#beams = next;
      return next;
    }
    if (!isOver) for (const { tokens, sum } of next) this.#add(tokens, sum, false, tokens.length);
    return [];
  }

  /** Whether no beam can come to a better score than those that were found. */
  #isSettled(bestSum: number, length: number): boolean {
    const { beams, earlyStopping, lengthPenalty } = this.#options;
    if (this.#found.length < beams) return false;
    return earlyStopping || bestSum / length ** lengthPenalty <= Math.min(...this.#found.map(({ score }) => score));
  }

  #add(tokens: readonly number[], sum: number, isEnded: boolean, length: number): void {
    const { beams, lengthPenalty } = this.#options;
    this.#found.push({ tokens, score: sum / length ** lengthPenalty, isEnded });
    this.#found.sort((a, b) => b.score - a.score);
    if (this.#found.length > beams) this.#found.pop();
  }
}

/** The likeliest tokens with the logarithms of their probabilities. */
function likeliest(logits: Float32Array, count: number): { token: number; logprob: number }[] {
  let most = -Infinity;
  for (const logit of logits) if (logit > most) most = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - most);
  const total = most + Math.log(sum);
  const best: { token: number; logprob: number }[] = [];
  for (let token = 0; token < logits.length; token++) {
    const logprob = logits[token]! - total;
    if (logprob === -Infinity || (best.length === count && logprob <= best.at(-1)!.logprob)) continue;
    const place = best.findIndex((one) => logprob > one.logprob);
    best.splice(place < 0 ? best.length : place, 0, { token, logprob });
    if (best.length > count) best.pop();
  }
  return best;
}
