import { deploy, type Endpoint } from 'inpoint';
import { announce } from '../announce.ts';
import { percentage } from '../answer/percentage.ts';
import { ScoreBars } from '../answer/score-bars.ts';
import { duration } from '../duration.ts';
import { element } from '../element.ts';
import { errorNotice } from '../error-notice.ts';
import { find } from '../find.ts';
import { latestOnly } from '../latest-only.ts';
import { LoadProgress } from '../load-progress.ts';
import { reportLine } from '../report-line.ts';
import { Timeline } from '../timeline.ts';
import { keyboardPen } from './keyboard-pen.ts';
import { Pad } from './pad.ts';
import { pointerPen } from './pointer-pen.ts';

/** Deploys the digits and answers every stroke. One can draw from the start; the answer comes with the model. */
export async function startDrawing(): Promise<void> {
  const canvas = find('#digit-canvas', HTMLCanvasElement);
  const undo = find('#undo', HTMLButtonElement);
  const clear = find('#clear', HTMLButtonElement);
  const hint = find('.pad-hint', HTMLElement);
  const bars = new ScoreBars(find('#digit-bars', HTMLOListElement), digits);
  const timeline = new Timeline(find('#digits-timeline', HTMLElement));
  const progress = new LoadProgress(find('#digits-progress', HTMLProgressElement), find('#status', HTMLElement));
  const problem = find('#digits-error', HTMLElement);
  const verdict = find('.verdict', HTMLElement);
  let endpoint: Endpoint<'image-classification'> | undefined;

  const answer = latestOnly(async () => {
    if (!endpoint || pad.isEmpty) return;
    verdict.ariaBusy = 'true';
    try {
      const start = performance.now();
      const { labels } = await endpoint.invoke(canvas, { topK: digits.length });
      const latencyMs = performance.now() - start;
      if (pad.isEmpty) return;
      bars.show(labels);
      showVerdict(labels[0]?.label ?? '', labels[0]?.score, latencyMs);
      announce(`${labels[0]?.label}, ${percentage(labels[0]?.score ?? 0)}.`, 'drawing');
    } catch (error) {
      problem.replaceChildren(errorNotice('The drawing has no answer', error));
    } finally {
      verdict.ariaBusy = 'false';
    }
  });

  const pad: Pad = new Pad(canvas, () => {
    // A button that has the focus must not lose it, as it would by being disabled.
    undo.ariaDisabled = String(!pad.canUndo);
    clear.ariaDisabled = String(pad.isEmpty);
    hint.hidden = !pad.isEmpty;
    if (pad.isEmpty) {
      bars.clear();
      showVerdict('');
      announce('Cleared.', 'drawing');
    } else answer();
  });
  undo.addEventListener('click', () => pad.undo());
  clear.addEventListener('click', () => pad.clear());
  pointerPen(canvas, pad);
  keyboardPen(canvas, find('.pad-pen', HTMLElement), pad);

  const load = async (): Promise<void> => {
    problem.replaceChildren();
    try {
      endpoint = await deploy(address, { task: 'image-classification', onProgress: (step) => progress.show(step) });
      find('#digits-report', HTMLElement).textContent = reportLine(endpoint.report);
      // The first call is the slow one: it is made on the sheet as it is, before anyone waits for it.
      await endpoint.invoke(canvas);
      timeline.show(endpoint.metrics().coldStart);
      progress.end(`Ready in ${duration(endpoint.metrics().modelSetupTime)}`);
      announce('The digits model is ready.');
      answer();
    } catch (error) {
      progress.end('Not ready');
      const retry = element('button', { type: 'button' }, 'Try again');
      retry.addEventListener('click', load);
      const notice = errorNotice('The digits model did not load', error);
      notice.append(retry);
      problem.replaceChildren(notice);
    }
  };
  await load();
}

const address = './models/digits/model.tar.gz';
const digits = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

function showVerdict(digit: string, score?: number, latencyMs?: number): void {
  find('#prediction', HTMLElement).textContent = digit;
  find('#prediction-score', HTMLElement).textContent = score === undefined ? '' : percentage(score);
  find('#prediction-latency', HTMLElement).textContent = latencyMs === undefined ? '' : duration(latencyMs);
}
