import { signal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { ErrorNotice } from '../show/error-notice.tsx';
import { saveFile } from '../show/save-file.ts';
import { announce } from '../site/announce.ts';
import { translated } from '../site/language.ts';
import { measure, type Report } from './measure.ts';
import { Plots } from './plots.tsx';
import { ReportTable } from './report-table.tsx';

const words = translated({
  en: {
    title: 'How fast it is here',
    lead: 'Inpoint beside a worker that is written by hand around bare ONNX Runtime Web: the same model, the same input, one after the other, on this device. It takes half a minute, and nothing of it is sent anywhere.',
    run: 'Run the benchmark',
    again: 'Run it again',
    stop: 'Stop',
    running: (percent: number) => `Measuring, ${percent}% …`,
    done: 'The benchmark is done.',
    failed: 'The benchmark did not come to its end',
    download: 'Download as JSON',
    hint: 'For figures that can be compared, close other programs and let the page be in front.',
  },
  ko: {
    title: '이 기기에서 얼마나 빠른가',
    lead: '순수 ONNX Runtime Web을 직접 감싼 워커와 Inpoint를 나란히 비교합니다. 같은 모델과 같은 입력을 이 기기에서 번갈아 실행하며, 30초쯤 걸리고 어디로도 아무것도 보내지 않습니다.',
    run: '벤치마크 실행',
    again: '다시 실행',
    stop: '중지',
    running: (percent: number) => `측정하는 중, ${percent}% …`,
    done: '벤치마크가 끝났습니다.',
    failed: '벤치마크가 끝까지 실행되지 않았습니다',
    download: 'JSON으로 다운로드',
    hint: '비교할 수 있는 수치를 얻으려면 다른 프로그램을 닫고 이 페이지를 앞에 두세요.',
  },
});

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly share: number; readonly job: AbortController }
  | { readonly kind: 'failed'; readonly error: unknown };

const state: Signal<State> = signal<State>({ kind: 'idle' });
const report: Signal<Report | undefined> = signal(undefined);

async function run(): Promise<void> {
  const job = new AbortController();
  state.value = { kind: 'running', share: 0, job };
  try {
    report.value = await measure({
      signal: job.signal,
      onProgress: (share) => {
        if (!job.signal.aborted) state.value = { kind: 'running', share, job };
      },
    });
    state.value = { kind: 'idle' };
    announce(words.peek().done);
  } catch (error) {
    state.value = job.signal.aborted ? { kind: 'idle' } : { kind: 'failed', error };
  }
}

/** The benchmark as a visitor can run it, and what the whole one last found. */
export function BenchmarkRoom(): JSX.Element {
  const text = words.value;
  const now = state.value;
  const found = report.value;
  return (
    <>
      <div class="intro">
        <h1>{text.title}</h1>
        <p class="lead">{text.lead}</p>
      </div>
      <section class="card benchmark" aria-label={text.title}>
        <div class="benchmark-buttons">
          {/* One button: who has pressed it keeps the focus. */}
          <button
            type="button"
            class={now.kind === 'running' ? undefined : 'primary'}
            onClick={() => {
              if (now.kind === 'running') now.job.abort();
              else void run();
            }}
          >
            {now.kind === 'running' ? text.stop : found ? text.again : text.run}
          </button>
          {now.kind === 'running' && (
            <>
              <progress value={now.share} aria-label={text.running(Math.round(now.share * 100))} />
              <span class="quiet">{text.running(Math.round(now.share * 100))}</span>
            </>
          )}
          {found && now.kind !== 'running' && (
            <button type="button" onClick={() => download(found)}>
              {text.download}
            </button>
          )}
        </div>
        <p class="hint">{text.hint}</p>
        {now.kind === 'failed' && <ErrorNotice title={text.failed} error={now.error} />}
        {found && <ReportTable report={found} />}
      </section>
      <Plots />
    </>
  );
}

function download(found: Report): void {
  const json = `${JSON.stringify(found, undefined, 1)}\n`;
  saveFile(new Blob([json], { type: 'application/json' }), 'inpoint-benchmark.json');
}
