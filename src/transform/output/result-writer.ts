import type { TransformResult } from '../result.ts';

/** Writes results in a format. The same results give the same bytes, however often it is stopped and gone on with. */
export interface ResultWriter {
  /** Bytes of a batch's results, as far as they are ready. */
  write(results: readonly TransformResult[]): Uint8Array;
  /** Whether all results that it was given are in the bytes that it gave: then it can be gone on with from here. */
  readonly isClean: boolean;
  /** What has to be known to go on from here, as plain data; asked for where it is clean. */
  readonly state: unknown;
  /** The last bytes. */
  end(): Uint8Array;
}
