import { InferenceError, InputError } from '../../errors.ts';
import { checkSampling, type SamplingOptions } from './options.ts';
import { createRandom, freshSeed } from './random.ts';
import { createShortlist } from './shortlist.ts';

/** A token and the natural logarithm of its probability. */
export interface TokenLogprob {
  readonly token: number;
  readonly logprob: number;
}

/** A token that was chosen. */
export interface Sampled {
  readonly token: number;
  /** With `logprobs`: its log-probability. */
  readonly logprob?: number;
  /** With `topLogprobs`: the likeliest tokens, by descending log-probability, the lower of equal ids first. */
  readonly topLogprobs?: readonly TokenLogprob[];
}

/** Chooses the tokens of one sequence. */
export interface Sampler {
  /** The seed in use: the one asked for, or a fresh one. */
  readonly seed: number;
  /**
   * Chooses the next token and counts it as generated.
   *
   * @param logits one a token of the vocabulary; changed in place
   * @param constrain sets the logits of tokens that may not follow to `-Infinity`
   * @throws {InferenceError} `inference-failed`, if a logit is no number or infinite, or if no token may follow.
   */
  next(logits: Float32Array, constrain?: (logits: Float32Array) => void): Sampled;
  /** Takes a token that was chosen before with the same seed, elsewhere: the next one is as it would be after it. */
  replay(token: number): void;
}

/**
 * Chooses tokens from logits, as Hugging Face transformers does (`generation/logits_process.py`; the order is that of `_get_logits_processor` in `generation/utils.py`): repetition penalty over prompt and generated tokens; frequency and presence penalty over generated ones (OpenAI's API reference); logit bias; the constraint; temperature; top-k; top-p; min-p; typical-p; then a draw.
 * With `doSample: false` or a temperature of 0, the likeliest token after the constraint, the lower of equal ids.
 *
 * Log-probabilities are those of the model's own logits, before any of these, as vLLM reports them by default (`raw_logprobs`).
 *
 * The same options, seed, prompt and logits give the same tokens in one engine. Another engine's `Math.exp` may differ in its last bit, which moves a draw only if it falls on a border between two tokens, or a token that is on the border of top-p or typical-p.
 *
 * @param prompt the tokens before the first one generated
 * @throws {InputError} on an option that is out of range, or on a bias for a token that the vocabulary lacks.
 */
export function createSampler(
  options: SamplingOptions,
  vocabularySize: number,
  prompt: Iterable<number> = [],
): Sampler {
  checkSampling(options);
  const {
    doSample = true,
    temperature = 1,
    repetitionPenalty = 1,
    frequencyPenalty = 0,
    presencePenalty = 0,
  } = options;
  const topLogprobs = options.topLogprobs ?? 0;
  const logprobs = options.logprobs || topLogprobs > 0;
  const greedy = !doSample || temperature === 0;
  const bias = readBias(options.logitBias, vocabularySize);
  const seed = options.seed ?? freshSeed();
  const random = createRandom(seed);
  const shortlist = greedy ? undefined : createShortlist(options, vocabularySize);
  const raw = logprobs ? new Float32Array(vocabularySize) : undefined;
  const seen = new Set<number>();
  const generated = new Map<number, number>();
  for (const token of prompt) if (token < vocabularySize) seen.add(token);

  return { seed, next, replay };

  function next(logits: Float32Array, constrain?: (logits: Float32Array) => void): Sampled {
    if (logits.length !== vocabularySize) {
      throw new RangeError(`There are ${logits.length} logits for a vocabulary of ${vocabularySize} tokens.`);
    }
    let best = likeliest(logits);
    const highestRaw = logits[best]!;
    raw?.set(logits);
    if (change(logits) || constrain) {
      constrain?.(logits);
      best = likeliest(logits);
    }
    let token = best;
    if (shortlist) {
      shortlist.narrow(logits, logits[best]!);
      token = draw(shortlist.ids, shortlist.weights, shortlist.count, random() * shortlist.total);
    }
    see(token);
    return raw ? tell(token, raw, highestRaw, topLogprobs) : { token };
  }

  function replay(token: number): void {
    if (shortlist) random();
    see(token);
  }

  function see(token: number): void {
    if (repetitionPenalty !== 1) seen.add(token);
    if (frequencyPenalty !== 0 || presencePenalty !== 0) generated.set(token, (generated.get(token) ?? 0) + 1);
  }

  function change(logits: Float32Array): boolean {
    if (repetitionPenalty !== 1) {
      for (const token of seen) {
        const logit = logits[token]!;
        logits[token] = logit < 0 ? logit * repetitionPenalty : logit / repetitionPenalty;
      }
    }
    for (const [token, times] of generated) logits[token]! -= frequencyPenalty * times + presencePenalty;
    for (const [token, value] of bias) logits[token]! += value;
    return repetitionPenalty !== 1 || generated.size > 0 || bias.length > 0;
  }
}

function readBias(bias: SamplingOptions['logitBias'], vocabularySize: number): [token: number, value: number][] {
  return Object.entries(bias ?? {}).map(([id, value]) => {
    if (Number(id) >= vocabularySize) {
      throw new InputError(
        'logitBias',
        `The option logitBias has token ${id}, and the model's tokens end at ${vocabularySize - 1}.`,
      );
    }
    return [Number(id), value];
  });
}

/** The place of the highest logit, the first of equal ones, in one pass that also meets what is no number. */
function likeliest(logits: Float32Array): number {
  let best = -1;
  let highest = -Infinity;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!;
    // Not written `>`: NaN is to come in here.
    if (!(logit <= highest)) {
      best = id;
      highest = logit;
      if (!(logit < Infinity)) break;
    }
  }
  if (best < 0) {
    throw new InferenceError(
      'inference-failed',
      'No token may follow: each logit is -Infinity, from the model or after the logit bias and the constraint. Loosen these.',
    );
  }
  if (!(highest < Infinity)) {
    throw new InferenceError(
      'inference-failed',
      `The model gave ${highest} as the logit of token ${best}, by which no text can be written. Its weights are damaged, or its numbers overflow in this precision: try another variant of the model or another device.`,
    );
  }
  return best;
}

function draw(ids: Int32Array, weights: Float64Array, count: number, target: number): number {
  let sum = 0;
  let last = 0;
  for (let place = 0; place < count; place++) {
    const weight = weights[place]!;
    if (weight === 0) continue;
    sum += weight;
    last = ids[place]!;
    if (target < sum) break;
  }
  return last;
}

function tell(token: number, raw: Float32Array, highest: number, many: number): Sampled {
  let sum = 0;
  for (let id = 0; id < raw.length; id++) sum += Math.exp(raw[id]! - highest);
  const logTotal = highest + Math.log(sum);
  const logprob = raw[token]! - logTotal;
  if (many === 0) return { token, logprob };
  const top: number[] = [];
  for (let id = 0; id < raw.length; id++) {
    const logit = raw[id]!;
    if (top.length === many && logit <= raw[top[many - 1]!]!) continue;
    let place = top.length;
    while (place > 0 && raw[top[place - 1]!]! < logit) place--;
    top.splice(place, 0, id);
    if (top.length > many) top.pop();
  }
  return { token, logprob, topLogprobs: top.map((id) => ({ token: id, logprob: raw[id]! - logTotal })) };
}
