import { expect, test } from 'vitest';
import { describe as describeArtifact } from './describe.ts';
import type {
  ImageClassificationManifest,
  ImageStep,
  TensorManifest,
  TextClassificationManifest,
  TokenizeStep,
} from './index.ts';

function artifact(files: Record<string, unknown>): Parameters<typeof describeArtifact>[0] {
  const list = Object.entries({ 'model.onnx': 'x', ...files }).map(([path, content]) => {
    const blob = new Blob([typeof content === 'string' ? content : JSON.stringify(content)]);
    return { path, size: blob.size, blob };
  });
  return { name: 'model.tar.gz', files: list };
}

async function stepsOf(processor: object): Promise<readonly ImageStep[] | undefined> {
  const files = { 'config.json': { id2label: { 0: 'a' } }, 'preprocessor_config.json': processor };
  return ((await describeArtifact(artifact(files))) as ImageClassificationManifest).preprocess;
}

test.each([
  [
    'ViT squeezes',
    { image_processor_type: 'ViTImageProcessor', size: 224, do_center_crop: true },
    { width: 224, height: 224 },
  ],
  [
    'others crop',
    { image_processor_type: 'CLIPImageProcessor', size: 224, do_center_crop: true },
    { shortestEdge: 224 },
  ],
  ['a bare size without a crop', { size: 224 }, { width: 224, height: 224 }],
  ['ConvNeXt below 384', { size: { shortest_edge: 224 }, crop_pct: 0.875 }, { shortestEdge: 256 }],
  ['ConvNeXt at 384', { size: { shortest_edge: 384 }, crop_pct: 0.875 }, { width: 384, height: 384 }],
])('describe() reads the size of preprocessor_config.json: %s', async (_, processor, size) => {
  expect(await stepsOf(processor)).toContainEqual(expect.objectContaining({ step: 'resize', size }));
});

test.each([
  [{ do_thumbnail: true }, 'do_thumbnail'],
  [{ do_normalize: true }, 'image_mean'],
  [{ size: { height: 1e9, width: 1e9 } }, 'size'],
  [{ resample: 'best' }, 'resample'],
  [{ rescale_factor: 'x' }, 'rescale_factor'],
])('describe() refuses %j by the name of the field', async (processor, field) => {
  await expect(stepsOf(processor)).rejects.toMatchObject({
    code: 'file-invalid',
    message: expect.stringContaining(field) as string,
  });
});

test.each([
  ['bert', { model_type: 'bert', max_position_embeddings: 512 }, {}, 512],
  [
    'roberta',
    { model_type: 'roberta', max_position_embeddings: 514, pad_token_id: 1 },
    { model_max_length: 1e30 },
    512,
  ],
  ['the smaller of two', { model_type: 'bert', max_position_embeddings: 512 }, { model_max_length: 256 }, 256],
  ['none', {}, { model_max_length: 1e30 }, undefined],
])('describe() gives the tokens that a model takes: %s', async (_, config, tokenizerConfig, expected) => {
  const files = {
    'config.json': { ...config, id2label: {} },
    'tokenizer.json': {},
    'tokenizer_config.json': tokenizerConfig,
  };
  const manifest = (await describeArtifact(artifact(files))) as TextClassificationManifest;
  expect(manifest.task).toBe('text-classification');
  const [tokenize] = manifest.preprocess as TokenizeStep[];
  expect(tokenize).toMatchObject({ step: 'tokenize', tokenizer: 'tokenizer.json' });
  expect(tokenize!.maxTokens).toBe(expected);
});

test('describe() takes external data by the model’s name', async () => {
  const manifest = await describeArtifact(
    artifact({ 'model.onnx_data': '', 'model.onnx.data': '', 'model.onnx_data_1': '', 'other.onnx_data': '' }),
  );
  expect((manifest as TensorManifest).externalData).toEqual([
    'model.onnx_data',
    'model.onnx.data',
    'model.onnx_data_1',
  ]);
});

