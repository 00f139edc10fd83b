import { useSignal } from '@preact/signals';
import type { NamedTensors, Tensor, TensorInfo } from 'inpoint';
import type { JSX } from 'preact';
import { AnswerPanel } from '../../answer/answer-panel.tsx';
import { count } from '../../show/format.ts';
import { translated } from '../../site/language.ts';
import type { FormProps } from './form-of.ts';
import { parseFeeds } from './parse-feeds.ts';
import { askByKey, useTry } from './use-try.ts';
import { zeroFeeds } from './zero-feeds.ts';

const words = translated({
  en: {
    title: 'Run the model',
    inputs: 'Inputs',
    json: 'Tensors as JSON',
    hint: 'One number instead of a list fills the whole tensor.',
    run: 'Run',
    more: (values: string) => `… ${values} more`,
    none: 'no tensor',
  },
  ko: {
    title: '모델 실행하기',
    inputs: '입력',
    json: 'JSON으로 쓴 텐서',
    hint: '목록 대신 숫자 하나를 쓰면 텐서 전체를 그 값으로 채웁니다.',
    run: '실행',
    more: (values: string) => `… 그 밖에 ${values}개`,
    none: '텐서 아님',
  },
});

/** A model without a task that is known: its tensors by their names, as JSON. */
export function TensorForm({ model, description }: FormProps): JSX.Element {
  const inputs = model.endpoint.value!.inputs.filter(({ name }) => !description.fed.has(name));
  const json = useSignal(zeroFeeds(inputs));
  const asked = useSignal(false);
  const answering = useTry(model, () => (asked.peek() ? parseFeeds(json.peek()) : undefined));
  return (
    <form
      class="card try"
      onSubmit={(event) => {
        event.preventDefault();
        asked.value = true;
        answering.ask();
      }}
    >
      <h2>{words.value.title}</h2>
      <ul class="tensors" aria-label={words.value.inputs}>
        {inputs.map((input) => (
          <li key={input.name}>
            <Signature {...input} />
          </li>
        ))}
      </ul>
      <label for="tensor-json">{words.value.json}</label>
      <textarea
        id="tensor-json"
        class="mono"
        rows={10}
        spellcheck={false}
        value={json.value}
        onInput={({ currentTarget }) => (json.value = currentTarget.value)}
        onKeyDown={askByKey}
      />
      <p class="hint">{words.value.hint}</p>
      <button type="submit" class="primary">
        {words.value.run}
      </button>
      <AnswerPanel
        answering={answering}
        show={(answer) => answer !== undefined && <Outputs outputs={answer as NamedTensors} />}
      />
    </form>
  );
}

function Outputs({ outputs }: { outputs: NamedTensors }): JSX.Element {
  return (
    <>
      {Object.entries(outputs).map(([name, output]) => (
        <section key={name} class="tensor-output">
          <h3 class="tensors">
            <Signature name={name} type={output.type} shape={output.dims} />
          </h3>
          <p class="mono tensor-values">{firstValues(output)}</p>
        </section>
      ))}
    </>
  );
}

function Signature({ name, type, shape }: TensorInfo): JSX.Element {
  return (
    <>
      <span class="tensor-name">{name}</span>{' '}
      <span class="tensor-shape">
        {type ?? words.value.none} [{shape.join(', ')}]
      </span>
    </>
  );
}

function firstValues({ data }: Tensor): string {
  const values = Array.from(data.slice(0, mostValues) as ArrayLike<number | bigint | string>, shown).join(', ');
  return data.length > mostValues ? `${values}, ${words.value.more(count(data.length - mostValues))}` : values;
}

const mostValues = 32;

function shown(value: number | bigint | string): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'bigint' || Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
}
