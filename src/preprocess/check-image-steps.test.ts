import { expect, test } from 'vitest';
import type { ImageStep } from '../manifest/index.ts';
import { checkImageSteps, fixedSize } from './check-image-steps.ts';

const rescale: ImageStep = { step: 'rescale', factor: 1 / 255 };
const square: ImageStep = { step: 'resize', size: { width: 8, height: 8 } };

test.each<[string, ImageStep[], 1 | 3]>([
  ['preprocess[1].step', [rescale, square], 3],
  ['preprocess[2].mean', [square, rescale, { step: 'normalize', mean: [0, 0], std: [1] }], 3],
  ['preprocess[0].std', [{ step: 'normalize', mean: [0], std: [1, 1, 1] }], 1],
  ['preprocess[0].std', [{ step: 'normalize', mean: [0], std: [1, 0, 1] }], 3],
  ['preprocess[0].color', [{ step: 'pad', width: 9, height: 9, color: [1, 2] }], 3],
  ['preprocess[0].color', [{ step: 'pad', width: 9, height: 9, color: [256] }], 3],
  ['preprocess[1].step', [rescale, { step: 'pad', width: 9, height: 9 }, rescale], 3],
  ['preprocess[1].step', [rescale, { step: 'pad-to-multiple', of: 8, mode: 'symmetric' }], 3],
  ['preprocess[0]', [{ step: 'grayscale' }], 3],
])('checkImageSteps() refuses %s', (where, steps, channels) => {
  expect(() => checkImageSteps(steps, channels)).toThrow(
    expect.objectContaining({ code: 'file-invalid', message: expect.stringContaining(`${where} `) as string }),
  );
});

test('checkImageSteps() lets steps in order pass, and a last padding with numbers', () => {
  const steps: ImageStep[] = [square, rescale, { step: 'normalize', mean: [0.5], std: [0.5, 0.4, 0.3] }];
  expect(() => checkImageSteps([...steps, { step: 'pad', width: 9, height: 9, color: [-1.5] }], 3)).not.toThrow();
});

test('fixedSize() follows the steps that set a size', () => {
  const free: ImageStep = { step: 'resize', size: { shortestEdge: 8 } };
  expect(fixedSize([free])).toBeUndefined();
  expect(fixedSize([square, free])).toBeUndefined();
  expect(fixedSize([free, { step: 'center-crop', width: 5, height: 6 }, rescale])).toMatchObject({
    width: 5,
    height: 6,
  });
  expect(fixedSize([square, { step: 'pad-to-multiple', of: 5 }])).toEqual({ width: 10, height: 10 });
  expect(fixedSize([square, { step: 'pad-to-multiple', of: 8, always: true }])).toEqual({ width: 16, height: 16 });
});
