import type { Pixels } from './resize.ts';

/** How the platform turns what a person gives into pixels and samples. A browser's worker and Node have one each. */
export interface Media {
  /**
   * Decodes an image to RGB.
   *
   * @param field what to call it in messages
   * @throws {InputError} on `field` when it is no image, or cannot be fetched.
   */
  readImage(value: unknown, field: string, signal?: AbortSignal): Promise<Pixels>;
  /**
   * Decodes sound to samples of one channel between -1 and 1, at the rate they were recorded with where the platform
   * lets it be known.
   *
   * @param rate samples a second that the model wants, for platforms that cannot decode without resampling
   * @throws {InputError} on `field` when it is no sound, or cannot be fetched.
   */
  readAudio(value: unknown, field: string, rate: number, signal?: AbortSignal): Promise<Samples>;
}

/** Sound of one channel. */
export interface Samples {
  /** Between -1 and 1. */
  readonly data: Float32Array;
  /** Samples a second. */
  readonly rate: number;
}
