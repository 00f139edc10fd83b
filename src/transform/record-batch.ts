/** Where a reader stands: behind a record, and able to go on from there. */
export interface Position {
  /** Records before it, those that could not be read too. */
  readonly records: number;
  /** Bytes of the input before it, as far as they can be counted. */
  readonly bytes: number;
  /** What else the reader has to know to go on, as plain data. */
  readonly state?: unknown;
}

/** Consecutive records: as many as a batch has, fewer only at the end. */
export interface RecordBatch {
  /** What was read of each, or the {@link BadRecord} in its place. */
  readonly records: readonly unknown[];
  /** Behind the last of them. */
  readonly end: Position;
}

/** Stands where a record could not be read, though others behind it can. */
export class BadRecord {
  readonly error: Error;

  constructor(error: Error) {
    this.error = error;
  }
}
