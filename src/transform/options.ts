/** What a file of records is written in. `text` is a record a line; `images` is a picture a record. */
export type InputFormat = 'csv' | 'jsonl' | 'json' | 'parquet' | 'text' | 'images';

/** What results are written in. */
export type OutputFormat = 'jsonl' | 'csv' | 'parquet';

/**
 * Records to transform: a file, its address, a stream of its bytes, a list of image files; or the records themselves.
 */
export type TransformInput =
  | Blob
  | URL
  | string
  | ReadableStream<unknown>
  | FileList
  | AsyncIterable<unknown>
  | Iterable<unknown>;

/** What can be done when a record has no answer. */
export type OnError = 'fail' | 'skip' | 'record';

/** How records become results. Names are those of SageMaker Batch Transform, where it has them. */
export interface RecordOptions {
  /** @default told from the name, the type or the first bytes of the input */
  inputFormat?: InputFormat;
  /** Names of the columns of a CSV whose first row does not name them. */
  columns?: readonly string[];
  /** JSONPath of what the model is given of a record. @default '$' */
  inputFilter?: string;
  /** JSONPath of what is kept of a result, which is the joined record where it is joined. @default '$' */
  outputFilter?: string;
  /**
   * `input` joins each answer to its record: as the field `SageMakerOutput` of one that has fields; one that has none is
   * the field `SageMakerInput` beside it. @default 'none'
   */
  joinSource?: 'none' | 'input';
  /** Records that are given to the model together. @default 256 */
  batchSize?: number;
  /** Batches that are with the model at a time. @default 2 */
  maxConcurrentTransforms?: number;
  /**
   * What becomes of a record that cannot be read or answered: `fail` ends the job, `skip` leaves it out, `record` writes
   * `{ error: { code, field, message } }` in the answer's place. @default 'fail'
   */
  onError?: OnError;
  /** @default 'jsonl' */
  outputFormat?: OutputFormat;
}

/** What an option is where it is not given. */
export interface ResolvedOptions extends Required<Omit<RecordOptions, 'inputFormat' | 'columns'>> {
  readonly inputFormat: InputFormat | undefined;
  readonly columns: readonly string[] | undefined;
}

/** How far a job is. */
export interface TransformProgress {
  /** Records that are done, those that failed too. */
  readonly records: number;
  readonly failed: number;
  /** Bytes of the input that were read for them. */
  readonly bytes: number;
  /** Bytes of the whole input; undefined where that is not known. */
  readonly totalBytes: number | undefined;
  /** Over the last seconds. */
  readonly recordsPerSecond: number;
  /** Milliseconds that the rest will take at this rate; undefined where that is not known. */
  readonly remainingMs: number | undefined;
}

/** What a job is doing, in SageMaker's words; `Paused` is Inpoint's own. */
export type TransformJobStatus = 'InProgress' | 'Paused' | 'Stopping' | 'Stopped' | 'Completed' | 'Failed';
