import type { Endpoint } from 'inpoint';
import { element } from '../element.ts';
import { AnswerPanel } from './answer-panel.ts';
import type { TryForm } from './endpoint-view.ts';
import { labelCount } from './label-count.ts';

/** A text to classify. Control or Command with Enter submits it too. */
export function textForm(endpoint: Endpoint<'text-classification'>, onAnswer: () => void): TryForm {
  const answer = new AnswerPanel(labelCount(endpoint.card));
  const text = element('textarea', {
    id: 'text-input',
    rows: '4',
    required: true,
    placeholder: 'Write or paste a sentence',
  });
  const form = element(
    'form',
    { class: 'card try' },
    element('h3', {}, 'Classify a text'),
    element('label', { for: 'text-input', class: 'visually-hidden' }, 'Text'),
    text,
    element('button', { type: 'submit', class: 'primary' }, 'Classify'),
    answer.element,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    await answer.ask(endpoint.invoke(text.value), (labels) => answer.showLabels(labels));
    onAnswer();
  });
  text.addEventListener('keydown', ({ key, ctrlKey, metaKey }) => {
    if (key === 'Enter' && (ctrlKey || metaKey)) form.requestSubmit();
  });
  return { element: form, dispose() {} };
}
