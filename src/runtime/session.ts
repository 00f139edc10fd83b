import type { DataType, NamedTensors } from '../tensor.ts';

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
  /** Gives the model's memory back to the engine. Twice is once. */
  dispose(): Promise<void>;
}

/** What a model says of an input or output. */
export interface TensorInfo {
  readonly name: string;
  /** Undefined for what is no tensor (sequences and maps, as scikit-learn exporters make them). */
  readonly type: DataType | undefined;
  /** A name stands for a dimension that is free, such as `batch_size`; an empty one for one without a name. */
  readonly shape: readonly (number | string)[];
}
