import { useComputed, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { penguins } from '../../endpoints/demo-models.ts';
import { CodeExample } from '../../show/code-example.tsx';
import { percentage } from '../../show/format.ts';
import { LoadProblem, LoadStatus } from '../../show/load-status.tsx';
import { announce } from '../../site/announce.ts';
import { translated } from '../../site/language.ts';
import { AnswerPanel } from '../../answer/answer-panel.tsx';
import { ScoreBars } from '../../answer/score-bars.tsx';
import { useAnswer } from '../../answer/use-answer.ts';
import { columns, exampleRows, type Column, type Row } from './penguin-rows.ts';

const words = translated({
  en: {
    title: 'Classify a row of a table',
    lead: 'Which penguin is it? Leave empty what was not measured: the archive says what to do about it.',
    examples: 'Fill in an example',
    gaps: 'An adult with gaps',
    unknown: 'not known',
    columns: {
      island: 'Island',
      bill_length_mm: 'Bill length',
      bill_depth_mm: 'Bill depth',
      flipper_length_mm: 'Flipper length',
      body_mass_g: 'Body mass',
      sex: 'Sex',
    },
    values: { female: 'female', male: 'male' },
    range: (from: number, to: number, unit: string) => `${from} to ${to} ${unit}`,
    about:
      'It learned from 344 penguins of the Palmer archipelago, and nothing of others: whatever is filled in, it says one of three species.',
    quality: (share: string) => `Cross-validated, it has ${share} right.`,
  },
  ko: {
    title: '표의 한 줄 분류하기',
    lead: '어느 펭귄일까요? 재지 못한 값은 비워 두세요. 어떻게 채울지는 아카이브에 적혀 있습니다.',
    examples: '예시로 채우기',
    gaps: '빈 값이 있는 어미 새',
    unknown: '모름',
    columns: {
      island: '섬',
      bill_length_mm: '부리 길이',
      bill_depth_mm: '부리 두께',
      flipper_length_mm: '날개 길이',
      body_mass_g: '몸무게',
      sex: '성별',
    },
    values: { female: '암컷', male: '수컷' },
    range: (from: number, to: number, unit: string) => `${from}~${to} ${unit}`,
    about: '파머 제도의 펭귄 344마리로 배웠고 다른 펭귄은 모릅니다. 무엇을 채우든 세 종 가운데 하나로 답합니다.',
    quality: (share: string) => `교차 검증에서 ${share}를 맞혔습니다.`,
  },
});

/** A row that is answered as it is filled in; cells may stay empty. */
export function TableRoom(): JSX.Element {
  const row = useSignal<Row>({});
  const answering = useAnswer(penguins, () => (Object.keys(row.peek()).length > 0 ? row.peek() : undefined), {
    topK: 3,
    onAnswer: ({ labels: [first] }) => announce(`${first?.label}, ${percentage(first?.score ?? 0)}`),
  });
  useEffect(() => void penguins.open(), []);
  const accuracy = useComputed(() => {
    const { crossValidated } = (penguins.endpoint.value?.card.metrics ?? {}) as {
      crossValidated?: { accuracy: number };
    };
    return crossValidated?.accuracy;
  });
  const fill = (filled: Row): void => {
    row.value = filled;
    answering.ask();
  };
  const set = (name: string, value: string | number | undefined): void => {
    const { [name]: _, ...others } = row.value;
    fill(value === undefined ? others : { ...others, [name]: value });
  };
  const text = words.value;
  return (
    <>
      <h1>{text.title}</h1>
      <p class="lead">{text.lead}</p>
      <div class="load-line">
        <LoadStatus model={penguins} />
      </div>
      <LoadProblem model={penguins} />
      <div class="ask-and-answer">
        <form class="ask" onSubmit={(event) => event.preventDefault()}>
          <div class="cells">
            {columns.map((column) => (
              <Cell key={column.name} column={column} row={row.value} onChange={(value) => set(column.name, value)} />
            ))}
          </div>
          <p class="hint" id="penguin-examples">
            {text.examples}
          </p>
          <ul class="chips" aria-labelledby="penguin-examples">
            {exampleRows.map(({ name, row: example }) => (
              <li key={name}>
                <button type="button" class="small" onClick={() => fill(example)}>
                  {name === 'gaps' ? text.gaps : name}
                </button>
              </li>
            ))}
          </ul>
        </form>
        <AnswerPanel
          answering={answering}
          show={(answer) => <ScoreBars label={words.value.title} scores={answer?.labels ?? []} rows={3} />}
        >
          <p class="hint about">{text.about}</p>
          <p class="hint quality">{accuracy.value !== undefined && text.quality(percentage(accuracy.value))}</p>
        </AnswerPanel>
      </div>
      <CodeExample code={code} />
    </>
  );
}

interface CellProps {
  readonly column: Column;
  readonly row: Row;
  onChange(value: string | number | undefined): void;
}

function Cell({ column, row, onChange }: CellProps): JSX.Element {
  const { columns: names, values, unknown, range } = words.value;
  const id = `penguin-${column.name}`;
  const value = row[column.name];
  return (
    <div class="cell">
      <label for={id}>{names[column.name]}</label>
      {column.kind === 'category' ? (
        <select
          id={id}
          value={value ?? ''}
          onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}
        >
          <option value="">{unknown}</option>
          {column.values.map((one) => (
            <option key={one} value={one}>
              {(values as Readonly<Record<string, string>>)[one] ?? one}
            </option>
          ))}
        </select>
      ) : (
        <>
          <input
            id={id}
            type="number"
            step="any"
            inputMode="decimal"
            value={value ?? ''}
            placeholder={unknown}
            aria-describedby={`${id}-range`}
            onInput={({ currentTarget: { value: given, valueAsNumber } }) =>
              onChange(given === '' || Number.isNaN(valueAsNumber) ? undefined : valueAsNumber)
            }
          />
          <span class="hint" id={`${id}-range`}>
            {range(column.from, column.to, column.unit)}
          </span>
        </>
      )}
    </div>
  );
}

const code = `import { deploy } from 'inpoint';

const row = { island: 'Biscoe', bill_length_mm: 47.5, flipper_length_mm: 217, body_mass_g: 5200 };
const endpoint = await deploy('./models/penguins/model.tar.gz', { task: 'tabular-classification' });
const { labels } = await endpoint.invoke(row);
console.log(labels[0]); // { label: 'Gentoo', score: 1 }`;
