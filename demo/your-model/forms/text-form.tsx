import { useSignal } from '@preact/signals';
import type { TaskName } from 'inpoint';
import type { JSX } from 'preact';
import { AnswerPanel } from '../../answer/answer-panel.tsx';
import { useAnswer } from '../../answer/use-answer.ts';
import { translated } from '../../site/language.ts';
import { AnswerView } from './answer-view.tsx';
import type { FormProps } from './form-of.ts';
import { labelCount } from './label-count.ts';

const words = translated({
  en: {
    title: 'Try it',
    fields: {
      text: 'Text',
      question: 'Question',
      context: 'Text with the answer in it',
      candidateLabels: 'Labels, one a line',
      query: 'Query',
      documents: 'Documents, one a line',
    },
    placeholder: 'Write or paste a sentence',
  },
  ko: {
    title: '써 보기',
    fields: {
      text: '글',
      question: '질문',
      context: '답이 들어 있는 글',
      candidateLabels: '레이블, 한 줄에 하나',
      query: '찾을 말',
      documents: '문서, 한 줄에 하나',
    },
    placeholder: '문장을 쓰거나 붙여 넣으세요',
  },
});

/** Texts to fill in, answered as they are written. Lists have an entry a line. */
export function TextForm({ model, artifact }: FormProps): JSX.Element {
  const { task, card } = model.endpoint.value!;
  const fields = fieldsOf[task] ?? fieldsOf['text-classification']!;
  const values = useSignal<Readonly<Record<string, string>>>(
    Object.fromEntries(fields.map(({ name, example }) => [name, example])),
  );
  const answering = useAnswer<unknown, unknown>(model, () => inputOf(fields, values.peek()));
  return (
    <form
      class="card try"
      onSubmit={(event) => {
        event.preventDefault();
        answering.ask();
      }}
    >
      <h2>{words.value.title}</h2>
      {fields.map(({ name, isLong }) => (
        <div class="cell" key={name}>
          <label for={`try-${name}`}>{words.value.fields[name]}</label>
          <textarea
            id={`try-${name}`}
            rows={isLong ? 4 : 2}
            placeholder={words.value.placeholder}
            value={values.value[name]}
            onInput={({ currentTarget: { value } }) => {
              values.value = { ...values.value, [name]: value };
              answering.ask();
            }}
          />
        </div>
      ))}
      <AnswerPanel
        answering={answering}
        show={(answer) => (
          <AnswerView
            answer={answer}
            labels={labelCount(task, card)}
            text={values.value['text']}
            name={artifact.name}
          />
        )}
      />
    </form>
  );
}

type FieldName = 'text' | 'question' | 'context' | 'candidateLabels' | 'query' | 'documents';

interface Field {
  readonly name: FieldName;
  readonly example: string;
  readonly isLong?: boolean;
  readonly isList?: boolean;
}

const ranking: readonly Field[] = [
  { name: 'query', example: 'How is the weather?' },
  { name: 'documents', example: 'It rains.\nThe train is late.', isLong: true, isList: true },
];

const fieldsOf: Partial<Record<TaskName, readonly Field[]>> = {
  'text-classification': [{ name: 'text', example: '', isLong: true }],
  'token-classification': [{ name: 'text', example: 'Ada Lovelace was born in London.', isLong: true }],
  'feature-extraction': [{ name: 'text', example: 'The quick brown fox jumps over the lazy dog.', isLong: true }],
  'fill-mask': [{ name: 'text', example: 'The capital of France is [MASK].', isLong: true }],
  'question-answering': [
    { name: 'question', example: 'Where was she born?' },
    { name: 'context', example: 'Ada Lovelace was born in London in 1815.', isLong: true },
  ],
  'zero-shot-classification': [
    { name: 'text', example: 'The match ended two to one.', isLong: true },
    { name: 'candidateLabels', example: 'sport\npolitics\nweather', isLong: true, isList: true },
  ],
  'text-similarity': ranking,
  reranking: ranking,
};

/** What the task takes; undefined while a field is empty. */
function inputOf(fields: readonly Field[], values: Readonly<Record<string, string>>): unknown {
  if (fields.some(({ name }) => !values[name]?.trim())) return undefined;
  if (fields.length === 1) return values[fields[0]!.name];
  return Object.fromEntries(
    fields.map(({ name, isList }) => [
      name,
      isList ? values[name]!.split('\n').flatMap((line) => line.trim() || []) : values[name],
    ]),
  );
}
