import { InferenceError, ManifestError } from '../errors.ts';
import type { AxisGeometry, ImageGeometry } from '../image-geometry.ts';
import type { ImageToImageManifest, PixelStep } from '../manifest/index.ts';
import { rgbaOf, type LinearStep } from '../postprocess/rgba-of.ts';
import type { WorkerImage } from '../preprocess/browser-media.ts';
import type { NamedTensors } from '../tensor.ts';
import { checkNumbers } from './check-numbers.ts';
import { numbersOf, resultOf } from './feeds.ts';
import { createImageReader } from './image-input.ts';
import type { Task, TaskContext } from './task.ts';

/** What a model that turns images into images answers. */
export interface ImageToImage {
  /** For `new ImageData(data, width, height)`. What was padded is cut off; all else has the size that the model gave. */
  image: {
    width: number;
    height: number;
    /** RGBA, row by row. */
    data: Uint8ClampedArray<ArrayBuffer>;
  };
}

type Context = TaskContext<ImageToImageManifest>;

export function imageToImage(context: Context): Task<WorkerImage, object, ImageToImage> {
  const read = createImageReader(context);
  checkSteps(context.manifest.postprocess);
  return {
    async prepare(image, _options, signal) {
      const { record, geometry } = await read(image, signal);
      return { records: [record], finish: ([outputs]) => ({ image: imageOf(outputs!, geometry, context) }) };
    },
    transfer: ({ image }) => [image.data.buffer],
  };
}

/** @throws {ManifestError} on a number of channels that no image has. */
function checkSteps(steps: readonly PixelStep[]): void {
  for (const [index, step] of steps.entries()) {
    if (step.step !== 'denormalize') continue;
    for (const field of ['mean', 'std'] as const) {
      const { length } = step[field];
      if (length === 1 || length === 3) continue;
      throw new ManifestError(
        'file-invalid',
        `postprocess[${index}].${field} of inference.json holds ${length} numbers, and an image has 1 or 3 channels. Give one a channel, or one for all.`,
      );
    }
  }
}

function imageOf(outputs: NamedTensors, { x, y }: ImageGeometry, { manifest }: Context): ImageToImage['image'] {
  const tensor = resultOf({ manifest }, outputs, 'reconstruction', 'image', 'output');
  const { dims } = tensor;
  const isChannels = (dim: number | undefined): boolean => dim === 1 || dim === 3;
  const channelsLast = isChannels(dims[3]) && !isChannels(dims[1]);
  const [channels, height, width] = channelsLast ? [dims[3]!, dims[1]!, dims[2]!] : [dims[1]!, dims[2]!, dims[3]!];
  if (dims.length !== 4 || dims[0] !== 1 || !isChannels(channels)) {
    throw new InferenceError(
      'inference-failed',
      `The model was to give an image [1, 1 or 3, height, width], and gave [${dims.join(', ')}]. Name another output under "results" of inference.json: { "image": "…" }.`,
    );
  }
  const across = shownPart(x, width);
  const down = shownPart(y, height);
  const part = { left: across.start, top: down.start, width: across.length, height: down.length };
  const data = rgbaOf(
    checkNumbers(numbersOf(tensor)),
    { channels, width, height, channelsLast },
    manifest.postprocess.map(linearStep),
    part,
  );
  return { width: part.width, height: part.height, data };
}

/** Where the image lies in what the model gave, which may be larger or smaller than what it was fed. */
function shownPart({ input, start, end }: AxisGeometry, length: number): { start: number; length: number } {
  const first = Math.min(length - 1, Math.round((start * length) / input));
  return { start: first, length: Math.max(1, Math.round((end * length) / input) - first) };
}

function linearStep(step: PixelStep): LinearStep {
  return step.step === 'rescale'
    ? { factor: [step.factor], offset: [step.offset ?? 0] }
    : { factor: step.std, offset: step.mean };
}
