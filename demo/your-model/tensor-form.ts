import type { Endpoint, NamedTensors, Tensor, TensorInfo } from 'inpoint';
import { element } from '../element.ts';
import { AnswerPanel } from './answer-panel.ts';
import type { TryForm } from './endpoint-view.ts';
import { parseFeeds } from './parse-feeds.ts';
import { zeroFeeds } from './zero-feeds.ts';

/** A model's own tensors, in and out, as JSON. */
export function tensorForm(endpoint: Endpoint<'tensor'>, onAnswer: () => void): TryForm {
  const answer = new AnswerPanel();
  const json = element('textarea', {
    id: 'tensor-json',
    class: 'mono',
    rows: '12',
    spellcheck: 'false',
    autocapitalize: 'none',
  });
  json.value = zeroFeeds(endpoint.inputs);
  const form = element(
    'form',
    { class: 'card try' },
    element('h3', {}, 'Run the model'),
    element(
      'ul',
      { class: 'tensors', 'aria-label': 'Inputs' },
      ...endpoint.inputs.map((input) => element('li', {}, ...signature(input))),
    ),
    element('label', { for: 'tensor-json' }, 'Tensors as JSON'),
    json,
    element('p', { class: 'hint' }, 'One number instead of a list fills the whole tensor.'),
    element('button', { type: 'submit', class: 'primary' }, 'Run'),
    answer.element,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const call = Promise.resolve(json.value)
      .then(parseFeeds)
      .then((feeds) => endpoint.invoke(feeds));
    await answer.ask(call, (outputs) => answer.showContent(...outputsOf(outputs)));
    onAnswer();
  });
  return { element: form, dispose() {} };
}

function signature({ name, type, shape }: TensorInfo): HTMLElement[] {
  return [
    element('span', { class: 'tensor-name' }, name),
    element('span', { class: 'tensor-shape' }, `${type ?? 'no tensor'} [${shape.join(', ')}]`),
  ];
}

function outputsOf(outputs: NamedTensors): HTMLElement[] {
  return Object.entries(outputs).map(([name, output]) =>
    element(
      'section',
      { class: 'tensor-output' },
      element('h4', { class: 'tensors' }, ...signature({ name, type: output.type, shape: output.dims })),
      element('p', { class: 'mono tensor-values' }, firstValues(output)),
    ),
  );
}

function firstValues({ data }: Tensor): string {
  const values = Array.from(data.slice(0, mostValues) as ArrayLike<number | bigint | string>, shown).join(', ');
  return data.length > mostValues ? `${values}, … ${(data.length - mostValues).toLocaleString('en')} more` : values;
}

const mostValues = 32;

function shown(value: number | bigint | string): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'bigint' || Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
}
