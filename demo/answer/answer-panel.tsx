import type { ComponentChildren, JSX } from 'preact';
import { ErrorNotice } from '../show/error-notice.tsx';
import { duration } from '../show/format.ts';
import { translated } from '../site/language.ts';
import type { Answering } from './use-answer.ts';

const words = translated({
  en: { title: 'Answer', problem: 'There is no answer', latency: (time: string) => `Answered in ${time}` },
  ko: { title: '답', problem: '답하지 못했습니다', latency: (time: string) => `${time} 만에 답했습니다` },
});

export interface AnswerPanelProps<Answer> {
  readonly answering: Answering<Answer>;
  /** The answer, or the place that is kept for one. */
  readonly show: (answer: Answer | undefined) => ComponentChildren;
  readonly children?: ComponentChildren;
}

/** What a model said and how long that took, or why it said nothing. */
export function AnswerPanel<Answer>({ answering, show, children }: AnswerPanelProps<Answer>): JSX.Element {
  const { verdict, problem, busy } = answering;
  return (
    <section class="card answer" aria-busy={busy.value}>
      <div class="card-head">
        <h2>{words.value.title}</h2>
        <p class="hint answer-latency">{verdict.value && words.value.latency(duration(verdict.value.latencyMs))}</p>
      </div>
      {problem.value === undefined ? (
        show(verdict.value?.answer)
      ) : (
        <ErrorNotice title={words.value.problem} error={problem.value} />
      )}
      {children}
    </section>
  );
}
