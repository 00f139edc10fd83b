import { expect, test } from 'vitest';
import type { ImageStep } from '../manifest/index.ts';
import type { Media } from '../preprocess/media.ts';
import { pixelsOf } from '../preprocess/pixels.ts';
import type { Pixels } from '../preprocess/resize.ts';
import type { TensorInfo } from '../runtime/session.ts';
import type { ImageInput } from './image-classification.ts';
import { createImageReader, type ImageReader } from './image-input.ts';

const { signal } = new AbortController();

function pixels(width: number, height: number): Pixels {
  return { data: new Uint8Array(width * height * 3).fill(200), width, height, channels: 3 };
}

/** A reader of a platform whose every picture is `image`. */
function reader(
  inputs: TensorInfo[],
  preprocess: ImageStep[] | undefined,
  image: Pixels = pixels(6, 4),
  feeds: Record<string, string> = {},
): ImageReader {
  const media = { readImage: () => Promise.resolve(image) } as Partial<Media> as Media;
  return createImageReader({ inputs, media, manifest: { preprocess, feeds } as never });
}

function input(shape: TensorInfo['shape'], type: TensorInfo['type'] = 'float32', name = 'pixel_values'): TensorInfo {
  return { name, type, shape };
}

const rescale: ImageStep = { step: 'rescale', factor: 1 / 255 };
const resize = (width: number, height: number): ImageStep => ({ step: 'resize', size: { width, height } });

test.each<[string, TensorInfo[], ImageStep[] | undefined, string]>([
  ['another size', [input([1, 3, 8, 8])], [resize(8, 9)], '8 × 9, and the model takes 8 × 8'],
  ['the size before the last', [input([1, 3, 8, 8])], [resize(8, 8), { step: 'pad', width: 9, height: 9 }], '9 × 9'],
  ['fractions to a model of bytes', [input([1, 8, 8, 3], 'uint8')], [resize(8, 8), rescale], '"rescale"'],
  ['three dimensions', [input([3, 8, 8])], [], '[3, 8, 8]'],
  ['four channels', [input([1, 4, 8, 8])], [], '4 channels'],
  ['four images at once', [input([4, 3, 8, 8])], [], 'takes 4 records at once'],
  ['two unknown inputs', [input([1, 3, 8, 8], 'float32', 'a'), input([1, 3, 8, 8], 'float32', 'b')], [], '"feeds"'],
  ['a mean of two', [input([1, 3, 8, 8])], [{ step: 'normalize', mean: [0, 0], std: [1] }], 'preprocess[0].mean'],
])('createImageReader() refuses %s when a model is loaded', (_, inputs, steps, message) => {
  expect(() => reader(inputs, steps)).toThrow(
    expect.objectContaining({ name: 'ManifestError', message: expect.stringContaining(message) as string }),
  );
});

test('createImageReader() refuses an image that does not come to the size of the model', async () => {
  const read = reader([input([1, 3, 8, 8])], [{ step: 'resize', size: { longestEdge: 8 } }]);
  await expect(read(null, signal)).rejects.toMatchObject({ code: 'input-invalid', field: 'image' });
  await expect(read(null, signal)).rejects.toThrow('8 × 5 pixels, and the model takes 8 × 8');
});

test('createImageReader() refuses an image without pixels', async () => {
  const read = reader([input([1, 3, 8, 8])], undefined, pixels(0, 0));
  await expect(read(null, signal)).rejects.toMatchObject({ code: 'input-invalid', field: 'image' });
});

test.each<[string, TensorInfo, { type: string; dims: number[]; first: number }]>([
  ['its size, and 0 to 1', input([1, 3, 3, 2]), { type: 'float32', dims: [1, 3, 3, 2], first: Math.fround(200 / 255) }],
  ['bytes where it takes bytes', input(['n', 3, 2, 3], 'uint8'), { type: 'uint8', dims: [1, 3, 2, 3], first: 200 }],
  ['whole numbers, channels last', input([1, 5, 5, 3], 'int32'), { type: 'int32', dims: [1, 5, 5, 3], first: 200 }],
  ['any size', input(['n', 'c', 'h', 'w']), { type: 'float32', dims: [1, 3, 4, 6], first: Math.fround(200 / 255) }],
  [
    'channels last, where their names say so',
    input(['N', 'H', 'W', 'C']),
    { type: 'float32', dims: [1, 4, 6, 3], first: Math.fround(200 / 255) },
  ],
  [
    'channels last, where height and width are named before them',
    input(['batch', 'image_height', 'image_width', 'unk__7']),
    { type: 'float32', dims: [1, 4, 6, 3], first: Math.fround(200 / 255) },
  ],
  [
    'channels last, where only they are named',
    input([1, 2, 3, 'channels']),
    { type: 'float32', dims: [1, 2, 3, 3], first: Math.fround(200 / 255) },
  ],
  [
    'channels first, where nothing tells',
    input(['a', 'b', 'c', 'd']),
    { type: 'float32', dims: [1, 3, 4, 6], first: Math.fround(200 / 255) },
  ],
  ['one channel', input([1, 1, 2, 2]), { type: 'float32', dims: [1, 1, 2, 2], first: Math.fround(200 / 255) }],
])('createImageReader() without steps gives a model %s', async (_, info, { type, dims, first }) => {
  const { record } = await reader([info], undefined)(null, signal);
  const { pixel_values: tensor } = record;
  expect(tensor).toMatchObject({ type, dims });
  expect(tensor!.data[0]).toBe(first);
});

test.each<[TensorInfo, number[], number[]]>([
  [input([1, 'h', 'w'], 'int64', 'pixel_mask'), [1, 4, 8], [...row(6, 8), ...row(6, 8), ...row(6, 8), ...row(6, 8)]],
  [input([1, 2, 4], 'bool', 'pixel_mask'), [1, 2, 4], [1, 1, 1, 0, 1, 1, 1, 0]],
  [input([1, 4, 8], 'float32', 'pixel_mask'), [1, 4, 8], [...row(6, 8), ...row(6, 8), ...row(6, 8), ...row(6, 8)]],
])('createImageReader() says in a mask where the image is: %j', async (mask, dims, values) => {
  const steps: ImageStep[] = [rescale, { step: 'pad', width: 8, height: 4, place: 'top-left' }];
  const { record } = await reader([input([1, 3, 'h', 'w']), mask], steps)(null, signal);
  expect(record['pixel_mask']).toMatchObject({ type: mask.type, dims });
  expect(Array.from(record['pixel_mask']!.data as Uint8Array, Number)).toEqual(values);
});

function row(ones: number, length: number): number[] {
  return Array.from({ length }, (_, i) => (i < ones ? 1 : 0));
}

test('createImageReader() feeds an image by the name that the manifest gives it', async () => {
  const { record } = await reader([input([1, 3, 4, 6], 'float32', 'x')], [], pixels(6, 4), { x: 'pixel_values' })(
    null,
    signal,
  );
  expect(Object.keys(record)).toEqual(['x']);
});

test('createImageReader() takes bytes of an image that say no channels', async () => {
  const bytes: ImageInput = { data: new Uint8Array(4 * 6).fill(200), width: 6, height: 4 };
  const media = { readImage: (value, field) => Promise.resolve(pixelsOf(value, field)!) } as Partial<Media> as Media;
  const manifest = { preprocess: undefined, feeds: {} } as never;
  const read = createImageReader({ inputs: [input([1, 3, 4, 6], 'uint8')], media, manifest });
  const { record } = await read(bytes, signal);
  expect(record['pixel_values']).toMatchObject({ dims: [1, 3, 4, 6], data: new Uint8Array(72).fill(200) });
});
