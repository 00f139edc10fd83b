import { InputError } from '../../errors.ts';
import { shown } from '../../shown.ts';

/** How the next token is chosen. Names and meanings are those of Transformers, in camel case. */
export interface SamplingOptions {
  /** What logits are divided by: below 1 the likely become likelier. 0 takes the likeliest. @default 1 */
  temperature?: number;
  /** Draws among that many of the likeliest; 0 among all. @default 0 */
  topK?: number;
  /** Draws among the likeliest that have this probability together. @default 1 */
  topP?: number;
  /** Leaves out what is less likely than this share of the likeliest. @default 0 */
  minP?: number;
  /** Draws among those whose surprise is nearest to the expected, with this probability together. @default 1 */
  typicalP?: number;
  /** Above 1, tokens of the prompt and the answer become less likely. @default 1 */
  repetitionPenalty?: number;
  /** Is taken from a logit for each time that the answer has the token. @default 0 */
  frequencyPenalty?: number;
  /** Is taken from a logit where the answer has the token. @default 0 */
  presencePenalty?: number;
  /** Is added to the logits of tokens, by their ids. */
  logitBias?: Readonly<Record<number, number>>;
  /** What the random numbers begin with: a whole number. @default a new one */
  seed?: number;
  /** Whether to tell how likely each token was. @default false */
  logprobs?: boolean;
  /** How many of the likeliest tokens to tell beside it, up to 20. @default 0 */
  topLogprobs?: number;
  /** Whether anything is left to chance. @default true */
  doSample?: boolean;
}

/**
 * Looks options through.
 *
 * @throws {InputError} that names the one out of its range.
 */
export function checkSampling(options: SamplingOptions): void {
  for (const [name, { least, most, isWhole = false, isOpen = false }] of Object.entries(ranges)) {
    const value: unknown = options[name as keyof SamplingOptions];
    if (value === undefined) continue;
    const isNumber = typeof value === 'number' && Number.isFinite(value) && (!isWhole || Number.isInteger(value));
    if (isNumber && value <= most && (isOpen ? value > least : value >= least)) continue;
    throw new InputError(
      name,
      `The option ${name} is a ${isWhole ? 'whole ' : ''}number ${isOpen ? 'above' : 'from'} ${least}${most < Infinity ? ` to ${most}` : ' on'}, not ${shown(value)}.`,
    );
  }
  for (const name of ['logprobs', 'doSample'] as const) {
    if (options[name] === undefined || typeof options[name] === 'boolean') continue;
    throw new InputError(name, `The option ${name} is true or false, not ${shown(options[name])}.`);
  }
  const { logitBias } = options;
  if (logitBias === undefined) return;
  const isObject = typeof logitBias === 'object' && logitBias !== null;
  const wrong =
    isObject &&
    Object.entries(logitBias).find(([id, by]) => !/^\d+$/.test(id) || !(typeof by === 'number' && !Number.isNaN(by)));
  if (isObject && !wrong) return;
  throw new InputError('logitBias', 'The option logitBias is an object of numbers by token ids: { 50256: -100 }.');
}

interface Range {
  readonly least: number;
  readonly most: number;
  readonly isWhole?: boolean;
  /** Whether the least itself is left out. */
  readonly isOpen?: boolean;
}

const ranges: Readonly<Record<string, Range>> = {
  temperature: { least: 0, most: 100 },
  topK: { least: 0, most: 2 ** 31, isWhole: true },
  topP: { least: 0, most: 1, isOpen: true },
  minP: { least: 0, most: 1 },
  typicalP: { least: 0, most: 1, isOpen: true },
  repetitionPenalty: { least: 0, most: Infinity, isOpen: true },
  frequencyPenalty: { least: -100, most: 100 },
  presencePenalty: { least: -100, most: 100 },
  seed: { least: -(2 ** 53), most: 2 ** 53, isWhole: true },
  topLogprobs: { least: 0, most: 20, isWhole: true },
};
