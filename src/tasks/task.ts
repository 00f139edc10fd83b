import type { ModelManifest } from '../manifest/index.ts';
import type { Media } from '../preprocess/media.ts';
import type { TensorInfo } from '../runtime/session.ts';
import type { NamedTensors } from '../tensor.ts';

/** One kind of work: what a person gives and gets, and how tensors lie between. */
export interface Task<Input, Options, Answer> {
  /**
   * Checks an input and turns it into what the model is fed. What it waits for, such as a fetch, ends with `signal`.
   *
   * @throws {InputError} that names the field at fault.
   */
  prepare(input: Input, options: Options, signal: AbortSignal): Work<Answer> | Promise<Work<Answer>>;
  /** Samples a second that the model wants, where its input is sound. */
  readonly sampleRate?: number;
  /** Buffers of the answer that may be given away to another thread. */
  transfer?(answer: Answer): Transferable[];
}

/** One call on its way through the model. */
export interface Work<Answer> {
  /** What the model is fed, once a record; the first dimension of each tensor is 1. Most calls are one record. */
  readonly records: readonly NamedTensors[];
  /** Makes the answer of what the model gave, in the order of the records. */
  finish(outputs: readonly NamedTensors[]): Answer | Promise<Answer>;
}

/** What a task has to work with once its model is loaded. */
export interface TaskContext<M extends ModelManifest = ModelManifest> {
  readonly manifest: M;
  /** What the task has to feed: constants and states are left out, they are fed by whoever runs it. */
  readonly inputs: readonly TensorInfo[];
  /** What the task gets: states are left out. */
  readonly outputs: readonly TensorInfo[];
  /**
   * Parsed JSON of a file of the archive.
   *
   * @throws {ManifestError} when it is not there, or no JSON object.
   */
  readJson(path: string): Promise<Readonly<Record<string, unknown>>>;
  /** Decodes pictures and sound, as the platform can. */
  readonly media: Media;
}

/** A label and how sure the model is of it, from 0 to 1. */
export interface LabelScore {
  label: string;
  score: number;
}
