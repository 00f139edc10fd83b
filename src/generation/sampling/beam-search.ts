import { InferenceError, InputError } from '../../errors.ts';
import { shown } from '../../shown.ts';

/** How beams are searched. */
export interface BeamSearchOptions {
  /** How many sequences are kept at each step. */
  numBeams: number;
  /** The exponent of the length that a finished sequence's log-probability is divided by; above 0 favours long ones. @default 1 */
  lengthPenalty?: number;
  /** True ends once `numBeams` are finished; false, once no running one is likely to do better at its length of now; `'never'`, once none can. @default false */
  earlyStopping?: boolean | 'never';
  /** Tokens that finish a sequence. */
  endTokens: readonly number[];
  /** The most tokens a sequence may have, the end token among them. */
  maxTokens: number;
}

/** Where a beam comes from: row `parent` of the step before, and one more token. */
export interface BeamStep {
  readonly parent: number;
  readonly token: number;
}

/** A sequence that the search found. */
export interface Hypothesis {
  /** The generated tokens, with the end token if there is one. */
  readonly tokens: readonly number[];
  /** The sum of its tokens' log-probabilities, divided by `length ** lengthPenalty`. */
  readonly score: number;
  /** Whether it ended by an end token, not by the limit. */
  readonly ended: boolean;
}

/** A search under way. */
export interface BeamSearch {
  /** Whether no further step is needed. */
  readonly done: boolean;
  /** How many rows of logits the next step takes: 1 at first, then at most `numBeams`. */
  readonly rows: number;
  /**
   * Takes a row of logits for each beam, and gives the beams to continue, the likeliest first: the caller reorders its caches by `parent` and feeds `token`.
   *
   * @param logits one row a beam, in the order that the step before gave; not changed
   * @throws {InferenceError} `inference-failed`, if a row has NaN or infinite logits.
   */
  step(logits: readonly Float32Array[]): readonly BeamStep[];
  /** The best sequences, by descending score; those still running count unless the search settled before. */
  best(count?: number): readonly Hypothesis[];
}

interface Beam {
  readonly tokens: readonly number[];
  readonly sum: number;
}

interface Candidate extends BeamStep {
  readonly sum: number;
}

/**
 * Searches for the likeliest sequences with a beam, as Hugging Face transformers does (`generation/beam_search.py`: `BeamSearchScorer`, `BeamHypotheses`; version 4.40, which counts the end token in the length), without groups and without drawing.
 * Of equally likely candidates, the one of the earlier beam and the lower id goes first. It begins with one beam, where transformers has copies with a score of -1e9: the same unless the vocabulary is smaller than the beam.
 *
 * @throws {InputError} on an option that is out of range.
 */
export function createBeamSearch(options: BeamSearchOptions): BeamSearch {
  const { numBeams, lengthPenalty = 1, earlyStopping = false, endTokens, maxTokens } = options;
  checkWhole('numBeams', numBeams);
  checkWhole('maxTokens', maxTokens);
  if (!Number.isFinite(lengthPenalty)) {
    throw new InputError('lengthPenalty', `The option lengthPenalty is a finite number, not ${shown(lengthPenalty)}.`);
  }
  if (typeof earlyStopping !== 'boolean' && earlyStopping !== 'never') {
    throw new InputError(
      'earlyStopping',
      `The option earlyStopping is true, false or 'never', not ${shown(earlyStopping)}.`,
    );
  }
  const ends = new Set(endTokens);
  const candidateCount = Math.max(2, 1 + ends.size) * numBeams;
  let beams: readonly Beam[] = [{ tokens: [], sum: 0 }];
  let finished: readonly Hypothesis[] = [];
  let length = 0;
  let settled = false;
  let done = false;

  return {
    get done() {
      return done;
    },
    get rows() {
      return done ? 0 : beams.length;
    },
    step,
    best(count = 1) {
      const running = settled ? [] : beams;
      return keepBest([
        ...finished,
        ...running.filter(({ tokens }) => tokens.length > 0).map((beam) => hypothesis(beam, false)),
      ]).slice(0, count);
    },
  };

  function step(logits: readonly Float32Array[]): readonly BeamStep[] {
    if (done) throw new RangeError('The beam search is done: it takes no further step.');
    if (logits.length !== beams.length) {
      throw new RangeError(`There are ${logits.length} rows of logits for ${beams.length} beams.`);
    }
    const candidates = likeliest(logits, beams, candidateCount);
    const next: Candidate[] = [];
    length++;
    for (const [rank, candidate] of candidates.entries()) {
      if (!ends.has(candidate.token)) next.push(candidate);
      else if (rank < numBeams) finished = keepBest([...finished, hypothesis(grown(candidate), true)]);
      if (next.length === numBeams) break;
    }
    const highest = candidates[0]?.sum ?? -Infinity;
    beams = next.map(grown);
    settled = noneBetter(highest);
    done = settled || next.length === 0 || length >= maxTokens;
    return next.map(({ parent, token }) => ({ parent, token }));
  }

  function grown({ parent, token, sum }: Candidate): Beam {
    return { tokens: [...beams[parent]!.tokens, token], sum };
  }

  function hypothesis({ tokens, sum }: Beam, ended: boolean): Hypothesis {
    return { tokens, score: sum / tokens.length ** lengthPenalty, ended };
  }

  function keepBest(hypotheses: readonly Hypothesis[]): Hypothesis[] {
    return hypotheses.toSorted((a, b) => b.score - a.score).slice(0, numBeams);
  }

  function noneBetter(highest: number): boolean {
    if (finished.length < numBeams) return false;
    if (earlyStopping === true) return true;
    const furthest = earlyStopping === 'never' && lengthPenalty > 0 ? maxTokens : length;
    return finished.at(-1)!.score >= highest / furthest ** lengthPenalty;
  }
}

function checkWhole(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InputError(name, `The option ${name} is a whole number from 1 up, not ${shown(value)}.`);
  }
}

/** The candidates of the highest sums, by descending sum. */
function likeliest(rows: readonly Float32Array[], beams: readonly Beam[], count: number): Candidate[] {
  const best: Candidate[] = [];
  for (const [parent, row] of rows.entries()) {
    const base = beams[parent]!.sum - logSumExp(row);
    for (let token = 0; token < row.length; token++) {
      const sum = base + row[token]!;
      if (sum === -Infinity || (best.length === count && sum <= best[count - 1]!.sum)) continue;
      let place = best.length;
      while (place > 0 && best[place - 1]!.sum < sum) place--;
      best.splice(place, 0, { parent, token, sum });
      if (best.length > count) best.pop();
    }
  }
  return best;
}

function logSumExp(row: Float32Array): number {
  let highest = -Infinity;
  for (let token = 0; token < row.length; token++) highest = Math.max(highest, row[token]!);
  if (Number.isNaN(highest) || highest === Infinity) {
    throw new InferenceError(
      'inference-failed',
      `The model gave no numbers: a logit is ${highest}. Try another variant of the model or another device.`,
    );
  }
  if (highest === -Infinity) return 0;
  let sum = 0;
  for (let token = 0; token < row.length; token++) sum += Math.exp(row[token]! - highest);
  return highest + Math.log(sum);
}
