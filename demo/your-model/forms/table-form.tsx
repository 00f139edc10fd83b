import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { AnswerPanel } from '../../answer/answer-panel.tsx';
import { translated } from '../../site/language.ts';
import { isValue, recordOf, type Column, type Value } from '../description.ts';
import { AnswerView } from './answer-view.tsx';
import type { FormProps } from './form-of.ts';
import { labelCount } from './label-count.ts';
import { SampleChips } from './sample-chips.tsx';
import { useTry } from './use-try.ts';

const words = translated({
  en: { title: 'Try it', lead: 'What stays empty is missing from the row.', unknown: 'not known' },
  ko: { title: '써 보기', lead: '비워 둔 칸은 값이 없는 것으로 칩니다.', unknown: '모름' },
});

type Row = Readonly<Record<string, unknown>>;

/** A row of a table, by the columns of the archive's `inference.json`; answered as it is filled in. */
export function TableForm({ model, description: { columns, samples } }: FormProps): JSX.Element {
  const { task, card } = model.endpoint.value!;
  const row = useSignal<Row>({});
  // The fields of a row that is filled in at once are made anew, with its values in them.
  const filled = useSignal(0);
  const answering = useTry(model, () => (Object.keys(row.peek()).length > 0 ? row.peek() : undefined));
  const set = (name: string, value: Value | undefined): void => {
    const { [name]: _, ...others } = row.value;
    row.value = value === undefined ? others : { ...others, [name]: value };
    answering.ask();
  };
  const fill = (input: unknown): void => {
    row.value = Object.fromEntries(Object.entries(recordOf(input)).filter(([, value]) => value !== null));
    filled.value++;
    answering.ask();
  };
  return (
    <form class="card try" onSubmit={(event) => event.preventDefault()}>
      <h2>{words.value.title}</h2>
      <p class="hint">{words.value.lead}</p>
      <div class="cells" key={filled.value}>
        {columns.map((column, index) => (
          <div class="cell" key={column.name}>
            <label class="breakable" for={`column-${index}`}>
              {column.name}
            </label>
            <Cell
              id={`column-${index}`}
              {...column}
              first={row.peek()[column.name]}
              onChange={(value) => set(column.name, value)}
            />
          </div>
        ))}
      </div>
      <SampleChips samples={samples.filter(({ input }) => Object.keys(recordOf(input)).length > 0)} onChoose={fill} />
      <AnswerPanel
        answering={answering}
        show={(answer) => <AnswerView answer={answer} labels={labelCount(task, card)} />}
      />
    </form>
  );
}

interface CellProps extends Column {
  readonly id: string;
  /** The value that it is made with. */
  readonly first: unknown;
  onChange(value: Value | undefined): void;
}

function Cell({ id, type, values, first, onChange }: CellProps): JSX.Element {
  if (values.length > 0) {
    return (
      <select id={id} onChange={({ currentTarget }) => onChange(values[Number(currentTarget.value)])}>
        <option value="">{words.value.unknown}</option>
        {values.map((value, index) => (
          <option key={String(value)} value={index} selected={value === first}>
            {String(value)}
          </option>
        ))}
      </select>
    );
  }
  const unknown = words.value.unknown;
  if (type !== 'number') {
    return (
      <input
        id={id}
        type="text"
        placeholder={unknown}
        defaultValue={textOf(first)}
        onInput={({ currentTarget: { value } }) => onChange(value || undefined)}
      />
    );
  }
  return (
    <input
      id={id}
      type="number"
      step="any"
      inputMode="decimal"
      placeholder={unknown}
      defaultValue={textOf(first)}
      onInput={({ currentTarget: { valueAsNumber } }) =>
        onChange(Number.isNaN(valueAsNumber) ? undefined : valueAsNumber)
      }
    />
  );
}

function textOf(value: unknown): string {
  return isValue(value) ? String(value) : '';
}
