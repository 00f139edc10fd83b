import type { TransformOutcome } from './job.ts';
import type { Position } from './record-batch.ts';
import type { TransformResult } from './result.ts';

/** Where a job stands: behind a batch whose results were written. */
export interface Progressed {
  readonly end: Position;
  readonly failed: number;
}

/** Where results go. */
export interface Sink {
  /** Takes the results of a batch; fulfilled when there is room for more. */
  write(results: readonly TransformResult[], at: Progressed): Promise<void>;
  /** All was written. */
  end(at: Progressed): Promise<Pick<TransformOutcome, 'file'>>;
  /** Nothing more comes; what is kept for later stays. */
  stop(reason: unknown): Promise<void>;
}
