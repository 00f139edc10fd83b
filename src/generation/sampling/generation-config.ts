import type { BeamSearchOptions } from './beam-search.ts';
import type { SamplingOptions } from './options.ts';

/** What a model's own generation settings say; what they leave out is missing. */
export interface GenerationDefaults
  extends
    Omit<SamplingOptions, 'seed' | 'logprobs' | 'topLogprobs' | 'logitBias'>,
    Partial<Pick<BeamSearchOptions, 'numBeams' | 'lengthPenalty' | 'earlyStopping'>> {
  /** The most tokens to generate. */
  maxTokens?: number;
  /** The most tokens of prompt and answer together. */
  maxLength?: number;
  /** Tokens that end the text. */
  endTokens?: readonly number[];
  padToken?: number;
  beginToken?: number;
  decoderStartToken?: number;
}

const names: Readonly<Record<string, keyof GenerationDefaults>> = {
  do_sample: 'doSample',
  temperature: 'temperature',
  top_k: 'topK',
  top_p: 'topP',
  min_p: 'minP',
  typical_p: 'typicalP',
  repetition_penalty: 'repetitionPenalty',
  num_beams: 'numBeams',
  length_penalty: 'lengthPenalty',
  early_stopping: 'earlyStopping',
  max_new_tokens: 'maxTokens',
  max_length: 'maxLength',
  pad_token_id: 'padToken',
  bos_token_id: 'beginToken',
  decoder_start_token_id: 'decoderStartToken',
};

const flags = new Set(['do_sample', 'early_stopping']);

/**
 * Reads the settings of Hugging Face's `generation_config.json` under their names here.
 * Fields that are unknown, null or of another type are left out; ranges are checked where the settings are used. transformers' own defaults (`do_sample: false`, `top_k: 50`, …), which the file leaves out, are not filled in.
 */
export function readGenerationConfig(json: unknown): GenerationDefaults {
  if (typeof json !== 'object' || json === null) return {};
  const read: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(json)) {
    const name = Object.hasOwn(names, field) ? names[field] : undefined;
    if (!name) continue;
    const fits = flags.has(field)
      ? typeof value === 'boolean' || (field === 'early_stopping' && value === 'never')
      : typeof value === 'number' && Number.isFinite(value);
    if (fits) read[name] = value;
  }
  const ends = [(json as { eos_token_id?: unknown }).eos_token_id].flat().filter((id) => Number.isInteger(id));
  if (ends.length > 0) read.endTokens = ends;
  return read;
}
