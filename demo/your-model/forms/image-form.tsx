import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { AnswerPanel } from '../../answer/answer-panel.tsx';
import { translated } from '../../site/language.ts';
import { AnswerView } from './answer-view.tsx';
import type { FormProps } from './form-of.ts';
import { labelCount } from './label-count.ts';
import { Overlay, type Seen } from './overlay.tsx';
import { SampleChips } from './sample-chips.tsx';
import { useTry } from './use-try.ts';

const words = translated({
  en: { title: 'Try it', choose: 'Choose an image', drop: 'or drop it here, or paste it' },
  ko: { title: '써 보기', choose: '이미지 고르기', drop: '여기에 끌어다 놓거나 붙여 넣어도 됩니다' },
});

/** An image that is chosen, dropped here or pasted, with what the model sees in it drawn over it. */
export function ImageForm({ model, description }: FormProps): JSX.Element {
  const { task, card } = model.endpoint.value!;
  const zone = useRef<HTMLLabelElement>(null);
  const image = useSignal<File | undefined>(undefined);
  const address = useComputed(() => image.value && URL.createObjectURL(image.value));
  const answering = useTry(model, () => image.peek());

  const take = (file: File | undefined): void => {
    if (!file) return;
    image.value = file;
    answering.ask();
  };
  useEffect(() => {
    const onPaste = (event: ClipboardEvent): void => {
      const [file] = event.clipboardData?.files ?? [];
      if (!file || !zone.current?.checkVisibility()) return;
      event.preventDefault();
      take(file);
    };
    document.addEventListener('paste', onPaste);
    return () => document.removeEventListener('paste', onPaste);
  }, []);
  useSignalEffect(() => {
    const shown = address.value;
    return shown ? () => URL.revokeObjectURL(shown) : undefined;
  });

  const hasImage = address.value !== undefined && answering.problem.value === undefined;
  return (
    <form class="card try" onSubmit={(event) => event.preventDefault()}>
      <h2>{words.value.title}</h2>
      <label
        ref={zone}
        class="drop preview"
        onDrop={(event) => {
          const [file] = event.dataTransfer?.files ?? [];
          if (!file?.type.startsWith('image/')) return;
          // What this form takes is no archive for the page to open.
          event.preventDefault();
          take(file);
        }}
      >
        <input
          type="file"
          id="image-file"
          class="visually-hidden"
          accept="image/*"
          onChange={({ currentTarget }) => {
            take(currentTarget.files?.[0]);
            currentTarget.value = '';
          }}
        />
        {hasImage ? (
          <span class="picture">
            <img class="preview-image" src={address.value} alt={image.value?.name ?? ''} />
            <Overlay seen={answering.verdict.value?.answer as Seen | undefined} />
          </span>
        ) : (
          <span class="preview-prompt">
            <span class="drop-title">{words.value.choose}</span>
            <span class="hint">{words.value.drop}</span>
          </span>
        )}
      </label>
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
