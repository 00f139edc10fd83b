import { expect, test } from 'vitest';
import type { DetectionStep } from '../manifest/index.ts';
import type { NamedTensors, Tensor } from '../tensor.ts';
import { objectDetection, type Detection, type DetectionOptions } from './object-detection.ts';
import type { TaskContext } from './task.ts';

const { signal } = new AbortController();

/** What a detector of an input of 10 × 10 says of a picture of 20 × 40, given these outputs. */
async function detect(
  postprocess: DetectionStep[],
  outputs: NamedTensors,
  options: DetectionOptions = {},
  { labels = ['none', 'a', 'b'], file = {} }: { labels?: string[]; file?: object } = {},
): Promise<Detection> {
  const image = { data: new Uint8Array(20 * 40 * 3), width: 20, height: 40, channels: 3 };
  const task = await objectDetection({
    manifest: { preprocess: undefined, postprocess, labels, feeds: {}, results: {} },
    inputs: [{ name: 'x', type: 'float32', shape: [1, 3, 10, 10] }],
    media: { readImage: () => Promise.resolve(image) },
    readJson: () => Promise.resolve(file),
  } as unknown as TaskContext as never);
  const { finish } = await task.prepare(new Blob(), options, signal);
  return finish([outputs]);
}

function floats(dims: number[], ...data: number[]): Tensor {
  return { type: 'float32', dims, data: Float32Array.from(data) };
}

const whole = { xmin: 0, ymin: 0, xmax: 20, ymax: 40 };

test('objectDetection() reads what TensorFlow detectors give', async () => {
  const outputs = {
    detection_boxes: floats([1, 3, 4], 0.25, 0.5, 0.5, 1, 0, 0, 1, 1, 0, 0, 1, 1),
    detection_scores: floats([1, 3], 0.75, 1, 1),
    detection_classes: floats([1, 3], 2, 1, 1),
    num_detections: floats([1], 2),
  };
  expect(await detect([], outputs)).toEqual({
    objects: [
      { label: 'a', score: 1, box: whole },
      { label: 'b', score: 0.75, box: { xmin: 10, ymin: 10, xmax: 20, ymax: 20 } },
    ],
  });
});

test('objectDetection() reads rows of box, score and label, and cuts boxes to the picture', async () => {
  const outputs = { output: floats([1, 3, 6], -5, 1, 5, 20, 0.75, 1, 1, 1, 2, 2, 0.5, 1, 12, 0, 15, 5, 1, 1) };
  const step: DetectionStep = { step: 'boxes', format: 'xyxy', unit: 'pixels' };
  // The second is not above 0.5, the third lies outside.
  expect(await detect([step], outputs)).toEqual({
    objects: [{ label: 'a', score: 0.75, box: { xmin: 0, ymin: 4, xmax: 10, ymax: 40 } }],
  });
});

test('objectDetection() takes the best of scores for each label', async () => {
  const outputs = {
    boxes: floats([1, 1, 4], 2, 3, 4, 5),
    scores: floats([1, 1, 3], 0.25, 0.75, 0.5),
  };
  const { objects } = await detect([{ step: 'boxes', format: 'xywh', unit: 'pixels' }], outputs);
  expect(objects).toEqual([{ label: 'a', score: 0.75, box: { xmin: 4, ymin: 12, xmax: 12, ymax: 32 } }]);
});

test('objectDetection() suppresses what a YOLO head says twice, where the manifest says nothing', async () => {
  // Boxes of one label: two nearly alike, and one elsewhere; [4 + 1 labels, 3 candidates].
  const rows = [5, 5, 2, 5, 5, 2, 8, 8, 2, 8, 8.5, 2, 0.75, 1, 0.625];
  const outputs = { output0: floats([1, 5, 3], ...rows) };
  const labels = ['thing'];
  expect((await detect([], outputs, {}, { labels })).objects.map(({ score }) => score)).toEqual([1, 0.625]);
  const own: DetectionStep[] = [{ step: 'yolo' }];
  expect((await detect(own, outputs, {}, { labels })).objects.map(({ score }) => score)).toEqual([1, 0.75, 0.625]);
  const one = await detect(own, outputs, { topK: 1 }, { labels });
  expect(one.objects).toEqual([{ label: 'thing', score: 1, box: { xmin: 2, ymin: 3, xmax: 18, ymax: 37 } }]);
});

test('objectDetection() decodes offsets from anchors, without a background by sigmoids', async () => {
  const step: DetectionStep = {
    step: 'anchors',
    file: 'anchors.json',
    background: false,
    scores: 'sigmoid',
    variances: [1, 1],
  };
  const outputs = {
    scores: floats([1, 1, 3], Math.log(3), -9, Math.log(4)),
    boxes: floats([1, 1, 4], 0.5, 0, Math.log(2), 0),
  };
  const { objects } = await detect([step], outputs, {}, { file: { anchors: [[0.25, 0.5, 0.5, 0.5]] } });
  const box = { xmin: 0, ymin: 10, xmax: 20, ymax: 30 };
  expect(objects.map(({ label }) => label)).toEqual(['b', 'none']);
  expect(objects.map(({ score }) => Number(score.toFixed(6)))).toEqual([0.8, 0.75]);
  for (const object of objects) {
    for (const [side, place] of Object.entries(box)) expect(object.box[side as keyof typeof box]).toBeCloseTo(place, 5);
  }
});

test.each([{}, { anchors: [] }, { anchors: [[1, 2, 3]] }, { anchors: [[1, 2, 3, 'x']] }])(
  'objectDetection() refuses %j as anchors when the model is loaded',
  async (file) => {
    const found = detect([{ step: 'anchors', file: 'anchors.json' }], {}, {}, { file });
    await expect(found).rejects.toMatchObject({ code: 'file-invalid' });
  },
);

test.each<[string, DetectionStep[], NamedTensors, string]>([
  ['a head that it cannot tell', [], { a: floats([1, 2, 2], 1, 2, 3, 4), b: floats([1], 1) }, 'task-unsupported'],
  ['a YOLO head of other labels', [{ step: 'yolo' }], { a: floats([1, 2, 2], 1, 2, 3, 4) }, 'task-unsupported'],
  [
    'fewer scores than boxes',
    [{ step: 'boxes', format: 'xyxy', unit: 'pixels' }],
    { boxes: floats([1, 2, 4], 0, 0, 1, 1, 0, 0, 1, 1), scores: floats([1, 1], 1) },
    'inference-failed',
  ],
  [
    'logits and boxes of other queries',
    [{ step: 'detr' }],
    { logits: floats([1, 2, 2], 1, 2, 3, 4), pred_boxes: floats([1, 1, 4], 1, 1, 1, 1) },
    'inference-failed',
  ],
])('objectDetection() says of %s what it got', async (_, steps, outputs, code) => {
  const found = detect(steps, outputs);
  await expect(found).rejects.toMatchObject({ code });
  await expect(found).rejects.toThrow('[1, 2');
});
