import { expect, test } from 'vitest';
import type { ArchiveReader } from '../archive-reader.ts';
import type { ImageTaskManifest } from '../image.ts';
import type { Json } from '../read-json.ts';
import { inferImage } from './image-processor.ts';
import { readImageProcessor } from './read-image-processor.ts';

function stepsOf(saved: Json, config?: Json): unknown[] {
  return readImageProcessor('model.tar.gz', saved, config);
}

test.each<[string, Json, unknown[]]>([
  [
    'ViT squeezes',
    { image_processor_type: 'ViTImageProcessor', size: 224, do_center_crop: true },
    [
      { step: 'resize', size: { width: 224, height: 224 }, filter: 'bilinear' },
      { step: 'center-crop', width: 224, height: 224 },
    ],
  ],
  [
    'others crop',
    { feature_extractor_type: 'CLIPFeatureExtractor', size: 224, do_center_crop: true, crop_size: 200, resample: 3 },
    [
      { step: 'resize', size: { shortestEdge: 224 }, filter: 'bicubic' },
      { step: 'center-crop', width: 200, height: 200 },
    ],
  ],
  ['a bare size', { size: 224 }, [{ step: 'resize', size: { width: 224, height: 224 }, filter: 'bilinear' }]],
  [
    'an old DETR',
    { feature_extractor_type: 'DetrFeatureExtractor', size: 800, max_size: 1300 },
    [{ step: 'resize', size: { shortestEdge: 800, longestEdge: 1300 }, filter: 'bilinear' }],
  ],
  [
    'a box',
    { size: { max_height: 600, max_width: 800 } },
    [{ step: 'resize', size: { maxHeight: 600, maxWidth: 800 }, filter: 'bilinear' }],
  ],
  ['no resize', { do_resize: false, size: 224 }, []],
])('readImageProcessor() reads sizes: %s', (_, saved, steps) => {
  expect(stepsOf(saved)).toEqual([...steps, { step: 'rescale', factor: 1 / 255 }]);
});

test('readImageProcessor() makes it grey for a model of one channel', () => {
  expect(stepsOf({ do_rescale: false }, { num_channels: 1 })).toEqual([{ step: 'grayscale' }]);
});

test('readImageProcessor() pads to a fixed frame with what the model is fed', () => {
  const steps = stepsOf({ do_pad: true, pad_size: { height: 8, width: 9 }, image_mean: [0.5], image_std: [0.5] });
  expect(steps.at(-1)).toEqual({ step: 'pad', width: 9, height: 8, place: 'top-left', color: [0] });
  expect(stepsOf({ do_pad: true })).toEqual([{ step: 'rescale', factor: 1 / 255 }]);
});

test.each<[Json, string]>([
  [{ do_thumbnail: true }, 'do_thumbnail'],
  [{ keep_aspect_ratio: true, size: 384 }, 'keep_aspect_ratio'],
  [{ do_normalize: true }, 'image_mean'],
  [{ image_mean: [0.5], image_std: ['a'] }, 'image_std'],
  [{ size: { height: 1e9, width: 1e9 } }, 'size'],
  [{ size: { width: 5 } }, 'size'],
  [{ size: 224, size_divisor: 32 }, 'size_divisor'],
  [{ size: 224, resample: 'best' }, 'resample'],
  [{ size: 224, do_center_crop: true, crop_size: { height: 5 } }, 'crop_size'],
  [{ rescale_factor: 'x' }, 'rescale_factor'],
  [{ do_pad: true, pad_size: { height: 0, width: 3 } }, 'pad_size'],
])('readImageProcessor() refuses %j by the name of the field', (saved, field) => {
  expect(() => stepsOf(saved)).toThrow(
    expect.objectContaining({ code: 'file-invalid', message: expect.stringContaining(`: ${field} in`) as string }),
  );
});

function archive(config: Json | undefined, processor?: Json): ArchiveReader {
  return {
    name: 'model.tar.gz',
    config,
    has: (path) => path === 'preprocessor_config.json' && processor !== undefined,
    json: () => Promise.resolve(processor),
    list: () => Promise.resolve(undefined),
    needed: () => (processor ? Promise.resolve(processor) : Promise.reject(new Error('file-missing'))),
  };
}

test.each<[ImageTaskManifest['task'], Json, unknown[]]>([
  ['image-classification', { problem_type: 'multi_label_classification' }, [{ step: 'sigmoid' }]],
  ['image-feature-extraction', { architectures: ['ViTModel'] }, []],
  ['object-detection', { model_type: 'yolos' }, [{ step: 'detr' }]],
  [
    'object-detection',
    { model_type: 'deformable_detr' },
    [
      { step: 'detr', scores: 'sigmoid' },
      { step: 'top-k', k: 100 },
    ],
  ],
  [
    'object-detection',
    { model_type: 'rt_detr', num_queries: 30 },
    [
      { step: 'detr', scores: 'sigmoid' },
      { step: 'top-k', k: 30 },
    ],
  ],
  ['object-detection', { model_type: 'of-my-own' }, []],
  ['image-segmentation', { architectures: ['SegformerForSemanticSegmentation'] }, [{ step: 'semantic' }]],
  ['image-segmentation', { architectures: ['Mask2FormerForUniversalSegmentation'] }, [{ step: 'instances' }]],
  ['image-segmentation', { architectures: ['DetrForSegmentation'] }, [{ step: 'instances' }]],
  ['image-segmentation', {}, []],
  ['image-to-image', {}, [{ step: 'rescale', factor: 255 }]],
])('inferImage() reads the answer of %s of %j', async (task, config, postprocess) => {
  const inferred = await inferImage(task, archive(config, {}));
  expect(inferred.postprocess).toEqual(postprocess);
});

test('inferImage() needs the processor of a model that Transformers saved', async () => {
  await expect(
    inferImage('image-classification', archive({ architectures: ['ViTForImageClassification'] })),
  ).rejects.toThrow('file-missing');
});

test('inferImage() leaves the steps open where nothing says them', async () => {
  expect((await inferImage('image-classification', archive(undefined))).preprocess).toBeUndefined();
});

test('inferImage() looks for nothing that inference.json says', async () => {
  const given = { preprocess: [], postprocess: [{ step: 'detr' }] };
  const inferred = await inferImage('object-detection', archive({ architectures: ['X'], id2label: { 0: 'a' } }), given);
  expect(inferred).toEqual({ preprocess: undefined, postprocess: [], labels: ['a'] });
});
