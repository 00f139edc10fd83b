import { ManifestError } from '../errors.ts';
import type { ImageStep } from '../manifest/index.ts';
import { isNumeric, nextMultiple } from './image-tensor.ts';

/**
 * Sees that steps can follow each other, and have a number for each channel.
 *
 * @param channels of the model's input
 * @throws {ManifestError} `file-invalid` that names the step, as in `preprocess[2].mean`.
 */
export function checkImageSteps(steps: readonly ImageStep[], channels: 1 | 3): void {
  let onNumbers = false;
  for (const [index, step] of steps.entries()) {
    const where = `preprocess[${index}]`;
    if (step.step === 'normalize') {
      checkLength(`${where}.mean`, step.mean, channels);
      checkLength(`${where}.std`, step.std, channels);
      if (step.std.includes(0)) throw wrong(`${where}.std`, 'holds a 0, by which nothing can be divided');
    }
    if (step.step === 'pad' || step.step === 'pad-to-multiple') {
      if (step.color) checkLength(`${where}.color`, step.color, channels);
      const isLast = index === steps.length - 1;
      const isMirrored = step.step === 'pad-to-multiple' && step.mode === 'symmetric';
      if (!onNumbers && step.color?.some((value) => !(Number.isInteger(value) && value >= 0 && value <= 255)))
        throw wrong(`${where}.color`, 'is not a whole number from 0 to 255 a channel');
      if (onNumbers && (!isLast || isMirrored))
        throw wrong(
          `${where}.step`,
          `${JSON.stringify(step.step)} works on pixels, and stands after a step on numbers`,
        );
    } else if (onNumbers && !isNumeric(step)) {
      throw wrong(`${where}.step`, `${JSON.stringify(step.step)} works on pixels, and stands after a step on numbers`);
    }
    onNumbers ||= isNumeric(step);
  }
  if (channels === 3 && steps.some(({ step }) => step === 'grayscale')) {
    const index = steps.findIndex(({ step }) => step === 'grayscale');
    throw wrong(`preprocess[${index}]`, '"grayscale" leaves one channel, and the model takes three');
  }
}

/** The height and width that steps give, whatever the image; undefined where they depend on it. */
export function fixedSize(steps: readonly ImageStep[]): { width: number; height: number } | undefined {
  let size: { width: number; height: number } | undefined;
  for (const step of steps) {
    if (step.step === 'resize') size = 'height' in step.size ? step.size : undefined;
    else if (step.step === 'center-crop' || step.step === 'pad') size = step;
    else if (step.step === 'pad-to-multiple' && size) {
      size = { width: nextMultiple(size.width, step), height: nextMultiple(size.height, step) };
    }
  }
  return size;
}

function checkLength(where: string, values: readonly number[], channels: number): void {
  if (values.length !== 1 && values.length !== channels)
    throw wrong(
      where,
      `holds ${values.length} numbers, and the image has ${channels} channel${channels > 1 ? 's' : ''}`,
    );
}

function wrong(where: string, reason: string): ManifestError {
  return new ManifestError('file-invalid', `The description of the model is wrong: ${where} ${reason}.`);
}
