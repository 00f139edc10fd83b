import { InputError } from '../../errors.ts';
import { shown } from '../../shown.ts';

/** How the next token is chosen; what is left out changes nothing. */
export interface SamplingOptions {
  /** Whether to draw at random; false takes the likeliest token. @default true */
  doSample?: boolean;
  /** What logits are divided by; 0 takes the likeliest token. @default 1 */
  temperature?: number;
  /** Keeps this many likeliest tokens, and those as likely as the last of them; 0 keeps all. */
  topK?: number;
  /** Keeps the fewest likeliest tokens that hold this much probability (Holtzman et al. 2020); 1 keeps all. */
  topP?: number;
  /** Keeps the tokens at least this times as likely as the likeliest (Nguyen et al. 2024); 0 keeps all. */
  minP?: number;
  /** Keeps the tokens whose surprise is nearest to the entropy, until they hold this much probability (Meister et al. 2023); 1 keeps all. */
  typicalP?: number;
  /** What positive logits of tokens seen are divided by, and negative ones multiplied by (Keskar et al. 2019); 1 changes nothing. */
  repetitionPenalty?: number;
  /** Taken off a logit for each time that its token was generated, from -2 to 2. */
  frequencyPenalty?: number;
  /** Taken off a logit once its token was generated, from -2 to 2. */
  presencePenalty?: number;
  /** Added to the logits of tokens, by id; `-Infinity` rules a token out. */
  logitBias?: Readonly<Record<number, number>>;
  /** Makes the choices reproducible: an integer from 0 to 2^53 - 1. @default a fresh one */
  seed?: number;
  /** Whether to tell the log-probability of each token chosen. @default false */
  logprobs?: boolean;
  /** Of how many likeliest tokens to tell the log-probabilities too, 0 to 20; above 0 it implies `logprobs`. @default 0 */
  topLogprobs?: number;
}

type NumberOption = Exclude<keyof SamplingOptions, 'doSample' | 'logitBias' | 'logprobs'>;

const ranges: Record<NumberOption, { fits: (value: number) => boolean; words: string }> = {
  temperature: { fits: (value) => value >= 0 && value < Infinity, words: 'a number from 0 up' },
  topK: { fits: (value) => Number.isSafeInteger(value) && value >= 0, words: 'a whole number from 0 up' },
  topP: { fits: (value) => value > 0 && value <= 1, words: 'a number above 0, at most 1' },
  minP: { fits: (value) => value >= 0 && value <= 1, words: 'a number from 0 to 1' },
  typicalP: { fits: (value) => value > 0 && value <= 1, words: 'a number above 0, at most 1' },
  repetitionPenalty: { fits: (value) => value > 0 && value < Infinity, words: 'a number above 0' },
  frequencyPenalty: { fits: (value) => Math.abs(value) <= 2, words: 'a number from -2 to 2' },
  presencePenalty: { fits: (value) => Math.abs(value) <= 2, words: 'a number from -2 to 2' },
  seed: { fits: (value) => Number.isSafeInteger(value) && value >= 0, words: 'a whole number from 0 to 2^53 - 1' },
  topLogprobs: {
    fits: (value) => Number.isInteger(value) && value >= 0 && value <= 20,
    words: 'a whole number from 0 to 20',
  },
};

/**
 * Checks options before any work is done with them.
 *
 * @throws {InputError} on the first option that is out of range.
 */
export function checkSampling(options: SamplingOptions): void {
  for (const [name, { fits, words }] of Object.entries(ranges)) {
    const value: unknown = options[name as NumberOption];
    if (value !== undefined && !(typeof value === 'number' && fits(value))) {
      throw new InputError(name, `The option ${name} is ${words}, not ${shown(value)}.`);
    }
  }
  for (const name of ['doSample', 'logprobs'] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== 'boolean') {
      throw new InputError(name, `The option ${name} is true or false, not ${shown(value)}.`);
    }
  }
  checkBias(options.logitBias);
}

function checkBias(bias: unknown): void {
  if (bias === undefined) return;
  if (typeof bias !== 'object' || bias === null || Array.isArray(bias)) {
    throw new InputError(
      'logitBias',
      `The option logitBias maps token ids to numbers, as in { 50256: -100 }; it is ${shown(bias)}.`,
    );
  }
  for (const [id, value] of Object.entries(bias)) {
    if (!/^\d+$/.test(id)) {
      throw new InputError(
        'logitBias',
        `The option logitBias has the key ${shown(id)}, which is no token id: use whole numbers from 0 up.`,
      );
    }
    if (typeof value !== 'number' || Number.isNaN(value) || value === Infinity) {
      throw new InputError(
        `logitBias.${id}`,
        `The option logitBias gives token ${id} ${shown(value)}: use a finite number, or -Infinity to rule it out.`,
      );
    }
  }
}
