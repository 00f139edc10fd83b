import type { ColdStartPhase, StorageReport } from 'inpoint';
import type { JSX } from 'preact';
import { translated } from '../site/language.ts';
import { duration } from './format.ts';

const words = translated({
  en: {
    phases: {
      download: 'Download, unpack',
      runtime: 'Start the runtime',
      load: 'Load the model',
      firstInvocation: 'First call',
    },
    fromDevice: 'Read and verify',
    waiting: (seconds: string) => `The ${seconds} s of waiting for the first call are left out.`,
  },
  ko: {
    phases: { download: '내려받아 풀기', runtime: '런타임 시작', load: '모델 올리기', firstInvocation: '첫 호출' },
    fromDevice: '읽고 검사하기',
    waiting: (seconds: string) => `첫 호출을 기다린 ${seconds}초는 뺐습니다.`,
  },
});

export interface ColdStartProps {
  readonly phases: readonly ColdStartPhase[];
  /** Where the files came from: what is on this device is not downloaded. */
  readonly source: StorageReport['source'] | undefined;
}

/** The phases of a cold start as bars on one axis of time. What has not happened yet has an empty row. */
export function ColdStart({ phases, source }: ColdStartProps): JSX.Element {
  const { shown, leftOutMs } = withoutWait(phases);
  const totalMs = Math.max(1, ...shown.map(({ endMs }) => endMs));
  return (
    <div class="timeline">
      <ol>
        {order.map((name) => {
          const phase = shown.find((one) => one.phase === name);
          return (
            <li key={name}>
              <span>
                {name === 'download' && source === 'store' ? words.value.fromDevice : words.value.phases[name]}
              </span>
              <span class="timeline-track" aria-hidden="true">
                {phase && <span class="timeline-bar" style={place(phase, totalMs)} />}
              </span>
              <span class="timeline-time">{phase ? duration(phase.endMs - phase.startMs) : '–'}</span>
            </li>
          );
        })}
      </ol>
      <div class="timeline-axis" aria-hidden="true">
        <span>0</span>
        <span>{shown.length > 0 && duration(totalMs)}</span>
      </div>
      <p class="hint timeline-note">{leftOutMs > 0 && words.value.waiting((leftOutMs / 1000).toFixed(1))}</p>
    </div>
  );
}

const order = ['download', 'runtime', 'load', 'firstInvocation'] as const;

function place({ startMs, endMs }: ColdStartPhase, totalMs: number): { left: string; width: string } {
  return { left: `${(startMs / totalMs) * 100}%`, width: `${((endMs - startMs) / totalMs) * 100}%` };
}

/** A person may take their time before the first call: that would leave no room for what the endpoint did. */
function withoutWait(phases: readonly ColdStartPhase[]): { shown: readonly ColdStartPhase[]; leftOutMs: number } {
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
