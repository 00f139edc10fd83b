import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { AnswerPanel } from '../../answer/answer-panel.tsx';
import { useAnswer } from '../../answer/use-answer.ts';
import { translated } from '../../site/language.ts';
import { AnswerView } from './answer-view.tsx';
import type { FormProps } from './form-of.ts';
import { labelCount } from './label-count.ts';

const words = translated({
  en: { title: 'Try it', file: 'A sound file' },
  ko: { title: '써 보기', file: '소리 파일' },
});

/** A sound from a file. */
export function SoundForm({ model }: FormProps): JSX.Element {
  const { task, card } = model.endpoint.value!;
  const file = useSignal<File | undefined>(undefined);
  const answering = useAnswer<unknown, unknown>(model, () => file.peek());
  return (
    <form class="card try" onSubmit={(event) => event.preventDefault()}>
      <h2>{words.value.title}</h2>
      <div class="cell">
        <label for="sound-file">{words.value.file}</label>
        <input
          type="file"
          id="sound-file"
          accept="audio/*"
          onChange={({ currentTarget }) => {
            file.value = currentTarget.files?.[0];
            answering.ask();
          }}
        />
      </div>
      <AnswerPanel
        answering={answering}
        show={(answer) => <AnswerView answer={answer} labels={labelCount(task, card)} />}
      />
    </form>
  );
}
