import type { Manifest } from '../manifest/index.ts';
import type { TensorInfo } from '../runtime/session.ts';
import type { NamedTensors } from '../tensor.ts';

/** One kind of work: what a person gives and gets, and how tensors lie between. */
export interface Task<Input, Options, Answer> {
  /**
   * Checks an input and turns it into what the model is fed: one record, its first dimension 1. What it waits for,
   * such as a fetch, ends with `signal`.
   *
   * @throws {InputError} that names the field at fault.
   */
  preprocess(input: Input, options: Options, signal: AbortSignal): NamedTensors | Promise<NamedTensors>;
  /** Turns what the model gave for one record into the answer. */
  postprocess(outputs: NamedTensors, options: Options): Answer | Promise<Answer>;
  /** Buffers of the answer that may be given away to another thread. */
  transfer?(answer: Answer): Transferable[];
}

/** What a task has to work with once its model is loaded. */
export interface TaskContext<M extends Manifest = Manifest> {
  readonly manifest: M;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Parsed JSON of a file of the archive. */
  readJson(path: string): Promise<object>;
  /** The page's address, which relative addresses in inputs are relative to. */
  readonly baseUrl: string;
}

/** A label and how sure the model is of it, from 0 to 1. */
export interface LabelScore {
  label: string;
  score: number;
}
