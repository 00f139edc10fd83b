import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { AnswerPanel } from '../../answer/answer-panel.tsx';
import { translated } from '../../site/language.ts';
import { AnswerView } from './answer-view.tsx';
import type { FormProps } from './form-of.ts';
import { SampleChips } from './sample-chips.tsx';
import { askByKey, useTry } from './use-try.ts';

const words = translated({
  en: {
    title: (task: string) => `Try it: ${task}`,
    file: 'File',
    text: 'Or a text, or JSON',
    ask: 'Ask',
    notJson: (why: string) => `This is not JSON: ${why}.`,
  },
  ko: {
    title: (task: string) => `써 보기: ${task}`,
    file: '파일',
    text: '또는 글이나 JSON',
    ask: '물어보기',
    notJson: (why: string) => `JSON이 아닙니다: ${why}.`,
  },
});

/** For what only its maker knows the input of, as of a pipeline: a file, a text or JSON. What was given last counts. */
export function RecordForm({ model, description }: FormProps): JSX.Element {
  const { task } = model.endpoint.value!;
  const given = useSignal<File | string | undefined>(undefined);
  const text = useSignal('');
  const answering = useTry(model, () =>
    typeof given.peek() === 'string' ? parsed(given.peek() as string) : given.peek(),
  );
  const write = (written: string): void => {
    text.value = written;
    given.value = written.trim() ? written : undefined;
  };
  const choose = (input: unknown): void => {
    if (input instanceof File) given.value = input;
    else write(typeof input === 'string' ? input : JSON.stringify(input, undefined, 2));
    answering.ask();
  };
  return (
    <form
      class="card try"
      onSubmit={(event) => {
        event.preventDefault();
        answering.ask();
      }}
    >
      <h2>{words.value.title(task)}</h2>
      <div class="cell">
        <label for="record-file">{words.value.file}</label>
        <input
          type="file"
          id="record-file"
          onChange={({ currentTarget }) => {
            given.value = currentTarget.files?.[0];
            answering.ask();
          }}
        />
      </div>
      <div class="cell">
        <label for="record-text">{words.value.text}</label>
        <textarea
          id="record-text"
          class="mono"
          rows={5}
          spellcheck={false}
          value={text.value}
          onInput={({ currentTarget }) => write(currentTarget.value)}
          onKeyDown={askByKey}
        />
      </div>
      <SampleChips samples={description.samples} onChoose={choose} />
      <button type="submit" class="primary">
        {words.value.ask}
      </button>
      <AnswerPanel answering={answering} show={(answer) => <AnswerView answer={answer} />} />
    </form>
  );
}

/** JSON where it begins as an object or a list, else the text itself. */
function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new SyntaxError(words.peek().notJson((cause as Error).message), { cause });
  }
}
