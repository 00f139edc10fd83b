import type { DataType, NamedTensors, Tensor } from '../tensor.ts';

/** A loaded model. One run at a time; more are queued. */
export interface Session {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /**
   * Runs the model once. Inputs are read during the call; outputs belong to the caller. An abort takes the run out
   * of the queue; one that has begun goes on to its end.
   *
   * @throws {InferenceError} `inference-failed`, with the runtime's own words in it.
   */
  run(feeds: NamedTensors, signal?: AbortSignal): Promise<NamedTensors>;
  /** The same, where outputs that the session was to keep stay in the runtime's memory, and go into the next run from there. */
  runKeeping(feeds: RunTensors, signal?: AbortSignal): Promise<RunTensors>;
  /** Gives the model's memory back to the engine. Twice is once. */
  dispose(): Promise<void>;
}

/** What a run that keeps takes and gives, by name. */
export type RunTensors = Readonly<Record<string, Tensor | KeptTensor>>;

/** A tensor in the runtime's own memory. It belongs to whoever it was given to, who disposes of it. */
export interface KeptTensor {
  readonly type: DataType;
  readonly dims: readonly number[];
  /** A copy of it. */
  read(): Promise<Tensor>;
  /** Itself, to read and not to write, until the next run; there where it lies in memory that processors reach. */
  peek?(): Tensor;
  dispose(): void;
}

/** How a session is made. */
export interface SessionOptions {
  /** Which outputs stay in the runtime's memory, where it has one of its own, as a graphics card does. @default none */
  keeps?(output: string): boolean;
}

/** What a model says of an input or output. */
export interface TensorInfo {
  readonly name: string;
  /** Undefined for what is no tensor (sequences and maps, as scikit-learn exporters make them). */
  readonly type: DataType | undefined;
  /** A name stands for a dimension that is free, such as `batch_size`; an empty one for one without a name. */
  readonly shape: readonly (number | string)[];
}
