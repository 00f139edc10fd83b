import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { AnswerPanel } from '../../answer/answer-panel.tsx';
import { useAnswer } from '../../answer/use-answer.ts';
import { translated } from '../../site/language.ts';
import { AnswerView } from './answer-view.tsx';
import type { FormProps } from './form-of.ts';

const words = translated({
  en: { title: 'Try it', lead: 'What stays empty is missing from the row.', unknown: 'not known' },
  ko: { title: '써 보기', lead: '비워 둔 칸은 값이 없는 것으로 칩니다.', unknown: '모름' },
});

interface Column {
  readonly name: string;
  readonly type: string;
  readonly values?: readonly (string | number | boolean)[];
}

type Row = Readonly<Record<string, string | number | boolean>>;

/** A row of a table, by the columns of the archive's `inference.json`; answered as it is filled in. */
export function TableForm({ model, artifact }: FormProps): JSX.Element {
  const columns = useSignal<readonly Column[]>([]);
  const row = useSignal<Row>({});
  const answering = useAnswer<unknown, unknown>(model, () =>
    Object.keys(row.peek()).length > 0 ? row.peek() : undefined,
  );
  useEffect(() => {
    const read = async (): Promise<void> => {
      const described = artifact.files.find(({ path }) => path === 'inference.json');
      const json = await described?.blob.text();
      columns.value = json ? ((JSON.parse(json) as { columns?: readonly Column[] }).columns ?? []) : [];
    };
    void read();
  }, [artifact]);
  const set = (name: string, value: string | number | boolean | undefined): void => {
    const { [name]: _, ...others } = row.value;
    row.value = value === undefined ? others : { ...others, [name]: value };
    answering.ask();
  };
  return (
    <form class="card try" onSubmit={(event) => event.preventDefault()}>
      <h2>{words.value.title}</h2>
      <p class="hint">{words.value.lead}</p>
      <div class="cells">
        {columns.value.map((column, index) => (
          <div class="cell" key={column.name}>
            <label for={`column-${index}`}>{column.name}</label>
            <Cell id={`column-${index}`} {...column} onChange={(value) => set(column.name, value)} />
          </div>
        ))}
      </div>
      <AnswerPanel answering={answering} show={(answer) => <AnswerView answer={answer} labels={2} />} />
    </form>
  );
}

interface CellProps extends Column {
  readonly id: string;
  onChange(value: string | number | boolean | undefined): void;
}

function Cell({ id, type, values, onChange }: CellProps): JSX.Element {
  if (values) {
    return (
      <select id={id} onChange={({ currentTarget }) => onChange(values[Number(currentTarget.value)])}>
        <option value="">{words.value.unknown}</option>
        {values.map((value, index) => (
          <option key={value} value={index}>
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
        onInput={({ currentTarget: { value } }) => onChange(value || undefined)}
      />
    );
  }
  return (
    <input
      id={id}
      type="number"
      step="any"
      placeholder={unknown}
      onInput={({ currentTarget: { valueAsNumber } }) =>
        onChange(Number.isNaN(valueAsNumber) ? undefined : valueAsNumber)
      }
    />
  );
}
