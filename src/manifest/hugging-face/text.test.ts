import { expect, test } from 'vitest';
import { ManifestError } from '../../errors.ts';
import { readArchive } from '../archive-reader.ts';
import type { TextTaskManifest } from '../text.ts';
import { inferText, type TextFields } from './text.ts';

async function infer(task: TextTaskManifest['task'], files: Record<string, unknown>): Promise<TextFields> {
  const archive = await readArchive(
    {
      name: 'a',
      files: Object.entries(files).map(([path, content]) => {
        const blob = new Blob([JSON.stringify(content)]);
        return { path, blob, size: blob.size };
      }),
    },
    task,
  );
  return inferText(task, archive);
}

const tokenizer = { 'tokenizer.json': { model: {} } };
const modules = ['Transformer', 'Pooling', 'Normalize'].map((type, index) => ({
  path: ['', '1_Pooling', '2_Normalize'][index],
  type: `sentence_transformers.models.${type}`,
}));

test('inferText() reads the files of Transformers', async () => {
  const files = {
    ...tokenizer,
    'tokenizer_config.json': { model_max_length: 1e30 },
    'special_tokens_map.json': { mask_token: '<mask>' },
    'config.json': {
      model_type: 'roberta',
      pad_token_id: 1,
      max_position_embeddings: 514,
      id2label: { 0: 'bad', 1: 'good' },
      problem_type: 'multi_label_classification',
    },
  };
  expect(await infer('text-classification', files)).toEqual({
    preprocess: [
      {
        step: 'tokenize',
        tokenizer: 'tokenizer.json',
        tokenizerConfig: 'tokenizer_config.json',
        specialTokensMap: 'special_tokens_map.json',
        maxTokens: 512,
      },
    ],
    labels: ['bad', 'good'],
    postprocess: [{ step: 'sigmoid' }],
  });
});

test('inferText() reads the files of Sentence Transformers', async () => {
  const files = {
    ...tokenizer,
    'modules.json': modules,
    '1_Pooling/config.json': { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false },
    'sentence_bert_config.json': { max_seq_length: 128, do_lower_case: true },
    'config_sentence_transformers.json': { prompts: { query: 'query: ', passage: 'passage: ', other: 'x' } },
  };
  expect(await infer('text-similarity', files)).toEqual({
    preprocess: [
      { step: 'prefix', text: 'query: ', for: 'query' },
      { step: 'prefix', text: 'passage: ', for: 'document' },
      { step: 'trim' },
      { step: 'lowercase' },
      { step: 'tokenize', tokenizer: 'tokenizer.json', maxTokens: 128 },
    ],
    postprocess: [{ step: 'pool', by: 'cls' }, { step: 'l2-normalize' }],
  });
});

test('inferText() takes the mean where nothing is said of similarity, and leaves features as they are', async () => {
  expect((await infer('text-similarity', tokenizer)).postprocess).toEqual([{ step: 'pool', by: 'mean' }]);
  expect((await infer('feature-extraction', tokenizer)).postprocess).toEqual([]);
});

test('inferText() puts a default prompt before all texts', async () => {
  const saved = { prompts: { all: 'Represent this: ', none: '' }, default_prompt_name: 'all' };
  const { preprocess } = await infer('feature-extraction', {
    ...tokenizer,
    'config_sentence_transformers.json': saved,
  });
  expect(preprocess[0]).toEqual({ step: 'prefix', text: 'Represent this: ' });
});

test('inferText() leaves the sigmoid out of rerankers that say so', async () => {
  const id2label = { 0: 'LABEL_0' };
  const stepsOf = async (config: object): Promise<unknown> =>
    (await infer('reranking', { ...tokenizer, 'config.json': config })).postprocess;
  expect(await stepsOf({ id2label })).toEqual([{ step: 'sigmoid' }]);
  expect(await stepsOf({ id2label, sbert_ce_default_activation_function: 'torch.nn.modules.linear.Identity' })).toEqual(
    [],
  );
  expect(await stepsOf({ id2label: { 0: 'no', 1: 'yes' } })).toEqual([{ step: 'softmax' }]);
});

test.each([
  ['file-missing', 'tokenizer.json', {}],
  [
    'task-unsupported',
    'max_tokens',
    { ...tokenizer, 'modules.json': modules, '1_Pooling/config.json': { pooling_mode_max_tokens: true } },
  ],
  ['task-unsupported', 'Dense', { ...tokenizer, 'modules.json': [{ type: 'sentence_transformers.models.Dense' }] }],
] as const)('inferText() throws %s that says %s', async (code, says, files) => {
  const error = await infer('text-similarity', files).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(ManifestError);
  expect((error as ManifestError).code).toBe(code);
  expect((error as ManifestError).message).toContain(says);
});
