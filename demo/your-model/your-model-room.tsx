import { useComputed } from '@preact/signals';
import type { Artifact, ColdStartPhase, Endpoint } from 'inpoint';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { CodeExample } from '../show/code-example.tsx';
import { ColdStart } from '../show/cold-start.tsx';
import { ErrorNotice } from '../show/error-notice.tsx';
import { byteSize, count } from '../show/format.ts';
import { LoadProblem, LoadProgress, LoadStatus, progressText } from '../show/load-status.tsx';
import { announce } from '../site/announce.ts';
import { translated } from '../site/language.ts';
import { archive, cancelArchive, closeArchive, type ArchiveState } from './archive.ts';
import { CardView } from './card/card-view.tsx';
import { FileTree } from './card/file-tree.tsx';
import { Warnings } from './card/warnings.tsx';
import { formOf } from './forms/form-of.ts';
import { PickSource } from './pick-source.tsx';

const words = translated({
  en: {
    title: 'Try your own model',
    lead: (file: JSX.Element) => (
      <>
        Any {file} with an ONNX model in it: its files, its card, and a form that fits its task. It is opened on this
        device and sent nowhere.
      </>
    ),
    opening: (name: string) => `Opening ${name}`,
    cancel: 'Cancel',
    cancelled: (name: string) => `Cancelled ${name}`,
    ready: (name: string, task: string) => `${name} is ready, task ${task}`,
    files: (name: string, files: string, size: string) => `${name}: ${files} files, ${size}`,
    close: 'Close it',
    notOpened: 'This archive cannot be opened',
    kinds: {
      empty: 'This file is empty',
      image: 'This is a picture, not an archive',
      sound: 'This is a sound, not an archive',
      video: 'This is a video, not an archive',
      pdf: 'This is a PDF document, not an archive',
      page: 'This is a web page, not an archive',
      zip: 'This is a zip file, or a document that is one, not a tar.gz',
      program: 'This is a program, not an archive',
      text: 'This is a text, not an archive',
    },
    photoRoom: 'Classify a photo instead',
    textRoom: 'Classify a text instead',
    sample: 'To see what an archive looks like, open one of this site’s models above.',
    notServed: 'This archive cannot be served',
    help: 'What makes an archive that works: an ONNX model, and beside it what its training saved (config.json, tokenizer.json, preprocessor_config.json), packed with tar czf or npx inpoint pack.',
    chat: 'Chat with it',
    coldStart: 'Cold start',
    runsOn: (device: string, threads: number) => `${device}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
  },
  ko: {
    title: '내 모델 써 보기',
    lead: (file: JSX.Element) => (
      <>
        ONNX 모델이 든 {file}이라면 무엇이든 됩니다. 파일 목록과 모델 카드, 작업에 맞는 입력란을 보여 줍니다. 이
        기기에서 열리고 어디로도 보내지 않습니다.
      </>
    ),
    opening: (name: string) => `${name} 여는 중`,
    cancel: '취소',
    cancelled: (name: string) => `${name} 열기를 취소했습니다`,
    ready: (name: string, task: string) => `${name} 준비됨, 작업 ${task}`,
    files: (name: string, files: string, size: string) => `${name}: 파일 ${files}개, ${size}`,
    close: '닫기',
    notOpened: '이 아카이브를 열 수 없습니다',
    kinds: {
      empty: '빈 파일입니다',
      image: '아카이브가 아니라 그림입니다',
      sound: '아카이브가 아니라 소리 파일입니다',
      video: '아카이브가 아니라 동영상입니다',
      pdf: '아카이브가 아니라 PDF 문서입니다',
      page: '아카이브가 아니라 웹 페이지입니다',
      zip: 'tar.gz가 아니라 zip 파일(또는 zip으로 된 문서)입니다',
      program: '아카이브가 아니라 프로그램입니다',
      text: '아카이브가 아니라 텍스트입니다',
    },
    photoRoom: '사진 분류하러 가기',
    textRoom: '글 분류하러 가기',
    sample: '아카이브가 어떤 것인지 보려면 위에서 이 사이트의 모델을 하나 열어 보세요.',
    notServed: '이 아카이브의 모델을 쓸 수 없습니다',
    help: '아카이브에는 ONNX 모델과, 학습이 함께 저장한 파일(config.json, tokenizer.json, preprocessor_config.json)이 있으면 됩니다. tar czf나 npx inpoint pack으로 묶으세요.',
    chat: '이 모델과 대화하기',
    coldStart: '콜드 스타트',
    runsOn: (device: string, threads: number) => `${device}, 스레드 ${threads}개`,
  },
});

/** Any archive that a visitor has: what is in it, and its model to try. */
export function YourModelRoom(): JSX.Element {
  const state = archive.value;
  const problem = useRef<HTMLDivElement>(null);
  const text = words.value;
  useEffect(() => {
    if (state.kind === 'serving') announce(statusOf(state));
    // Wherever it was given from: what became of it is read next.
    if (state.kind === 'refused') problem.current?.focus();
  }, [state]);
  return (
    <>
      <h1>{text.title}</h1>
      <p class="lead">{text.lead(<span class="file">model.tar.gz</span>)}</p>
      <PickSource />
      <div class="load load-archive">
        <p id="archive-status" class="quiet">
          {statusOf(state)}
        </p>
        {state.kind === 'opening' && <LoadProgress progress={state.progress} />}
        {state.kind === 'opening' && (
          <button type="button" id="archive-cancel" class="small" onClick={cancelArchive}>
            {text.cancel}
          </button>
        )}
        {state.kind === 'serving' && (
          <button type="button" id="archive-close" class="small" onClick={() => void closeArchive()}>
            {text.close}
          </button>
        )}
      </div>
      <div id="archive-error" ref={problem} tabIndex={-1}>
        {state.kind === 'refused' && <Refused {...state} />}
      </div>
      <Opened state={state} />
    </>
  );
}

function Refused({ artifact, error, fileKind }: Extract<ArchiveState, { kind: 'refused' }>): JSX.Element {
  const text = words.value;
  const title = artifact ? text.notServed : fileKind ? text.kinds[fileKind] : text.notOpened;
  return (
    <ErrorNotice title={title} error={error}>
      {fileKind === 'image' && (
        <p>
          <a href="#/classify/photo">{text.photoRoom}</a>
        </p>
      )}
      {fileKind === 'text' && (
        <p>
          <a href="#/classify/text">{text.textRoom}</a>
        </p>
      )}
      <p class="hint notice-help">{text.help}</p>
      {fileKind && <p class="hint">{text.sample}</p>}
    </ErrorNotice>
  );
}

function statusOf(state: ArchiveState): string {
  const text = words.value;
  if (state.kind === 'opening')
    return state.progress ? `${text.opening(state.name)}. ${progressText(state.progress)}` : text.opening(state.name);
  if (state.kind === 'cancelled') return text.cancelled(state.name);
  const task = state.kind === 'serving' ? state.model.endpoint.value?.task : undefined;
  if (state.kind === 'serving' && task) return text.ready(state.artifact.name, task);
  if (!('artifact' in state) || !state.artifact) return '';
  const { name, files, downloadedBytes } = state.artifact;
  return text.files(name, count(files.length), byteSize(downloadedBytes));
}

function Opened({ state }: { state: ArchiveState }): JSX.Element | null {
  if (!('artifact' in state) || !state.artifact) return null;
  const { artifact } = state;
  // In the room that shows all endpoints, it may have been closed.
  const endpoint = state.kind === 'serving' ? state.model.endpoint.value : undefined;
  return (
    <div class="opened">
      <div class="stack opened-contents">
        <FileTree artifact={artifact} />
        {endpoint && <Warnings artifact={artifact} endpoint={endpoint} />}
      </div>
      {state.kind === 'serving' && endpoint && <Serving {...state} endpoint={endpoint} />}
      {state.kind === 'serving' && !endpoint && (
        <div class="stack opened-endpoint">
          <LoadStatus model={state.model} />
          <LoadProblem model={state.model} />
        </div>
      )}
      {state.kind === 'serving' && endpoint && (
        <div class="stack opened-card">
          <CardView card={endpoint.card} golden={state.description.golden} />
        </div>
      )}
    </div>
  );
}

interface ServingProps extends Extract<ArchiveState, { kind: 'serving' }> {
  readonly endpoint: Endpoint;
}

function Serving({ model, endpoint, artifact, description, openedMs, address }: ServingProps): JSX.Element {
  const { component: Form, code } = formOf(endpoint, description);
  const report = endpoint.report;
  // Its first call ends the cold start.
  const phases = useComputed(() => {
    void model.calls.value;
    return sinceOpening(endpoint.metrics().coldStart, openedMs);
  });
  return (
    <div class="stack opened-endpoint">
      <Form key={artifact.name} model={model} description={description} />
      {endpoint.task === 'text-generation' && (
        <button type="button" id="archive-chat" onClick={() => void chatWith(address ?? artifact)}>
          {words.value.chat}
        </button>
      )}
      <section class="card">
        <h2>{words.value.coldStart}</h2>
        <ColdStart phases={phases.value} source={endpoint.storage?.source} />
        <p class="hint report">
          {words.value.runsOn(report.device.toUpperCase(), report.threads)}: <span lang="en">{report.reason}</span>
        </p>
      </section>
      <CodeExample code={code(address)} />
    </div>
  );
}

async function chatWith(source: string | Artifact): Promise<void> {
  const { takeModel } = await import('../chat/open-conversation.ts');
  location.hash = '#/chat';
  await takeModel(source);
}

/** The archive was opened first and deployed then: its opening is the download, and the rest comes after it. */
function sinceOpening(phases: readonly ColdStartPhase[], openedMs: number): ColdStartPhase[] {
  return phases.map(({ phase, startMs, endMs }) =>
    phase === 'download'
      ? { phase, startMs: 0, endMs: openedMs + endMs }
      : { phase, startMs: openedMs + startMs, endMs: openedMs + endMs },
  );
}
