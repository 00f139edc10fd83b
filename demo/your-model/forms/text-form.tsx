import { useSignal } from '@preact/signals';
import type { TaskName } from 'inpoint';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { AnswerPanel } from '../../answer/answer-panel.tsx';
import { translated } from '../../site/language.ts';
import { AnswerView } from './answer-view.tsx';
import type { FormProps } from './form-of.ts';
import { recordOf, type Sample } from '../description.ts';
import { labelCount } from './label-count.ts';
import { askByKey, useTry } from './use-try.ts';

const words = translated({
  en: {
    title: 'Try it',
    fields: {
      text: 'Text',
      textPair: 'Text to compare it with',
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
      textPair: '견줄 글',
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
export function TextForm({ model, description }: FormProps): JSX.Element {
  const { task, card } = model.endpoint.value!;
  const { fields, first } = useMemo(() => startOf(task, description.samples), []);
  const values = useSignal<Values>(first);
  const answering = useTry(model, () => inputOf(fields, values.peek()));
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
            onKeyDown={askByKey}
          />
        </div>
      ))}
      <AnswerPanel
        answering={answering}
        show={(answer) => <AnswerView answer={answer} labels={labelCount(task, card)} text={values.value['text']} />}
      />
    </form>
  );
}

type Values = Readonly<Record<string, string>>;

type FieldName = 'text' | 'textPair' | 'question' | 'context' | 'candidateLabels' | 'query' | 'documents';

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

const pairFields: readonly Field[] = [
  { name: 'text', example: '', isLong: true },
  { name: 'textPair', example: '', isLong: true },
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

/** The fields of a task, filled as a golden sample fills them: it has the words that the model knows. */
function startOf(task: TaskName, samples: readonly Sample[]): { fields: readonly Field[]; first: Values } {
  const pair = task === 'text-classification' && samples.some(({ input }) => recordOf(input)['textPair']);
  const fields = pair ? pairFields : (fieldsOf[task] ?? fieldsOf['text-classification']!);
  const examples = Object.fromEntries(fields.map(({ name, example }) => [name, example]));
  const filled = samples.map(({ input }) => valuesOf(fields, input));
  return { fields, first: filled.find((values) => values && lengthOf(values) >= shortest) ?? examples };
}

/** Shorter samples are there to test the ends of what a model takes. */
const shortest = 12;

function lengthOf(values: Values): number {
  return Object.values(values).join('').length;
}

function valuesOf(fields: readonly Field[], input: unknown): Values | undefined {
  const given = typeof input === 'string' ? { [fields[0]!.name]: input } : recordOf(input);
  const texts = fields.map(({ name, isList }): readonly [string, unknown] => {
    const value = given[name];
    return [name, isList && Array.isArray(value) ? value.join('\n') : value];
  });
  return texts.every(([, text]) => typeof text === 'string') ? (Object.fromEntries(texts) as Values) : undefined;
}

/** What the task takes; undefined while a field is empty. */
function inputOf(fields: readonly Field[], values: Values): unknown {
  if (fields.some(({ name }) => !values[name]?.trim())) return undefined;
  if (fields.length === 1) return values[fields[0]!.name];
  return Object.fromEntries(
    fields.map(({ name, isList }) => [
      name,
      isList ? values[name]!.split('\n').flatMap((line) => line.trim() || []) : values[name],
    ]),
  );
}
