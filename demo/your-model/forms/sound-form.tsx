import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { AnswerPanel } from '../../answer/answer-panel.tsx';
import { translated } from '../../site/language.ts';
import { AnswerView } from './answer-view.tsx';
import type { FormProps } from './form-of.ts';
import { labelCount } from './label-count.ts';
import { SampleChips } from './sample-chips.tsx';
import { useTry } from './use-try.ts';

const words = translated({
  en: { title: 'Try it', file: 'A sound file' },
  ko: { title: '써 보기', file: '소리 파일' },
});

/** A sound from a file, to be heard too. */
export function SoundForm({ model, description }: FormProps): JSX.Element {
  const { task, card } = model.endpoint.value!;
  const file = useSignal<File | undefined>(undefined);
  const address = useComputed(() => file.value && URL.createObjectURL(file.value));
  const answering = useTry(model, () => file.peek());
  const take = (given: File | undefined): void => {
    file.value = given;
    answering.ask();
  };
  useSignalEffect(() => {
    const heard = address.value;
    return heard ? () => URL.revokeObjectURL(heard) : undefined;
  });
  return (
    <form class="card try" onSubmit={(event) => event.preventDefault()}>
      <h2>{words.value.title}</h2>
      <div class="cell">
        <label for="sound-file">{words.value.file}</label>
        <input
          type="file"
          id="sound-file"
          accept="audio/*"
          onChange={({ currentTarget }) => take(currentTarget.files?.[0])}
        />
      </div>
      {address.value && <audio class="sound" controls src={address.value} aria-label={file.value?.name} />}
      <SampleChips
        samples={description.samples.filter(({ input }) => input instanceof File)}
        onChoose={(input) => take(input as File)}
      />
      <AnswerPanel
        answering={answering}
        show={(answer) => <AnswerView answer={answer} labels={labelCount(task, card)} />}
      />
    </form>
  );
}
