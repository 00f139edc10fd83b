import type { Artifact, ArtifactFile } from '../artifact/index.ts';
import { ManifestError } from '../errors.ts';
import { foreignModelError } from './foreign.ts';
import { readImageProcessor } from './image-processor.ts';
import { readJson, type Json } from './read-json.ts';
import type { Card, DescribeOptions, Manifest, Scores, TaskName } from './schema.ts';

/**
 * Tells what an artifact is from the files that Hugging Face libraries leave beside a model, or from a bare
 * `.onnx`, whose task is then `tensor`. Needs no runtime.
 *
 * @throws {ManifestError} when no model is there to serve, or a file that its task needs is missing or broken.
 */
export async function describe(
  artifact: Pick<Artifact, 'name' | 'files'>,
  options: DescribeOptions = {},
): Promise<Manifest> {
  const { name, files } = artifact;
  const find = (path: string): ArtifactFile | undefined => files.find((file) => file.path === path);
  const json = async (path: string): Promise<Json | undefined> => {
    const file = find(path);
    return file && readJson(name, file);
  };

  const model = await chooseModel(name, files, options.model);
  // What is only for people to read may be broken; the description of the model may not, unless nobody asks for it.
  const config = await (options.task === 'tensor' ? json('config.json').catch(() => undefined) : json('config.json'));
  const readme = files.find((file) => /^readme(\.md)?$/i.test(file.path));
  const card: Card = {
    readme: await readme?.blob.slice(0, maxReadmeBytes).text(),
    config,
    metrics: await json('metrics.json').catch(() => undefined),
  };
  const base = { model: model.path, externalData: externalDataOf(model, files), card };
  const task = options.task ?? inferTask(name, config, files);
  const needed = (path: string): ArtifactFile => {
    const file = find(path);
    if (file) return file;
    throw new ManifestError(
      'file-missing',
      `Cannot serve ${JSON.stringify(name)} as ${task}: it has no ${JSON.stringify(path)}. Add the one that the model was saved with, or deploy it with { task: 'tensor' } and prepare the tensors yourself.`,
    );
  };
  switch (task) {
    case 'tensor':
      return { task, ...base };
    case 'text-classification': {
      const tokenizer = needed('tokenizer.json').path;
      const tokenizerConfig = await json('tokenizer_config.json');
      return {
        task,
        ...base,
        labels: labelsOf(config),
        scores: scoresOf(config),
        tokenizer,
        tokenizerConfig: tokenizerConfig && 'tokenizer_config.json',
        maxTokens: maxTokensOf(tokenizerConfig, config),
      };
    }
    case 'image-classification': {
      needed('preprocessor_config.json');
      const image = readImageProcessor(name, (await json('preprocessor_config.json')) ?? {}, config);
      return { task, ...base, labels: labelsOf(config), scores: scoresOf(config), image };
    }
    default:
      throw new ManifestError(
        'task-unsupported',
        `There is no task ${JSON.stringify(task)}. There are ${tasks.join(', ')}.`,
      );
  }
}

/** More of a README is left out. */
const maxReadmeBytes = 256 * 1024;

const tasks: TaskName[] = ['text-classification', 'image-classification', 'tensor'];

/** Names that exporters give a model by default come first, then full precision. */
const usualModels = [
  'onnx/model.onnx',
  'model.onnx',
  'onnx/model_quantized.onnx',
  'model_quantized.onnx',
  'onnx/model_int8.onnx',
  'onnx/model_uint8.onnx',
  'onnx/model_fp16.onnx',
  'onnx/model_q4.onnx',
];

async function chooseModel(
  name: string,
  files: readonly ArtifactFile[],
  wanted: string | undefined,
): Promise<ArtifactFile> {
  const models = files.filter((file) => /\.(onnx|ort)$/i.test(file.path));
  const shown = JSON.stringify(name);
  const list = models.map((file) => JSON.stringify(file.path)).join(', ');
  if (wanted !== undefined) {
    const model = files.find((file) => file.path === wanted);
    if (model) return model;
    throw new ManifestError(
      'model-missing',
      `${shown} has no file ${JSON.stringify(wanted)}. Its models are: ${list || 'none'}.`,
    );
  }
  if (models.length === 0) throw await foreignModelError(name, files);
  if (models.length === 1) return models[0]!;
  for (const path of usualModels) {
    const model = models.find((file) => file.path === path);
    if (model) return model;
  }
  throw new ManifestError(
    'model-ambiguous',
    `${shown} holds several models: ${list}. Say which one with { model: '…' }.`,
  );
}

/** Exporters name the files of external data after the model: `model.onnx_data`, `model.onnx.data`, `model.onnx_data_1`. */
function externalDataOf(model: ArtifactFile, files: readonly ArtifactFile[]): string[] {
  return files
    .filter(
      ({ path }) =>
        (path !== model.path && path.startsWith(`${model.path}_data`)) || path.startsWith(`${model.path}.data`),
    )
    .map(({ path }) => path);
}

function inferTask(name: string, config: Json | undefined, files: readonly ArtifactFile[]): TaskName {
  const has = (path: string): boolean => files.some((file) => file.path === path);
  const [architecture] = Array.isArray(config?.['architectures']) ? (config['architectures'] as unknown[]) : [];
  if (typeof architecture === 'string') {
    if (architecture.endsWith('ForSequenceClassification')) return 'text-classification';
    if (architecture.endsWith('ForImageClassification')) return 'image-classification';
    throw new ManifestError(
      'task-unsupported',
      `Cannot serve ${JSON.stringify(name)}: its config.json says ${JSON.stringify(architecture)}, which is none of the tasks that are supported (${tasks.join(', ')}). Deploy it with { task: 'tensor' } to send and receive its tensors.`,
    );
  }
  if (config?.['id2label'] && has('preprocessor_config.json')) return 'image-classification';
  if (config?.['id2label'] && has('tokenizer.json')) return 'text-classification';
  return 'tensor';
}

/** Labels by index. Where a model has more outputs than names, `LABEL_n` is what Transformers calls them too. */
function labelsOf(config: Json | undefined): string[] {
  const labels: string[] = [];
  for (const [index, label] of Object.entries(config?.['id2label'] ?? {})) {
    if (/^\d{1,6}$/.test(index)) labels[Number(index)] = String(label);
  }
  return Array.from(labels, (label, index) => label ?? `LABEL_${index}`);
}

function scoresOf(config: Json | undefined): Scores {
  switch (config?.['problem_type']) {
    case 'multi_label_classification':
      return 'sigmoid';
    case 'regression':
      return 'none';
    default:
      return 'softmax';
  }
}

/** Transformers writes 10^30 for "no limit". Positions are what a model can take at the most. */
function maxTokensOf(tokenizerConfig: Json | undefined, config: Json | undefined): number | undefined {
  const positions = config?.['max_position_embeddings'];
  // The RoBERTa family counts positions from the one after the padding token's.
  const offset = /roberta|camembert|longformer|mpnet|data2vec-text/.test(String(config?.['model_type']))
    ? 1 + Number(config?.['pad_token_id'] ?? 1)
    : 0;
  const limits = [
    tokenizerConfig?.['model_max_length'],
    typeof positions === 'number' ? positions - offset : undefined,
  ].filter((limit): limit is number => typeof limit === 'number' && limit > 0 && limit < 1e9);
  return limits.length > 0 ? Math.min(...limits) : undefined;
}
