import { useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Served } from '../endpoints/served.ts';
import { count, duration } from '../show/format.ts';
import { language, translated } from '../site/language.ts';
import { room } from '../site/route.ts';
import { theme } from '../site/theme.ts';
import type { LatencyBars } from './latency-bars.ts';
import { percentile } from './percentile.ts';

const words = translated({
  en: {
    summary: (calls: string, median: string, slowest: string, failed: number) =>
      `The last ${calls} calls as bars: half of them took ${median} or less, the slowest ${slowest}. ${failed === 0 ? 'None failed.' : `${failed} failed.`}`,
    none: 'No call yet.',
    figures: 'The figures',
    call: 'Call',
    latency: 'Latency',
    outcome: 'Outcome',
    answered: 'answered',
    failed: 'failed',
    name: (number: string) => `Call ${number}`,
  },
  ko: {
    summary: (calls: string, median: string, slowest: string, failed: number) =>
      `최근 호출 ${calls}번의 막대그래프: 절반은 ${median} 이하, 가장 느린 것은 ${slowest} 걸렸습니다. ${failed === 0 ? '실패한 호출은 없습니다.' : `${failed}번 실패했습니다.`}`,
    none: '아직 호출이 없습니다.',
    figures: '수치 보기',
    call: '호출',
    latency: '지연 시간',
    outcome: '결과',
    answered: '응답함',
    failed: '실패',
    name: (number: string) => `${number}번째 호출`,
  },
});

/** The latency of the last calls of a model: as bars, as a sentence and as a table. */
export function LatencyChart({ model }: { model: Served }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const bars = useSignal<LatencyBars | undefined>(undefined);

  useEffect(() => {
    let gone = false;
    const start = async (): Promise<void> => {
      const drawing = await import('./latency-bars.ts');
      if (!gone) bars.value = new drawing.LatencyBars(canvas.current!);
    };
    // Where what draws does not come, the table has the figures.
    start().catch(() => undefined);
    return () => {
      gone = true;
      bars.peek()?.[Symbol.dispose]();
    };
  }, []);

  const draw = (): void => {
    if (!canvas.current?.checkVisibility()) return;
    const { calls, firstNumber } = lastCalls(model);
    const { name, failed } = words.value;
    bars.value?.draw({ calls, firstNumber, format: duration, name: (number) => name(count(number)), failed });
  };
  useSignalEffect(() => {
    // A room that is hidden is drawn when it is seen again, and all is drawn anew in other colours.
    void [room.value, theme.value, language.value, model.calls.value, bars.value];
    queueMicrotask(draw);
  });
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    return () => dark.removeEventListener('change', draw);
  }, []);

  const { calls, firstNumber } = lastCalls(model);
  const times = calls.map(({ ms }) => ms);
  const failed = calls.filter((call) => call.failed).length;
  const text = words.value;
  const summary =
    calls.length === 0
      ? text.none
      : text.summary(count(calls.length), duration(percentile(times, 50)), duration(Math.max(...times)), failed);
  return (
    <div class="latency-chart">
      <div class="latency-canvas">
        <canvas ref={canvas} role="img" aria-label={summary} />
      </div>
      <details class="figures">
        <summary>{text.figures}</summary>
        <div class="figures-scroll" tabIndex={0} role="region" aria-label={`${text.figures}: ${model.name}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">{text.call}</th>
                <th scope="col">{text.latency}</th>
                <th scope="col">{text.outcome}</th>
              </tr>
            </thead>
            <tbody>
              {calls.map((call, index) => (
                <tr key={call.at}>
                  <td>{count(firstNumber + index)}</td>
                  <td>{duration(call.ms)}</td>
                  <td>{call.failed ? text.failed : text.answered}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </div>
  );
}

const shownCalls = 60;

/** Those that have a bar. They are counted from the first that the endpoint had. */
function lastCalls(model: Served): { calls: Served['calls']['value']; firstNumber: number } {
  const calls = model.calls.value.slice(-shownCalls);
  const made = Math.max(calls.length, model.endpoint.value?.metrics().invocations ?? 0);
  return { calls, firstNumber: made - calls.length + 1 };
}
