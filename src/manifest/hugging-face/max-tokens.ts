import type { Json } from '../read-json.ts';

/**
 * The tokens that a model can take at the most: the least of what its tokenizer and Sentence Transformers say, and of
 * how many positions it has. Transformers writes 10^30 for "no limit".
 */
export function maxTokensOf(
  config: Json | undefined,
  tokenizerConfig: Json | undefined,
  sentences?: Json,
): number | undefined {
  const positions = config?.['max_position_embeddings'];
  // The RoBERTa family counts positions from the one after the padding token's.
  const offset = /roberta|camembert|longformer|mpnet|data2vec-text/.test(String(config?.['model_type']))
    ? 1 + Number(config?.['pad_token_id'] ?? 1)
    : 0;
  const limits = [
    tokenizerConfig?.['model_max_length'],
    sentences?.['max_seq_length'],
    typeof positions === 'number' ? positions - offset : undefined,
  ].filter((limit): limit is number => typeof limit === 'number' && limit > 0 && limit < 1e9);
  return limits.length > 0 ? Math.floor(Math.min(...limits)) : undefined;
}
