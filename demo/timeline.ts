import type { ColdStartPhase } from 'inpoint';
import { duration } from './duration.ts';
import { element } from './element.ts';

/** The phases of a cold start as bars on one axis of time. What has not happened yet has an empty row. */
export class Timeline {
  readonly #rows = new Map<Phase, { bar: HTMLElement; time: HTMLElement }>();
  readonly #end: HTMLElement = element('span', {}, '');
  readonly #note: HTMLElement = element('p', { class: 'hint timeline-note' });

  constructor(container: HTMLElement) {
    const list = element('ol');
    for (const [phase, name] of phaseNames) {
      const bar = element('span', { class: 'timeline-bar', hidden: true });
      const time = element('span', { class: 'timeline-time' }, '–');
      list.append(
        element(
          'li',
          {},
          element('span', {}, name),
          element('span', { class: 'timeline-track', 'aria-hidden': 'true' }, bar),
          time,
        ),
      );
      this.#rows.set(phase, { bar, time });
    }
    const axis = element('div', { class: 'timeline-axis', 'aria-hidden': 'true' }, element('span', {}, '0'), this.#end);
    container.replaceChildren(list, axis, this.#note);
  }

  show(phases: readonly ColdStartPhase[]): void {
    const { shown, leftOutMs } = withoutWait(phases);
    const totalMs = Math.max(1, ...shown.map(({ endMs }) => endMs));
    for (const { phase, startMs, endMs } of shown) {
      const { bar, time } = this.#rows.get(phase)!;
      bar.hidden = false;
      bar.style.left = `${(startMs / totalMs) * 100}%`;
      bar.style.width = `${((endMs - startMs) / totalMs) * 100}%`;
      time.textContent = duration(endMs - startMs);
    }
    this.#end.textContent = duration(totalMs);
    this.#note.textContent =
      leftOutMs > 0 ? `The ${(leftOutMs / 1000).toFixed(1)} s of waiting for the first call are left out.` : '';
  }
}

type Phase = ColdStartPhase['phase'];

const phaseNames: readonly (readonly [Phase, string])[] = [
  ['download', 'Download, unpack'],
  ['runtime', 'Start the runtime'],
  ['load', 'Load the model'],
  ['firstInvocation', 'First call'],
];

/** A person may take their time before the first call: that would leave no room for what the endpoint did. */
function withoutWait(phases: readonly ColdStartPhase[]): { shown: ColdStartPhase[]; leftOutMs: number } {
  const readyMs = Math.max(0, ...phases.filter(({ phase }) => phase !== 'firstInvocation').map(({ endMs }) => endMs));
  const waitMs = Math.max(0, ...phases.map(({ startMs }) => startMs - readyMs));
  const leftOutMs = waitMs > noticeableMs ? waitMs : 0;
  const shown = phases.map((phase) =>
    phase.phase === 'firstInvocation'
      ? { ...phase, startMs: phase.startMs - leftOutMs, endMs: phase.endMs - leftOutMs }
      : phase,
  );
  return { shown, leftOutMs };
}

const noticeableMs = 50;
