import type { Tokenizer } from '../preprocess/tokenize.ts';

type Json = Readonly<Record<string, unknown>>;

export interface EndTokenSources {
  readonly tokenizer: Pick<Tokenizer, 'idOf' | 'special' | 'decoding'>;
  /** `generation_config.json`. */
  readonly generationConfig: Json;
  /** The chat templates that are used. */
  readonly templates: readonly string[];
}

/**
 * The ids of the tokens that end an answer: `eos_token_id` of `generation_config.json`, a number or a list; `eos_token`
 * of the tokenizer; and, where a chat template uses one of those that end a turn in well-known models, that one. Models
 * that were tuned for chat after they were made often name only the first.
 */
export function readEndTokens({ tokenizer, generationConfig, templates }: EndTokenSources): ReadonlySet<number> {
  const saved = [generationConfig['eos_token_id']].flat();
  const ids = new Set(saved.filter((id): id is number => Number.isSafeInteger(id) && Number(id) >= 0));
  const { eos } = tokenizer.special;
  const named = endsOfTurns.filter(
    // One that is in no list of added tokens is several tokens in a prompt, and ends nothing.
    (token) => tokenizer.decoding.added.has(token) && templates.some((template) => template.includes(token)),
  );
  for (const token of eos === undefined ? named : [...named, eos]) {
    const id = tokenizer.idOf(token);
    if (id !== undefined) ids.add(id);
  }
  return ids;
}

const endsOfTurns: readonly string[] = [
  // Models of the first years, and Zephyr
  '</s>',
  // ChatML: Qwen, SmolLM, Hermes
  '<|im_end|>',
  // Llama 3 and 4, the second where a tool is called
  '<|eot_id|>',
  '<|eom_id|>',
  '<|eot|>',
  '<|eom|>',
  // Gemma
  '<end_of_turn>',
  '<turn|>',
  // Phi, GPT-OSS
  '<|end|>',
  '<|return|>',
  '<|call|>',
  // Command R
  '<|END_OF_TURN_TOKEN|>',
  // Granite, Falcon, GPT-2 and those made like it
  '<|end_of_text|>',
  '<|endoftext|>',
  // DeepSeek
  '<｜end▁of▁sentence｜>',
];
