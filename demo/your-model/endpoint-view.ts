import type { Endpoint, Tasks } from 'inpoint';
import { element } from '../element.ts';
import { reportLine } from '../report-line.ts';
import { Timeline } from '../timeline.ts';
import { imageForm } from './image-form.ts';
import { recordForm } from './record-form.ts';
import { tensorForm } from './tensor-form.ts';
import { textForm } from './text-form.ts';

/** An endpoint with a form to try it and its cold start; closing it closes both. */
export interface EndpointView {
  readonly element: HTMLElement;
  close(): Promise<void>;
}

/** A form that asks an endpoint. */
export interface TryForm {
  readonly element: HTMLElement;
  /** Lets go of what the form holds of the page. */
  dispose(): void;
}

/** @param openedMs milliseconds that opening the archive took, before it was deployed */
export function endpointView(endpoint: Endpoint, openedMs: number): EndpointView {
  const shown = element('div', { class: 'timeline' });
  const timeline = new Timeline(shown);
  const showColdStart = (): void => timeline.show(sinceOpening(endpoint.metrics().coldStart, openedMs));
  showColdStart();
  const form = formFor(endpoint, showColdStart);
  const coldStart = element(
    'section',
    { class: 'card' },
    element('h3', {}, 'Cold start'),
    shown,
    element('p', { class: 'hint report' }, reportLine(endpoint.report)),
  );
  return {
    element: element('div', { class: 'stack' }, form.element, coldStart),
    async close() {
      form.dispose();
      await endpoint.close();
    },
  };
}

function formFor(endpoint: Endpoint, onAnswer: () => void): TryForm {
  if (serves(endpoint, 'text-classification')) return textForm(endpoint, onAnswer);
  if (serves(endpoint, 'image-classification')) return imageForm(endpoint, onAnswer);
  if (serves(endpoint, 'tensor')) return tensorForm(endpoint, onAnswer);
  return recordForm(endpoint, onAnswer);
}

function serves<Task extends keyof Tasks>(
  endpoint: { readonly task: keyof Tasks },
  task: Task,
): endpoint is Endpoint<Task> {
  return endpoint.task === task;
}

type ColdStart = ReturnType<Endpoint['metrics']>['coldStart'];

/** The archive was opened first and deployed then: its opening is the download, and the rest comes after it. */
function sinceOpening(coldStart: ColdStart, openedMs: number): ColdStart {
  return coldStart.map(({ phase, startMs, endMs }) =>
    phase === 'download'
      ? { phase, startMs: 0, endMs: openedMs + endMs }
      : { phase, startMs: openedMs + startMs, endMs: openedMs + endMs },
  );
}
