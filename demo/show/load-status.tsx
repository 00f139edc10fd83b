import type { DeployProgress } from 'inpoint';
import type { JSX } from 'preact';
import type { Served } from '../endpoints/served.ts';
import { translated } from '../site/language.ts';
import { ErrorNotice } from './error-notice.tsx';
import { byteSize, duration } from './format.ts';

const words = translated({
  en: {
    starting: 'Starting',
    downloading: (loaded: string, total?: string) => `Downloading: ${loaded}${total ? ` of ${total}` : ''}`,
    loading: (size: string) => `Loading ${size} into ONNX Runtime`,
    ready: (time: string) => `Ready in ${time}`,
    failed: 'Not ready',
    closed: 'Closed',
    label: 'Loading the model',
    problem: 'The model did not load',
    again: 'Try again',
    open: 'Open it again',
  },
  ko: {
    starting: '시작하는 중',
    downloading: (loaded: string, total?: string) => `내려받는 중: ${total ? `${total} 중 ` : ''}${loaded}`,
    loading: (size: string) => `ONNX Runtime에 ${size} 올리는 중`,
    ready: (time: string) => `${time} 만에 준비됨`,
    failed: '준비되지 않음',
    closed: '닫힘',
    label: '모델 불러오는 중',
    problem: '모델을 불러오지 못했습니다',
    again: '다시 시도',
    open: '다시 열기',
  },
});

/** How far a model has come, in one line that keeps its place. */
export function LoadStatus({ model }: { model: Served<never> | Served }): JSX.Element {
  const state = model.state.value;
  return (
    <div class="load" data-state={state.kind}>
      <p class="quiet load-text">{statusText(model)}</p>
      {state.kind === 'opening' && <LoadProgress progress={state.progress} />}
      {state.kind === 'closed' && (
        <button type="button" class="small" onClick={() => void model.open()}>
          {words.value.open}
        </button>
      )}
    </div>
  );
}

/** Why a model did not load, and a way to try it again; nothing where it did. */
export function LoadProblem({ model }: { model: Served<never> | Served }): JSX.Element | null {
  const state = model.state.value;
  if (state.kind !== 'failed') return null;
  return (
    <ErrorNotice title={words.value.problem} error={state.error}>
      <button type="button" onClick={() => void model.open()}>
        {words.value.again}
      </button>
    </ErrorNotice>
  );
}

function statusText(model: Served<never> | Served): string {
  const state = model.state.value;
  if (state.kind === 'opening') return state.progress ? progressText(state.progress) : words.value.starting;
  if (state.kind === 'ready') return words.value.ready(duration(model.endpoint.value!.metrics().modelSetupTime));
  return words.value[state.kind];
}

export function progressText(progress: DeployProgress): string {
  const { phase, loadedBytes, totalBytes } = progress;
  if (phase === 'load') return words.value.loading(byteSize(totalBytes));
  return words.value.downloading(byteSize(loadedBytes), totalBytes ? byteSize(totalBytes) : undefined);
}

/** How much has come, where that is known; else that something is coming. */
export function LoadProgress({ progress }: { progress: DeployProgress | undefined }): JSX.Element {
  const known = progress?.phase === 'download' && progress.totalBytes;
  return known ? (
    <progress max={1} value={progress.loadedBytes / known} aria-label={words.value.label} />
  ) : (
    <progress max={1} aria-label={words.value.label} />
  );
}
