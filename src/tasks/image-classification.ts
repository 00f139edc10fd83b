import type { ImageClassificationManifest } from '../manifest/index.ts';
import type { WorkerImage } from '../preprocess/browser-media.ts';
import { checkLabels, checkTopK, classify, type Classification, type ClassificationOptions } from './classify.ts';
import { createImageReader } from './image-input.ts';
import type { Task, TaskContext } from './task.ts';

/** Bytes of 1 (grey), 3 (RGB) or 4 (RGBA) a pixel, row by row. */
export interface ImageBytes {
  readonly data: Uint8Array | Uint8ClampedArray;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
}

/**
 * Anything with pixels: an address (a string is relative to the page), a file, an `ImageBitmap`, `ImageData`, a
 * `VideoFrame`, bare bytes, or an element that shows something.
 */
export type ImageInput =
  | WorkerImage
  | ImageBytes
  | URL
  | HTMLCanvasElement
  | OffscreenCanvas
  | HTMLImageElement
  | HTMLVideoElement;

export function imageClassification(
  context: TaskContext<ImageClassificationManifest>,
): Task<WorkerImage, ClassificationOptions, Classification> {
  const read = createImageReader(context);
  checkLabels(context);
  return {
    async prepare(image, options, signal) {
      checkTopK(options);
      const { record } = await read(image, signal);
      return { records: [record], finish: ([outputs]) => classify(outputs!, context, options) };
    },
  };
}
