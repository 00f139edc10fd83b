import type { Tokenizer } from '../preprocess/tokenize.ts';

type Json = Readonly<Record<string, unknown>>;

/** Tokens that end a turn in the templates of well-known models. */
const endsOfTurns = [
  '<|im_end|>',
  '<|eot_id|>',
  '<|eom_id|>',
  '<|end|>',
  '<end_of_turn>',
  '<|endoftext|>',
  '</s>',
  '<|return|>',
];

/**
 * The tokens that end an answer: those of `generation_config.json`, the tokenizer's own, and those that the chat template
 * ends a turn with.
 */
export function readEndTokens({
  generationConfig,
  tokenizer,
  template,
}: {
  generationConfig: Json;
  tokenizer: Pick<Tokenizer, 'idOf' | 'special'>;
  template: { readonly source: string };
}): ReadonlySet<number> {
  const saved = [generationConfig['eos_token_id']].flat().filter((id): id is number => Number.isSafeInteger(id));
  const named = endsOfTurns.filter((token) => template.source.includes(token));
  const ids = [tokenizer.special.eos, ...named].map((token) =>
    token === undefined ? undefined : tokenizer.idOf(token),
  );
  return new Set([...saved, ...ids.filter((id) => id !== undefined)]);
}
