import { expect, test } from 'vitest';
import { describe as describeArtifact } from './infer.ts';
import type { ImageClassificationManifest, TextClassificationManifest } from './schema.ts';

function artifact(files: Record<string, unknown>): Parameters<typeof describeArtifact>[0] {
  const list = Object.entries({ 'model.onnx': 'x', ...files }).map(([path, content]) => {
    const blob = new Blob([typeof content === 'string' ? content : JSON.stringify(content)]);
    return { path, size: blob.size, blob };
  });
  return { name: 'model.tar.gz', files: list };
}

function imageOf(processor: object): Promise<ImageClassificationManifest['image']> {
  const files = { 'config.json': { id2label: { 0: 'a' } }, 'preprocessor_config.json': processor };
  return describeArtifact(artifact(files)).then((manifest) => (manifest as ImageClassificationManifest).image);
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
    { shortest_edge: 224 },
  ],
  ['a bare size without a crop', { size: 224 }, { width: 224, height: 224 }],
  ['ConvNeXt below 384', { size: { shortest_edge: 224 }, crop_pct: 0.875 }, { shortest_edge: 256 }],
  ['ConvNeXt at 384', { size: { shortest_edge: 384 }, crop_pct: 0.875 }, { width: 384, height: 384 }],
])('describe() reads the size of preprocessor_config.json: %s', async (_, processor, size) => {
  expect((await imageOf(processor)).resize?.size).toEqual(size);
});

test.each([
  [{ do_flip_channel_order: true }, 'do_flip_channel_order'],
  [{ do_normalize: true }, 'image_mean'],
  [{ size: { height: 1e9, width: 1e9 } }, 'size'],
  [{ resample: 'best' }, 'resample'],
  [{ rescale_factor: 'x' }, 'rescale_factor'],
])('describe() refuses %j by the name of the field', async (processor, field) => {
  await expect(imageOf(processor)).rejects.toMatchObject({
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
  expect(manifest.maxTokens).toBe(expected);
});

test('describe() takes external data by the model’s name', async () => {
  const manifest = await describeArtifact(
    artifact({ 'model.onnx_data': '', 'model.onnx.data': '', 'model.onnx_data_1': '', 'other.onnx_data': '' }),
  );
  expect(manifest.externalData).toEqual(['model.onnx_data', 'model.onnx.data', 'model.onnx_data_1']);
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
