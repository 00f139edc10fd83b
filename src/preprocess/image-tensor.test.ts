import { expect, test } from 'vitest';
import fixture from '../../test/fixtures/image-processors/cases.json';
import { readImageProcessor } from '../manifest/hugging-face/read-image-processor.ts';
import { checkImageSteps } from './check-image-steps.ts';
import { imageTensor, type ImageLayout } from './image-tensor.ts';
import type { ImageStep } from '../manifest/index.ts';
import type { Pixels } from './resize.ts';

const layout: ImageLayout = { channels: 3, order: 'NCHW', type: 'float32' };

function image(name: string): Pixels {
  const { data, width, height } = fixture.images[name as keyof typeof fixture.images];
  return { data: new Uint8Array(Buffer.from(data, 'base64')), width, height, channels: 3 };
}

function furthest(values: ArrayLike<number>, base64: string): number {
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  const expected = new Float32Array(bytes.buffer);
  expect(values).toHaveLength(expected.length);
  return Math.max(...Array.from(values, (value, i) => Math.abs(value - expected[i]!)));
}

for (const [index, { processor, image: name, pixel_values }] of fixture.cases.entries()) {
  test(`imageTensor() equals ${processor.image_processor_type} of Transformers for ${name} (${index})`, () => {
    const steps = readImageProcessor('model.tar.gz', processor, undefined);
    checkImageSteps(steps, 3);
    const { tensor } = imageTensor(image(name), steps, layout);
    expect(tensor.dims).toEqual(pixel_values.dims);
    expect(furthest(tensor.data, pixel_values.data)).toBeLessThan(1e-6);
  });
}

test('imageTensor() puts channels last the same values as first', () => {
  const steps: ImageStep[] = [
    { step: 'resize', size: { width: 5, height: 4 } },
    { step: 'normalize', mean: [1, 2, 3], std: [4, 5, 6] },
    { step: 'pad', width: 6, height: 8, color: [7, 8, 9] },
  ];
  const first = imageTensor(image('wide'), steps, layout).tensor;
  const last = imageTensor(image('wide'), steps, { ...layout, order: 'NHWC' }).tensor;
  expect(first.dims).toEqual([1, 3, 8, 6]);
  expect(last.dims).toEqual([1, 8, 6, 3]);
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < 48; pixel++)
      expect(last.data[pixel * 3 + channel]).toBe(first.data[channel * 48 + pixel]);
  }
  expect([first.data[0], first.data[48], first.data[96]]).toEqual([7, 8, 9]);
});

test('imageTensor() gives bytes to a model of bytes', () => {
  const { tensor } = imageTensor(image('tall'), [{ step: 'reverse-channels' }], {
    ...layout,
    order: 'NHWC',
    type: 'uint8',
  });
  expect(tensor.type).toBe('uint8');
  const { data } = image('tall');
  expect(tensor.data.slice(0, 3)).toEqual(Uint8Array.of(data[2]!, data[1]!, data[0]!));
});

test('imageTensor() knows where a place of the input was in the original', () => {
  const pixels: Pixels = { data: new Uint8Array(40 * 20 * 3), width: 40, height: 20, channels: 3 };
  const { geometry } = imageTensor(
    pixels,
    [
      { step: 'resize', size: { width: 20, height: 10 } },
      { step: 'center-crop', width: 12, height: 10 },
      { step: 'pad', width: 16, height: 16 },
    ],
    layout,
  );
  // Halved, four cut off on the left, two padded there and three above.
  expect(geometry.x).toEqual({ original: 40, input: 16, scale: 2, offset: 4, start: 2, end: 14 });
  expect(geometry.y).toEqual({ original: 20, input: 16, scale: 2, offset: -6, start: 3, end: 13 });
});

test.each<[ImageStep, string | undefined]>([
  [{ step: 'resize', size: { multipleOf: 32 } }, 'too small'],
  [{ step: 'resize', size: { width: 8192, height: 8192 } }, 'too large'],
  [{ step: 'resize', size: { longestEdge: 1 } }, undefined],
  [{ step: 'pad', width: 4, height: 40 }, '4 × 40'],
])('imageTensor() does or refuses %j', (step, message) => {
  const make = (): unknown => imageTensor(image('wide'), [step], layout);
  if (message === undefined) expect(make).not.toThrow();
  else
    expect(make).toThrow(
      expect.objectContaining({ field: 'image', message: expect.stringContaining(message) as string }),
    );
});
