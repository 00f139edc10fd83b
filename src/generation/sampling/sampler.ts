import { InferenceError } from '../../errors.ts';
import type { SamplingOptions } from './options.ts';
import { createRandom } from './random.ts';

/** A token that was chosen. */
export interface Sampled {
  readonly token: number;
  /** With `logprobs`: the logarithm of the probability that the model gave it, whatever was changed of it afterwards. */
  readonly logprob?: number;
  /** With `topLogprobs`: the same of the likeliest tokens, the likeliest first. */
  readonly topLogprobs?: readonly { readonly token: number; readonly logprob: number }[];
}

/** Chooses the tokens of one text. */
export interface Sampler {
  /**
   * Chooses the next token.
   *
   * @param logits are changed
   * @param constrain sets what may not come to -Infinity
   * @throws {InferenceError} where the logits are no numbers
   */
  next(logits: Float32Array, constrain?: (logits: Float32Array) => void): Sampled;
  /** Takes a token that was chosen before, elsewhere, with the same seed. */
  skip(token: number): void;
}

/**
 * Makes what chooses tokens. In this order: `repetitionPenalty` over the prompt and the answer; `frequencyPenalty`,
 * `presencePenalty` over the answer; `logitBias`; what constrains; `temperature`, `topK`, `topP`, `minP`, `typicalP`.
 *
 * Source: `LogitsProcessor` and `LogitsWarper` of huggingface/transformers; the penalties of the OpenAI API reference;
 * Holtzman et al. 2020 (top-p), Nguyen et al. 2024 (min-p), Meister et al. 2023 (typical).
 *
 * @param prompt tokens that count for `repetitionPenalty`
 */
export function createSampler(options: SamplingOptions, prompt: readonly number[]): Sampler {
  const { temperature = 1, doSample = true, seed = 0, topLogprobs = 0, logprobs = topLogprobs > 0 } = options;
  const { repetitionPenalty = 1, frequencyPenalty = 0, presencePenalty = 0, logitBias = {} } = options;
  const isGreedy = !doSample || temperature === 0;
  const random = createRandom(seed);
  const seen = new Set(repetitionPenalty === 1 ? [] : prompt);
  const counts = new Map<number, number>();
  const counted = frequencyPenalty !== 0 || presencePenalty !== 0;
  const biases = Object.entries(logitBias).map(([token, by]) => [Number(token), by] as const);
  const see = (token: number): void => {
    if (repetitionPenalty !== 1) seen.add(token);
    if (counted) counts.set(token, (counts.get(token) ?? 0) + 1);
  };
  const draw = createDraw(options);
  return {
    next(logits, constrain) {
      const told = logprobs ? logprobsOf(logits, topLogprobs) : undefined;
      for (const token of seen) {
        const logit = logits[token]!;
        logits[token] = logit < 0 ? logit * repetitionPenalty : logit / repetitionPenalty;
      }
      for (const [token, count] of counts) logits[token]! -= count * frequencyPenalty + presencePenalty;
      for (const [token, by] of biases) if (token < logits.length) logits[token]! += by;
      constrain?.(logits);
      const token = isGreedy ? likeliest(logits) : draw(logits, random.next());
      see(token);
      return { token, ...(told && { logprob: told.of(token), ...(topLogprobs > 0 && { topLogprobs: told.top }) }) };
    },
    skip(token) {
      if (!isGreedy) random.next();
      see(token);
    },
  };
}

/** The index of the largest, the first of several. */
function likeliest(logits: Float32Array): number {
  let best = 0;
  let most = logits[0]!;
  for (let token = 1; token < logits.length; token++) {
    const logit = logits[token]!;
    if (logit > most) {
      most = logit;
      best = token;
    }
  }
  // Nothing is larger than what is no number; and where nothing is allowed, all are -Infinity.
  if (Number.isFinite(most)) return best;
  return firstNumber(logits);
}

function firstNumber(logits: Float32Array): number {
  let best = -1;
  for (const [token, logit] of logits.entries()) {
    if (!Number.isNaN(logit) && (best < 0 || logit > logits[best]!)) best = token;
  }
  if (best >= 0 && logits[best]! > -Infinity) return best;
  throw new InferenceError(
    'inference-failed',
    'The model gave no numbers for its next token. It overflows in this precision, or its weights are damaged: deploy another variant with { dtype }, or on another device.',
  );
}

/** Draws by what is left of the distribution; `at` is from 0 to 1. */
function createDraw(options: SamplingOptions): (logits: Float32Array, at: number) => number {
  const { temperature = 1, topK = 0, topP = 1, minP = 0, typicalP = 1 } = options;
  let ids = new Int32Array(0);
  let weights = new Float64Array(0);
  let scratch = new Float32Array(0);
  return (logits, at) => {
    const most = logits[likeliest(logits)]!;
    if (ids.length < logits.length) {
      ids = new Int32Array(logits.length);
      weights = new Float64Array(logits.length);
      scratch = new Float32Array(logits.length);
    }
    const least = topK > 0 && topK < logits.length ? largestButFew(logits, topK, scratch) : -Infinity;
    let count = 0;
    let sum = 0;
    for (let token = 0; token < logits.length; token++) {
      const logit = logits[token]!;
      // What is NaN is not at least anything.
      if (!(logit >= least)) continue;
      const weight = Math.exp((logit - most) / temperature);
      if (weight === 0) continue;
      ids[count] = token;
      weights[count++] = weight;
      sum += weight;
    }
    if (topP < 1) ({ count, sum } = keepLikeliest(ids, weights, count, sum * topP));
    if (minP > 0) ({ count, sum } = keepWhere(ids, weights, count, (weight) => weight >= minP));
    if (typicalP < 1) ({ count, sum } = keepTypical(ids, weights, count, sum, typicalP));
    let left = at * sum;
    for (let index = 0; index < count; index++) {
      left -= weights[index]!;
      if (left < 0) return ids[index]!;
    }
    return ids[count - 1]!;
  };
}

