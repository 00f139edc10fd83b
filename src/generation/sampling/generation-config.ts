import type { SamplingOptions } from './options.ts';

/** Options that a model's files have for it. */
export interface GenerationDefaults extends SamplingOptions {
  maxTokens?: number;
  numBeams?: number;
  lengthPenalty?: number;
  earlyStopping?: boolean;
}

/**
 * Reads `generation_config.json`: how Transformers writes texts with this model. There, `top_k` is 50 where a file leaves
 * it out and tokens are drawn; without `do_sample`, the likeliest are taken.
 */
export function readGenerationConfig(json: Readonly<Record<string, unknown>>): GenerationDefaults {
  const number = (name: string, least: number): number | undefined => {
    const value = json[name];
    return typeof value === 'number' && Number.isFinite(value) && value >= least ? value : undefined;
  };
  const doSample = json['do_sample'] === true;
  const isEmpty = Object.keys(json).length === 0;
  const found: Record<string, unknown> = {
    doSample,
    temperature: doSample ? number('temperature', 0) : undefined,
    topK: doSample ? (number('top_k', 0) ?? (isEmpty ? undefined : usualTopK)) : undefined,
    topP: doSample ? number('top_p', Number.MIN_VALUE) : undefined,
    minP: doSample ? number('min_p', 0) : undefined,
    typicalP: doSample ? number('typical_p', Number.MIN_VALUE) : undefined,
    repetitionPenalty: number('repetition_penalty', Number.MIN_VALUE),
    maxTokens: number('max_new_tokens', 1),
    numBeams: number('num_beams', 1),
    lengthPenalty: number('length_penalty', -Infinity),
    earlyStopping: json['early_stopping'] === true ? true : undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

const usualTopK = 50;
