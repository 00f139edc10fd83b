/** What a record came to. */
export type Prediction = { readonly answer: unknown } | { readonly error: Error };

/** What answers records: an endpoint's model in a page, the model itself in Node. */
export interface Predictor {
  /** Its name, for messages. */
  readonly name: string;
  /** What tells it from another model, and from another version of it, as plain data. */
  readonly identity: object;
  /**
   * Answers a batch, in its order. One record that cannot be answered fails alone.
   *
   * @throws what ends the job: the engine is lost, the endpoint closed, the signal aborted
   */
  run(batch: readonly unknown[], signal: AbortSignal): Promise<readonly Prediction[]>;
  /** Gives back what was opened for the job. */
  close(): Promise<void>;
}