interface Kept {
  readonly count: number;
  readonly sum: number;
}

function keepWhere(
  ids: Int32Array,
  weights: Float64Array,
  count: number,
  isKept: (weight: number, index: number) => boolean,
): Kept {
  let kept = 0;
  let sum = 0;
  for (let index = 0; index < count; index++) {
    const weight = weights[index]!;
    if (!isKept(weight, index)) continue;
    ids[kept] = ids[index]!;
    weights[kept++] = weight;
    sum += weight;
  }
  return { count: kept, sum };
}

/**
 * The likeliest that have so much weight together. Most of a large vocabulary weighs next to nothing: only what can be
 * among them is put in order.
 */
function keepLikeliest(ids: Int32Array, weights: Float64Array, count: number, wanted: number): Kept {
  for (let least = 1e-2; ; least = least < 1e-12 ? 0 : least / 100) {
    const order: number[] = [];
    let there = 0;
    for (let index = 0; index < count; index++) {
      if (weights[index]! < least) continue;
      order.push(index);
      there += weights[index]!;
    }
    if (there < wanted && least > 0) continue;
    order.sort((a, b) => weights[b]! - weights[a]! || ids[a]! - ids[b]!);
    let sum = 0;
    let kept = 0;
    while (kept < order.length && (kept === 0 || sum < wanted)) sum += weights[order[kept++]!]!;
    return inOrder(ids, weights, order.slice(0, kept));
  }
}

/** Those whose surprise is nearest to the expected one, with this share of the weight together. */
function keepTypical(ids: Int32Array, weights: Float64Array, count: number, sum: number, share: number): Kept {
  let entropy = 0;
  for (let index = 0; index < count; index++) {
    const probability = weights[index]! / sum;
    entropy -= probability * Math.log(probability);
  }
  const distance = (index: number): number => Math.abs(-Math.log(weights[index]! / sum) - entropy);
  const order = Array.from({ length: count }, (_, index) => index).sort((a, b) => distance(a) - distance(b));
  let there = 0;
  let kept = 0;
  while (kept < order.length && (kept === 0 || there < share * sum)) there += weights[order[kept++]!]!;
  return inOrder(ids, weights, order.slice(0, kept));
}

function inOrder(ids: Int32Array, weights: Float64Array, order: readonly number[]): Kept {
  const chosen = order.map((index) => [ids[index]!, weights[index]!] as const);
  let sum = 0;
  for (const [index, [id, weight]] of chosen.entries()) {
    ids[index] = id;
    weights[index] = weight;
    sum += weight;
  }
  return { count: chosen.length, sum };
}

/**
 * The k-th largest, found by quickselect: Hoare, “Algorithm 65: Find”, CACM 4 (1961). What is no number counts as the
 * smallest.
 */
function largestButFew(logits: Float32Array, k: number, scratch: Float32Array): number {
  const { length } = logits;
  for (let index = 0; index < length; index++) {
    const logit = logits[index]!;
    scratch[index] = Number.isNaN(logit) ? -Infinity : logit;
  }
  let left = 0;
  let right = length - 1;
  const wanted = k - 1;
  while (left < right) {
    const pivot = scratch[(left + right) >> 1]!;
    let i = left;
    let j = right;
    while (i <= j) {
      while (scratch[i]! > pivot) i++;
      while (scratch[j]! < pivot) j--;
      if (i > j) break;
      const swapped = scratch[i]!;
      scratch[i++] = scratch[j]!;
      scratch[j--] = swapped;
    }
    if (wanted <= j) right = j;
    else if (wanted >= i) left = i;
    else break;
  }
  return scratch[wanted]!;
}

/** Logarithms of the probabilities that the model gave: `logit - log Σ exp`. */
function logprobsOf(
  logits: Float32Array,
  topCount: number,
): { of(token: number): number; readonly top: { token: number; logprob: number }[] } {
  const most = logits[likeliest(logits)]!;
  let sum = 0;
  for (const logit of logits) if (!Number.isNaN(logit)) sum += Math.exp(logit - most);
  const total = most + Math.log(sum);
  const given = logits.slice();
  const top: { token: number; logprob: number }[] = [];
  for (let token = 0; topCount > 0 && token < given.length; token++) {
    const logprob = given[token]! - total;
    if (top.length === topCount && !(logprob > top.at(-1)!.logprob)) continue;
    const place = top.findIndex((one) => logprob > one.logprob);
    top.splice(place < 0 ? top.length : place, 0, { token, logprob });
    if (top.length > topCount) top.pop();
  }
  return { of: (token) => given[token]! - total, top };
}
