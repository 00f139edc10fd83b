import type { ArchiveReader } from '../archive-reader.ts';
import type { Json } from '../read-json.ts';
import type { ScoreStep } from '../score.ts';
import type { AggregateStep, EmbeddingStep, TextStep, TextTaskManifest } from '../text.ts';
import { labelsOf, scoreStepsOf } from './labels.ts';
import { maxTokensOf } from './max-tokens.ts';
import { poolingStepsOf, promptStepsOf } from './sentence-transformers.ts';

/** What a text task is told from the files of Transformers and Sentence Transformers. */
export interface TextFields {
  readonly preprocess: readonly TextStep[];
  readonly labels?: readonly string[];
  readonly postprocess?: readonly (ScoreStep | AggregateStep | EmbeddingStep)[];
}

/**
 * Reads how a text goes into a model, and how its answer comes out, from `tokenizer.json`, `tokenizer_config.json`,
 * `special_tokens_map.json`, `config.json`, and the files of Sentence Transformers.
 *
 * @param given what `inference.json` says: what it says of the texts needs not be told from other files
 * @throws {ManifestError} `file-missing` without a tokenizer.
 */
export async function inferText(
  task: TextTaskManifest['task'],
  archive: ArchiveReader,
  given: Json = {},
): Promise<TextFields> {
  const { config } = archive;
  const preprocess = given['preprocess'] === undefined ? await inferPreprocess(archive) : [];
  switch (task) {
    case 'text-classification':
      return { preprocess, labels: labelsOf(config), postprocess: scoreStepsOf(config) };
    case 'token-classification':
      return { preprocess, labels: labelsOf(config), postprocess: [{ step: 'aggregate', strategy: 'none' }] };
    case 'feature-extraction':
      return { preprocess, postprocess: (await poolingStepsOf(archive)) ?? [] };
    case 'text-similarity':
      return { preprocess, postprocess: (await poolingStepsOf(archive)) ?? [{ step: 'pool', by: 'mean' }] };
    case 'reranking':
      return { preprocess, labels: labelsOf(config), postprocess: relevanceStepsOf(config) };
    case 'zero-shot-classification':
      return { preprocess, labels: labelsOf(config) };
    default:
      return { preprocess };
  }
}

async function inferPreprocess(archive: ArchiveReader): Promise<TextStep[]> {
  await archive.needed('tokenizer.json');
  const tokenizerConfig = await archive.json('tokenizer_config.json');
  const sentences = await archive.json('sentence_bert_config.json');
  const maxTokens = maxTokensOf(archive.config, tokenizerConfig, sentences);
  return [
    ...(await promptStepsOf(archive)),
    ...(archive.has('modules.json') ? [{ step: 'trim' } as const] : []),
    ...(sentences?.['do_lower_case'] === true ? [{ step: 'lowercase' } as const] : []),
    {
      step: 'tokenize',
      tokenizer: 'tokenizer.json',
      ...(tokenizerConfig && { tokenizerConfig: 'tokenizer_config.json' }),
      ...(archive.has('special_tokens_map.json') && { specialTokensMap: 'special_tokens_map.json' }),
      ...(maxTokens !== undefined && { maxTokens }),
    },
  ];
}

/** As CrossEncoder of Sentence Transformers has it: a single number goes through the sigmoid, unless it says otherwise. */
function relevanceStepsOf(config: Json | undefined): ScoreStep[] {
  const ours = config?.['sentence_transformers'] as Json | undefined;
  const activation = ours?.['activation_fn'] ?? config?.['sbert_ce_default_activation_function'];
  if (typeof activation === 'string' && activation.endsWith('Identity')) return [];
  return labelsOf(config).length === 1 ? [{ step: 'sigmoid' }] : [{ step: 'softmax' }];
}
