import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { translated } from '../site/language.ts';
import { changeSettings, readSchema, settings } from './settings.ts';

const words = translated({
  en: {
    label: 'JSON Schema of the answer',
    hint: 'The model can write nothing else. Blank is any JSON.',
    problem: (why: string) => `This is no JSON Schema: ${why}`,
  },
  ko: {
    label: '답의 JSON 스키마',
    hint: '모델은 이 형식 밖의 글을 쓸 수 없습니다. 비워 두면 아무 JSON이나 됩니다.',
    problem: (why: string) => `JSON 스키마가 아닙니다: ${why}`,
  },
});

/** Takes the schema that answers are to fit. */
export function SchemaField(): JSX.Element {
  const { schema } = settings.value;
  const read = readSchema(schema);
  const problem = read && 'problem' in read ? read.problem : undefined;
  // On a phone the conversation has need of the room.
  const isUnfolded = useSignal(matchMedia('(min-width: 46rem)').matches);
  const follow = ({ currentTarget }: { currentTarget: HTMLDetailsElement }): void => {
    isUnfolded.value = currentTarget.open;
  };
  const text = words.value;
  return (
    <details class="schema" open={isUnfolded.value || problem !== undefined} onToggle={follow}>
      <summary>{text.label}</summary>
      <textarea
        id="chat-schema"
        aria-label={text.label}
        class="mono"
        rows={6}
        spellcheck={false}
        autocapitalize="none"
        aria-invalid={problem !== undefined}
        aria-describedby="chat-schema-hint"
        value={schema}
        onInput={({ currentTarget }) => changeSettings({ schema: currentTarget.value })}
      />
      <p id="chat-schema-hint" class={problem === undefined ? 'hint' : 'problem'}>
        {problem === undefined ? text.hint : text.problem(problem)}
      </p>
    </details>
  );
}
