import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { AnswerPanel } from '../../answer/answer-panel.tsx';
import { useAnswer } from '../../answer/use-answer.ts';
import { translated } from '../../site/language.ts';
import { AnswerView } from './answer-view.tsx';
import type { FormProps } from './form-of.ts';

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
export function RecordForm({ model }: FormProps): JSX.Element {
  const { task } = model.endpoint.value!;
  const given = useSignal<File | string | undefined>(undefined);
  const answering = useAnswer<unknown, unknown>(model, () =>
    typeof given.peek() === 'string' ? parsed(given.peek() as string) : given.peek(),
  );
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
          onInput={({ currentTarget }) => (given.value = currentTarget.value.trim() ? currentTarget.value : undefined)}
        />
      </div>
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
