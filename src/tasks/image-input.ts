import { InputError, ManifestError } from '../errors.ts';
import type { ImageGeometry } from '../image-geometry.ts';
import type { ImageStep } from '../manifest/index.ts';
import { checkImageSteps, fixedSize } from '../preprocess/check-image-steps.ts';
import { imageTensor, isNumeric, type ImageLayout } from '../preprocess/image-tensor.ts';
import type { TensorInfo } from '../runtime/session.ts';
import type { NamedTensors, Tensor } from '../tensor.ts';
import { createFeeder, inputFor } from './feeds.ts';
import type { TaskContext } from './task.ts';

/** An image on its way into a model. */
export interface FedImage {
  readonly record: NamedTensors;
  readonly geometry: ImageGeometry;
}

export type ImageReader = (image: unknown, signal: AbortSignal) => Promise<FedImage>;

type ImageContext = Pick<TaskContext, 'manifest' | 'inputs' | 'media'> & {
  readonly manifest: { readonly preprocess: readonly ImageStep[] | undefined };
};

/**
 * Makes what turns an image into the tensors that a model takes: `pixel_values`, and `pixel_mask`, which is 1 where the
 * image is and 0 where it was padded.
 *
 * @throws {ManifestError} when the steps cannot give what the model takes.
 */
export function createImageReader(context: ImageContext): ImageReader {
  const feed = createFeeder(context, ['pixel_values', 'pixel_mask'], 'an image');
  const input = inputFor(context, 'pixel_values');
  if (!input) throw refused('The model takes no image: none of its inputs is fed "pixel_values".');
  const { order, channels, height, width } = shapeOf(input, context.manifest.preprocess);
  const steps = context.manifest.preprocess ?? defaultSteps(input, height, width);
  checkImageSteps(steps, channels);
  if (wholeTypes.has(input.type) && steps.some(isNumeric)) {
    throw refused(
      `The model takes pixels as ${input.type}, and the preprocess steps make fractions of them. Leave out "rescale" and "normalize" in inference.json.`,
    );
  }
  const given = fixedSize(steps);
  if (given && isOther(given, height, width)) {
    throw refused(
      `The preprocess steps give an image of ${given.width} × ${given.height}, and the model takes ${shown(width)} × ${shown(height)}. Set the size of the last "resize", "center-crop" or "pad" in inference.json to that.`,
    );
  }
  const layout: ImageLayout = { channels, order, type: input.type === 'uint8' ? 'uint8' : 'float32' };
  const mask = maskInput(context);
  return async (image, signal) => {
    const pixels = await context.media.readImage(image, 'image', signal);
    if (pixels.width < 1 || pixels.height < 1) throw new InputError('image', 'The image is empty: it has no pixels.');
    const { tensor, geometry } = imageTensor(pixels, steps, layout);
    const size = { width: geometry.x.input, height: geometry.y.input };
    if (isOther(size, height, width)) {
      throw new InputError(
        'image',
        `The image comes to ${size.width} × ${size.height} pixels, and the model takes ${shown(width)} × ${shown(height)}. Pass one of that size, or add a "resize" under "preprocess" of inference.json.`,
      );
    }
    return { record: feed({ pixel_values: tensor, ...(mask && { pixel_mask: pixelMask(geometry, mask) }) }), geometry };
  };
}

/** Whether the model is told where the image was padded. */
export function maskInput(context: Pick<TaskContext, 'manifest' | 'inputs'>): TensorInfo | undefined {
  return context.inputs.length > 1 ? inputFor(context, 'pixel_mask') : undefined;
}

/** Types in which a fraction would be lost. */
const wholeTypes = new Set<TensorInfo['type']>([
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'uint64',
  'int64',
  'bool',
]);

/** To the model's own size, where it has one; from 0 to 1, where it takes fractions. */
function defaultSteps({ type }: TensorInfo, height: number | undefined, width: number | undefined): ImageStep[] {
  const steps: ImageStep[] = [];
  if (height !== undefined && width !== undefined) steps.push({ step: 'resize', size: { height, width } });
  if (!wholeTypes.has(type)) steps.push({ step: 'rescale', factor: 1 / 255 });
  return steps;
}

interface Shape {
  readonly order: ImageLayout['order'];
  readonly channels: 1 | 3;
  /** Undefined where the model takes any. */
  readonly height: number | undefined;
  readonly width: number | undefined;
}

/** Where the model's input has its channels, and what of its size is fixed. */
function shapeOf({ name, shape }: TensorInfo, steps: readonly ImageStep[] | undefined): Shape {
  const isChannels = (dim: unknown): dim is 1 | 3 => dim === 1 || dim === 3;
  const fixed = (dim: number | string | undefined): number | undefined =>
    typeof dim === 'number' && dim > 0 ? dim : undefined;
  if (shape.length !== 4) {
    throw refused(
      `The model's input ${JSON.stringify(name)} has the shape [${shape.join(', ')}], and an image is [1, channels, height, width] or [1, height, width, channels]. Export it with these dimensions.`,
    );
  }
  const [, first, second, last] = shape.map(fixed);
  const isLast = !isChannels(first) && (isChannels(last) || (last === undefined && namesLast(shape)));
  const channels = isLast ? last : first;
  if (channels !== undefined && !isChannels(channels))
    throw refused(`The model takes images of ${channels} channels; pixels have 1 (grey) or 3.`);
  const isGrey = steps?.some(({ step }) => step === 'grayscale') === true;
  const size = isLast ? { height: first, width: second } : { height: second, width: last };
  return { order: isLast ? 'NHWC' : 'NCHW', channels: channels ?? (isGrey ? 1 : 3), ...size };
}

/** Whether the names of free dimensions say that the channels stand last. */
function namesLast([, first, second, last]: TensorInfo['shape']): boolean {
  return (
    /^((num|n)_)?c(hannels?)?$/i.test(String(last)) ||
    (/^(\w+_)?h(eight)?$/i.test(String(first)) && /^(\w+_)?w(idth)?$/i.test(String(second)))
  );
}

function isOther(
  size: { width: number; height: number },
  height: number | undefined,
  width: number | undefined,
): boolean {
  return (height !== undefined && size.height !== height) || (width !== undefined && size.width !== width);
}

function shown(side: number | undefined): string {
  return side === undefined ? 'any' : String(side);
}

/** `[1, height, width]`, of the input's size or, where the model has a fixed one for it, of that. */
function pixelMask({ x, y }: ImageGeometry, { shape }: TensorInfo): Tensor<'int64'> {
  const length = (dim: number | string | undefined, otherwise: number): number =>
    typeof dim === 'number' && dim > 0 ? dim : otherwise;
  const height = length(shape.at(-2), y.input);
  const width = length(shape.at(-1), x.input);
  const data = new BigInt64Array(height * width);
  for (let row = 0; row < height; row++) {
    const isWithin = isImage(y, row, height);
    for (let column = 0; column < width; column++)
      data[row * width + column] = isWithin && isImage(x, column, width) ? 1n : 0n;
  }
  return { type: 'int64', data, dims: [1, height, width] };
}

/** Whether the middle of a cell, of `cells` along the axis, lies in the image. */
function isImage({ input, start, end }: ImageGeometry['x'], cell: number, cells: number): boolean {
  const middle = ((cell + 0.5) * input) / cells;
  return middle >= start && middle < end;
}

function refused(message: string): ManifestError {
  return new ManifestError('task-unsupported', message);
}
