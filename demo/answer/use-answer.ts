import { useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { ServedState } from '../endpoints/served.ts';
import { latestOnly } from './latest-only.ts';

/** A model that answers one kind of input. */
export interface Answers<Input, Answer> {
  readonly state: ReadonlySignal<ServedState>;
  invoke(input: Input, options?: { topK?: number }): Promise<Answer>;
}

/** What a model said last. */
export interface Verdict<Answer> {
  readonly answer: Answer;
  readonly latencyMs: number;
}

export interface Answering<Answer> {
  readonly verdict: ReadonlySignal<Verdict<Answer> | undefined>;
  /** Why there is no answer to the input as it is. */
  readonly problem: ReadonlySignal<unknown>;
  /** Whether the input as it is waits for its answer, or for the model. */
  readonly busy: ReadonlySignal<boolean>;
  /** Has the input answered as it is now; asked often, it answers the newest only. */
  ask(): void;
}

export interface AnswerOptions<Answer> {
  /** Labels that are asked for, where a model gives labels. */
  readonly topK?: number;
  readonly onAnswer?: (answer: Answer) => void;
}

/**
 * Answers an input that changes, one call at a time and always the newest; what came before the model did is answered
 * when that has loaded.
 *
 * @param input gives the input as it is, or undefined where there is none; what it throws is shown as the problem
 */
export function useAnswer<Input, Answer>(
  model: Answers<Input, Answer>,
  input: () => Input | undefined,
  { topK, onAnswer }: AnswerOptions<Answer> = {},
): Answering<Answer> {
  const verdict = useSignal<Verdict<Answer> | undefined>(undefined);
  const problem = useSignal<unknown>(undefined);
  const busy = useSignal(false);

  const ask = useMemo(() => {
    const settle = (answered: Verdict<Answer> | undefined, why?: unknown): void => {
      verdict.value = answered;
      problem.value = why;
      busy.value = false;
    };
    const answer = latestOnly(async () => {
      if (model.state.peek().kind !== 'ready') return;
      try {
        const given = input();
        if (given === undefined) return settle(undefined);
        busy.value = true;
        const start = performance.now();
        const said = await model.invoke(given, topK === undefined ? {} : { topK });
        const latencyMs = performance.now() - start;
        // It may be gone by now.
        if (input() === undefined) return settle(undefined);
        settle({ answer: said, latencyMs });
        onAnswer?.(said);
      } catch (error) {
        settle(undefined, error);
      }
    });
    return () => {
      busy.value = true;
      answer();
    };
  }, [model]);

  useSignalEffect(() => {
    if (model.state.value.kind === 'ready') ask();
  });
  return { verdict, problem, busy, ask };
}
