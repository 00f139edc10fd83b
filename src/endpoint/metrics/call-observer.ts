import type { ColdStart } from './endpoint-metrics.ts';

/** A call of an endpoint on its way. The same object stands for it from its begin to its end. */
export interface ObservedCall {
  /** `performance.now()` when it was made. */
  readonly startMs: number;
  /** The name of the variant that it goes to, where there are several. */
  readonly variant?: string | undefined;
}

/** When a call was answered, and what with. */
export interface CallAnswer {
  /** `performance.now()` when the answer was there. */
  readonly endMs: number;
  /** Milliseconds that the engine spent on it. */
  readonly modelMs: number;
  /** Milliseconds from its begin until it was sent to an engine, where that is known. */
  readonly queueMs?: number | undefined;
  readonly answer: unknown;
}

/** Is told of the calls of an endpoint, as they happen. What it throws fails the call: it must not throw. */
export interface CallObserver {
  /** A call was made. */
  onCall?(call: ObservedCall): void;
  /** Its input is ready to cross to an engine, and about to be given away. */
  onSend?(call: ObservedCall, input: unknown): void;
  /** It was answered. */
  onAnswer?(call: ObservedCall, answer: CallAnswer): void;
  /** It was not answered; `isAborted` where the caller or `close()` ended it. */
  onError?(call: ObservedCall, error: unknown, isAborted?: boolean): void;
  /** The model was brought from nothing to in service. */
  onColdStart?(coldStart: ColdStart): void;
  /** The endpoint is closed. Resolves when nothing more is to be done. */
  close?(): Promise<void> | void;
}