test.each(["a'); import os; os.system('x'); ('.pt", '$(reboot).pkl', '`id`.h5', '-rf.pt', 'a b.pt'])(
  'describe() puts no path such as %s into a command that people copy',
  async (path) => {
    const { name, files } = artifact({ [path]: 'x' });
    const error = await describeArtifact({ name, files: files.slice(1) }).catch((thrown: unknown) => thrown as Error);
    const command = (error as Error).message.split('\n')[1]!;
    expect(command).toContain('YOUR_MODEL_FILE');
    expect(command).not.toContain(path);
  },
);

test('describe() puts what inference.json says over what it tells from other files', async () => {
  const manifest = await describeArtifact(
    artifact({
      'inference.json': { labels: ['no', 'yes'], license: 'MIT', author: 'Ada', feeds: { x: 'input_ids' } },
      'config.json': { architectures: ['BertForSequenceClassification'], id2label: { 0: 'a', 1: 'b' } },
      'tokenizer.json': {},
      'README.md': '---\nlicense: apache-2.0\n---\n# A model',
      'requirements.txt': '# for training\ntorch==1.13\n\n',
      'metrics.json': { accuracy: 0.9 },
    }),
  );
  expect(manifest).toMatchObject({
    task: 'text-classification',
    labels: ['no', 'yes'],
    feeds: { x: 'input_ids' },
    preprocess: [{ step: 'tokenize' }],
    postprocess: [{ step: 'softmax' }],
    card: {
      license: 'MIT',
      author: 'Ada',
      readme: '# A model',
      requirements: ['torch==1.13'],
      metrics: { accuracy: 0.9 },
    },
  });
});

test('describe() needs no files for what inference.json says', async () => {
  const preprocess = [{ step: 'words', pattern: '[a-z]+' }];
  const manifest = await describeArtifact(
    artifact({ 'inference.json': { task: 'text-classification', labels: ['a'], preprocess, postprocess: [] } }),
  );
  expect(manifest).toMatchObject({ preprocess, postprocess: [], labels: ['a'], card: { readme: undefined } });
});

test.each<[string, object, object, string]>([
  ['the dtype that is asked for', {}, { dtype: 'fp16' }, 'onnx/model_fp16.onnx'],
  ['the path that is asked for', {}, { model: 'onnx/model_q4.onnx' }, 'onnx/model_q4.onnx'],
  ['full precision', {}, {}, 'onnx/model.onnx'],
  ['the path that inference.json says', { model: 'onnx/model_q4.onnx' }, {}, 'onnx/model_q4.onnx'],
  [
    'the first variant that is not for WebGPU',
    { model: [{ file: 'onnx/model_fp16.onnx', device: 'webgpu' }, { file: 'onnx/model_q4.onnx' }] },
    {},
    'onnx/model_q4.onnx',
  ],
  [
    'a variant by its dtype',
    { model: [{ file: 'onnx/model.onnx' }, { file: 'other.onnx', dtype: 'q8' }] },
    { dtype: 'q8' },
    'other.onnx',
  ],
])('describe() chooses %s', async (_, inference, options, model) => {
  const paths = ['onnx/model.onnx', 'onnx/model_fp16.onnx', 'onnx/model_q4.onnx', 'other.onnx'];
  const files = { ...Object.fromEntries(paths.map((path) => [path, ''])), 'inference.json': inference };
  const { name, files: all } = artifact(files);
  const list = all.filter(({ path }) => path !== 'model.onnx');
  expect(await describeArtifact({ name, files: list }, options)).toMatchObject({ model });
});

test.each<[string, object, object, string]>([
  ['a dtype that is not there', {}, { dtype: 'q4' }, 'model-missing'],
  ['a model that is not there', {}, { model: 'x.onnx' }, 'model-missing'],
  ['a model that inference.json names', { model: 'x.onnx' }, {}, 'model-missing'],
  ['a variant whose file is not there', { model: [{ file: 'x.onnx', externalData: [] }] }, {}, 'model-missing'],
  ['a task that there is none', { task: 'juggling' }, {}, 'task-unsupported'],
  ['a task that is no text', { task: 7 }, {}, 'task-unsupported'],
])('describe() refuses %s', async (_, inference, options, code) => {
  await expect(describeArtifact(artifact({ 'inference.json': inference }), options)).rejects.toMatchObject({ code });
});
