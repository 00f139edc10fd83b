import type { Endpoint, TaskName } from 'inpoint';
import { element } from '../element.ts';
import { AnswerPanel } from './answer-panel.ts';
import type { TryForm } from './endpoint-view.ts';
import { exampleInput } from './example-input.ts';

/** Any task: a file for those that take one, else the input as text or JSON; the answer as JSON. */
export function recordForm(endpoint: Endpoint, onAnswer: () => void): TryForm {
  const answer = new AnswerPanel();
  const file = element('input', { type: 'file', id: 'record-file' });
  const text = element('textarea', { id: 'record-text', class: 'mono', rows: '6', spellcheck: 'false' });
  text.value = exampleInput(endpoint.task);
  const forFile = [element('label', { for: 'record-file' }, 'File'), file];
  const forText = [element('label', { for: 'record-text' }, 'Input: a text, or JSON'), text];
  // What a pipeline takes is known to its stages.
  const input = endpoint.task === 'pipeline' ? [...forFile, ...forText] : takesFiles(endpoint.task) ? forFile : forText;
  const form = element(
    'form',
    { class: 'card try' },
    element('h3', {}, `Try it: ${endpoint.task}`),
    ...input,
    element('button', { type: 'submit', class: 'primary' }, 'Ask'),
    answer.element,
  );
  // Of answers that overtake each other, the one to the last question stays.
  let asked = 0;
  const ask = async (): Promise<void> => {
    const [chosen] = file.files ?? [];
    if (takesFiles(endpoint.task) && !chosen) return;
    // What is given is what a visitor typed: the endpoint says what is wrong with it.
    const call = Promise.resolve().then(() => endpoint.invoke((chosen ?? parsed(text.value)) as string));
    const mine = ++asked;
    await answer.ask(call, (said) => {
      if (mine === asked) answer.showContent(element('pre', { class: 'mono', tabindex: '0' }, shown(said)));
    });
    onAnswer();
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void ask();
  });
  file.addEventListener('change', () => void ask());
  // Of a pipeline, what was given last counts.
  text.addEventListener('input', () => (file.value = ''));
  return { element: form, dispose() {} };
}

function takesFiles(task: TaskName): boolean {
  return /image|object|audio|speech/.test(task);
}

/** JSON where it begins as an object or a list, else the text itself. */
function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new SyntaxError(`This is not JSON: ${(cause as Error).message}.`, { cause });
  }
}

/** JSON with long lists of numbers cut. */
function shown(answer: unknown): string {
  const cut = (_: string, value: unknown): unknown => {
    if (!ArrayBuffer.isView(value) || !('length' in value)) return typeof value === 'bigint' ? Number(value) : value;
    const { length } = value as Uint8Array;
    const first = Array.from((value as Uint8Array).subarray(0, mostValues), Number);
    return length > mostValues ? `${first.join(', ')}, … ${length.toLocaleString('en')} values` : first;
  };
  return JSON.stringify(answer, cut, 2);
}

const mostValues = 16;
