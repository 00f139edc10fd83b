import type { Endpoint } from 'inpoint';
import { element } from '../element.ts';
import { AnswerPanel } from './answer-panel.ts';
import type { TryForm } from './endpoint-view.ts';
import { labelCount } from './label-count.ts';

/** An image to classify: chosen, dropped here, or pasted anywhere on the page. */
export function imageForm(endpoint: Endpoint<'image-classification'>, onAnswer: () => void): TryForm {
  const answer = new AnswerPanel(labelCount(endpoint.card));
  const input = element('input', { type: 'file', id: 'image-file', class: 'visually-hidden', accept: 'image/*' });
  const preview = element('img', { class: 'preview-image', alt: '', hidden: true });
  const prompt = element(
    'span',
    { class: 'preview-prompt' },
    element('span', { class: 'drop-title' }, 'Choose an image'),
    element('span', { class: 'hint' }, 'or drop it here, or paste it'),
  );
  const zone = element('label', { class: 'drop preview' }, input, preview, prompt);
  const form = element('form', { class: 'card try' }, element('h3', {}, 'Classify an image'), zone, answer.element);
  const closed = new AbortController();
  let shown: string | undefined;

  const classify = async (image: File): Promise<void> => {
    if (shown) URL.revokeObjectURL(shown);
    shown = URL.createObjectURL(image);
    preview.src = shown;
    preview.alt = image.name;
    preview.hidden = false;
    prompt.hidden = true;
    await answer.ask(endpoint.invoke(image), (labels) => answer.showLabels(labels));
    onAnswer();
  };

  input.addEventListener('change', () => {
    const [image] = input.files ?? [];
    if (image) void classify(image);
    input.value = '';
  });
  zone.addEventListener('drop', (event) => {
    const image = imageIn(event.dataTransfer);
    if (!image) return;
    // What this form takes is no archive for the page to open.
    event.preventDefault();
    void classify(image);
  });
  const onPaste = (event: ClipboardEvent): void => {
    const image = imageIn(event.clipboardData);
    if (!image) return;
    event.preventDefault();
    void classify(image);
  };
  document.addEventListener('paste', onPaste, { signal: closed.signal });
  form.addEventListener('submit', (event) => event.preventDefault());

  return {
    element: form,
    dispose() {
      closed.abort();
      if (shown) URL.revokeObjectURL(shown);
    },
  };
}

function imageIn(transfer: DataTransfer | null): File | undefined {
  return [...(transfer?.files ?? [])].find(({ type }) => type.startsWith('image/'));
}
