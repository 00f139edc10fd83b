import type { Tasks } from 'inpoint';
import { useAnswer, type Answering } from '../../answer/use-answer.ts';
import type { Served } from '../../endpoints/served.ts';
import { percentage } from '../../show/format.ts';
import { announce } from '../../site/announce.ts';
import { numberText } from '../number-text.ts';

/** Answers of any task; the likeliest label, the text or the number is said to screen readers. */
export function useTry(model: Served, input: () => unknown): Answering<unknown> {
  return useAnswer<unknown, unknown>(model, input, { onAnswer: (answer) => announce(spoken(answer)) });
}

type AnyAnswer = Partial<
  Tasks['image-classification']['answer'] &
    Tasks['object-detection']['answer'] &
    Tasks['question-answering']['answer'] &
    Tasks['automatic-speech-recognition']['answer'] &
    Tasks['tabular-regression']['answer']
>;

function spoken(answer: unknown): string {
  const { labels, objects, answers, text, value } = answer as AnyAnswer;
  if (text !== undefined) return text;
  if (value !== undefined) return numberText(value);
  if (objects) return objects.map(({ label }) => label).join(', ');
  if (answers?.[0]) return answers[0].answer;
  const [first] = labels ?? [];
  if (!first) return '';
  const { label, score } = first;
  return `${label}, ${score >= 0 && score <= 1 ? percentage(score) : numberText(score)}`;
}

/** Ctrl+Enter, or Cmd+Enter, in a field of several lines asks as the button does. */
export function askByKey(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  event.currentTarget.closest('form')?.requestSubmit();
}
