import { ManifestError } from '../errors.ts';
import type { ImageClassificationManifest } from '../manifest/index.ts';
import { imageTensor, readImage, type ImageLayout, type WorkerImage } from '../preprocess/image.ts';
import type { TensorInfo } from '../runtime/session.ts';
import { checkTopK, classify, type Classification, type ClassificationOptions } from './classify.ts';
import type { Task, TaskContext } from './task.ts';

/** Anything with pixels. A string is an address, relative to the page. */
export type ImageInput = WorkerImage | URL | HTMLCanvasElement | OffscreenCanvas | HTMLImageElement | HTMLVideoElement;

export function imageClassification({
  manifest,
  inputs,
  baseUrl,
}: TaskContext<ImageClassificationManifest>): Task<WorkerImage, ClassificationOptions, Classification> {
  const input = inputs[0];
  if (!input || inputs.length > 1) {
    throw new ManifestError(
      'task-unsupported',
      `An image classifier has one input, and this model has ${inputs.length}. Deploy it with { task: 'tensor' }.`,
    );
  }
  if (input.type !== undefined && input.type !== 'float32') {
    throw new ManifestError(
      'task-unsupported',
      `An image classifier is fed float32, and this model takes ${input.type}. Pack its float32 variant, or deploy it with { task: 'tensor' }.`,
    );
  }
  const layout = layoutOf(input, manifest.image.channels);
  return {
    async preprocess(image, options, signal) {
      checkTopK(options);
      const pixels = await readImage(image, 'image', baseUrl, signal);
      return { [input.name]: imageTensor(pixels, manifest.image, layout) };
    },
    postprocess: (outputs, options) => classify(outputs, manifest, options),
  };
}

/** Where the model's input has its channels; what the archive says of their number goes first. */
function layoutOf({ shape }: TensorInfo, channels: 1 | 3 | undefined): ImageLayout {
  const isChannels = (dim: unknown): dim is 1 | 3 => dim === 1 || dim === 3;
  if (isChannels(shape[3]) && !isChannels(shape[1])) return { channels: channels ?? shape[3], order: 'NHWC' };
  return { channels: channels ?? (isChannels(shape[1]) ? shape[1] : 3), order: 'NCHW' };
}
