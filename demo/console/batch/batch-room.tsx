import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { columns } from '../../classify/table/penguin-rows.ts';
import { CodeExample } from '../../show/code-example.tsx';
import { ErrorNotice } from '../../show/error-notice.tsx';
import { byteSize, count, duration } from '../../show/format.ts';
import { saveFile } from '../../show/save-file.ts';
import { translated } from '../../site/language.ts';
import { room } from '../../site/route.ts';
import { ConfirmButton } from '../../store/confirm-button.tsx';
import {
  batchOptions,
  batchState,
  changeOptions,
  chooseFile,
  chosen,
  discard,
  isKept,
  pause,
  progress,
  recallBatch,
  resume,
  start,
  type BatchOptions,
  type BatchState,
} from './batch.ts';
import { sampleCsv } from './sample-csv.ts';

const words = translated({
  en: {
    title: 'A file of records, answered',
    lead: 'Drop a CSV of penguins: each row is answered on this device, in batches, in constant memory. Close the tab in the middle, come back, and go on.',
    input: 'Input',
    choose: 'Choose a CSV',
    drop: 'or drop it anywhere on this page',
    sample: 'A sample, made in this page',
    rows: (rows: string) => `${rows} rows`,
    use: 'Use the sample',
    download: 'Download the sample',
    making: 'Making it …',
    copying: 'Keeping a copy for later visits …',
    columns: 'Columns',
    found: 'in the file',
    missing: 'not in the file: treated as not measured',
    others: (names: string) => `Not given to the model: ${names}`,
    none: 'None of the columns of this file is known to the model. Its first line has to name them, with commas between.',
    options: 'Output',
    format: 'Format',
    formats: { jsonl: 'JSON Lines', csv: 'CSV' },
    onError: 'Rows that have no answer',
    onErrors: { record: 'the error in the answer’s place', skip: 'left out', fail: 'end the job' },
    joined: 'Each answer beside its row',
    job: 'Job',
    idle: 'Choose a file first.',
    begin: 'Start',
    goOn: 'Go on',
    begun:
      'This job was begun at an earlier visit. It goes on from its last checkpoint; one that was complete is there at once.',
    starting: 'Loading the model …',
    pause: 'Pause',
    resume: 'Resume',
    discard: 'Discard',
    discardJob: 'Discard the job',
    discardQuestion: 'Remove the file, the job and its output from this device?',
    discardYes: 'Remove',
    states: { running: 'Running', paused: 'Paused', done: 'Completed' },
    facts: {
      records: 'Records',
      failed: 'Without an answer',
      rate: 'Records a second',
      left: 'Time left',
      read: 'Read',
    },
    of: (bytes: string, total: string) => `${bytes} of ${total}`,
    seconds: (seconds: string) => `${seconds} s`,
    output: (size: string) => `Download the output (${size})`,
    head: 'The first lines of the output',
    failed: 'The job failed',
    again: 'Try again',
    kept: 'The file, the output and its checkpoints are kept on this device until you discard them.',
    notKept: 'This browser keeps no files for pages: the job ends with its tab.',
  },
  ko: {
    title: '파일 속 모든 행에 답하기',
    lead: '펭귄 CSV를 놓아 보세요. 모든 행을 이 기기에서, 묶음으로, 일정한 메모리로 처리합니다. 도중에 탭을 닫았다가 돌아와서 이어 할 수 있습니다.',
    input: '입력',
    choose: 'CSV 고르기',
    drop: '이 페이지 아무 데나 끌어다 놓아도 됩니다',
    sample: '이 페이지에서 만드는 견본',
    rows: (rows: string) => `${rows}행`,
    use: '견본 쓰기',
    download: '견본 내려받기',
    making: '만드는 중 …',
    copying: '다음 방문을 위해 사본을 저장하는 중 …',
    columns: '열',
    found: '파일에 있음',
    missing: '파일에 없음: 재지 못한 값으로 봄',
    others: (names: string) => `모델에 주지 않는 열: ${names}`,
    none: '이 파일에는 모델이 아는 열이 하나도 없습니다. 첫 줄에 열 이름을 쉼표로 나누어 적어야 합니다.',
    options: '출력',
    format: '형식',
    formats: { jsonl: 'JSON Lines', csv: 'CSV' },
    onError: '답하지 못한 행',
    onErrors: { record: '답 자리에 오류 적기', skip: '빼기', fail: '작업 끝내기' },
    joined: '답을 그 행 옆에 적기',
    job: '작업',
    idle: '먼저 파일을 고르세요.',
    begin: '시작',
    goOn: '이어 하기',
    begun: '지난 방문에 시작한 작업입니다. 마지막 체크포인트부터 이어지고, 끝난 작업은 결과가 바로 나옵니다.',
    starting: '모델을 불러오는 중 …',
    pause: '일시 정지',
    resume: '다시 시작',
    discard: '버리기',
    discardJob: '작업 버리기',
    discardQuestion: '파일과 작업, 결과를 이 기기에서 지울까요?',
    discardYes: '지우기',
    states: { running: '실행 중', paused: '일시 정지됨', done: '완료' },
    facts: {
      records: '레코드',
      failed: '답하지 못함',
      rate: '초당 레코드',
      left: '남은 시간',
      read: '읽은 양',
    },
    of: (bytes: string, total: string) => `${total} 중 ${bytes}`,
    seconds: (seconds: string) => `${seconds}초`,
    output: (size: string) => `결과 내려받기(${size})`,
    head: '결과의 첫 줄들',
    failed: '작업이 실패했습니다',
    again: '다시 시도',
    kept: '파일과 결과, 체크포인트는 버릴 때까지 이 기기에 남습니다.',
    notKept: '이 브라우저는 페이지의 파일을 저장하지 않습니다. 작업은 탭과 함께 끝납니다.',
  },
});

/** A batch transform job of one file, from choosing it to its output. */
export function BatchRoom(): JSX.Element {
  const text = words.value;
  useEffect(() => void recallBatch(), []);
  return (
    <>
      <div class="intro">
        <h1>{text.title}</h1>
        <p class="lead">{text.lead}</p>
      </div>
      <div class="console-controls">
        <Input />
        <Job />
      </div>
      <CodeExample code={code} />
    </>
  );
}

const sampleRows = [1000, 50_000, 500_000] as const;

function Input(): JSX.Element {
  const text = words.value;
  const over = useSignal(false);
  const rows = useSignal<number>(sampleRows[1]);
  const making = useSignal(false);
  const isOpen = room.value.path === 'console/batch';

  // Before the page takes it for an archive.
  useEffect(() => {
    if (!isOpen) return undefined;
    const ended = new AbortController();
    const options = { signal: ended.signal, capture: true };
    const mark = (event: DragEvent): void => {
      over.value = event.dataTransfer?.types.includes('Files') ?? false;
    };
    const unmark = ({ relatedTarget }: DragEvent): void => {
      if (relatedTarget === null) over.value = false;
    };
    const take = (event: DragEvent): void => {
      over.value = false;
      const [given] = event.dataTransfer?.files ?? [];
      if (!given) return;
      event.preventDefault();
      void chooseFile(given);
    };
    document.addEventListener('dragover', mark, options);
    document.addEventListener('dragleave', unmark, options);
    document.addEventListener('drop', take, options);
    return () => ended.abort();
  }, [isOpen]);

  const make = async (then: (file: File) => void): Promise<void> => {
    if (making.peek()) return;
    making.value = true;
    try {
      then(await sampleCsv(rows.peek()));
    } finally {
      making.value = false;
    }
  };
  return (
    <section class="card stack" aria-labelledby="console-input">
      <h2 id="console-input">{text.input}</h2>
      <label class="drop console-drop" data-over={over.value ? '' : undefined}>
        <input
          type="file"
          id="console-file"
          class="visually-hidden"
          accept=".csv,text/csv"
          onChange={({ currentTarget }) => {
            const [given] = currentTarget.files ?? [];
            if (given) void chooseFile(given);
            currentTarget.value = '';
          }}
        />
        <span class="drop-title">{text.choose}</span>
        <span class="hint">{text.drop}</span>
      </label>
      <div>
        <p class="hint" id="console-sample">
          {text.sample}
        </p>
        <div class="console-buttons console-sample">
          <select
            aria-labelledby="console-sample"
            value={rows.value}
            onChange={({ currentTarget }) => (rows.value = Number(currentTarget.value))}
          >
            {sampleRows.map((one) => (
              <option key={one} value={one}>
                {text.rows(count(one))}
              </option>
            ))}
          </select>
          <button type="button" onClick={() => void make((sample) => void chooseFile(sample))}>
            {text.use}
          </button>
          <button type="button" onClick={() => void make((sample) => saveFile(sample, sample.name))}>
            {text.download}
          </button>
          <span class="hint" role="status">
            {making.value && text.making}
          </span>
        </div>
      </div>
      <Columns />
    </section>
  );
}

/** Which columns the model takes, and which of them the file has. */
function Columns(): JSX.Element | null {
  const text = words.value;
  const there = chosen.value?.columns;
  const others = there?.filter((name) => columns.every((column) => column.name !== name)) ?? [];
  return (
    <div>
      <h3>{text.columns}</h3>
      <ul class="console-columns">
        {columns.map(({ name }) => {
          const isFound = there?.includes(name);
          return (
            <li key={name} data-found={isFound}>
              <code>{name}</code>
              {there && <span class="visually-hidden">, {isFound ? text.found : text.missing}</span>}
            </li>
          );
        })}
      </ul>
      {others.length > 0 && <p class="hint breakable">{text.others(others.join(', '))}</p>}
      {there && !hasKnown(there) && <p class="problem">{text.none}</p>}
    </div>
  );
}

function hasKnown(there: readonly string[]): boolean {
  return columns.some(({ name }) => there.includes(name));
}

function Job(): JSX.Element {
  const text = words.value;
  const state = batchState.value;
  const file = chosen.value;
  const isBegun = state.kind === 'chosen' && state.isBegun;
  const isBusy = state.kind === 'running' || state.kind === 'starting' || state.kind === 'done';
  const heading = useRef<HTMLHeadingElement>(null);
  const next = nextStep(state, hasKnown(file?.columns ?? []));
  const { outputFormat, onError, isJoined } = batchOptions.value;
  const isFixed = isBegun || isBusy;
  return (
    <section class="card stack" aria-labelledby="console-job" data-job={state.kind}>
      <div>
        <h2 id="console-job" ref={heading} tabIndex={-1}>
          {text.job}
        </h2>
        <p class="console-file" role="status">
          {state.kind === 'copying' ? text.copying : file ? `${file.name}, ${byteSize(file.size)}` : text.idle}
        </p>
      </div>
      <fieldset class="console-fields" disabled={isFixed}>
        <div>
          <label for="console-format">{text.format}</label>
          <select
            id="console-format"
            value={outputFormat}
            onChange={({ currentTarget }) =>
              changeOptions({ outputFormat: currentTarget.value as BatchOptions['outputFormat'] })
            }
          >
            {(['jsonl', 'csv'] as const).map((format) => (
              <option key={format} value={format}>
                {text.formats[format]}
              </option>
            ))}
          </select>
        </div>
        <div>
          <label for="console-on-error">{text.onError}</label>
          <select
            id="console-on-error"
            value={onError}
            onChange={({ currentTarget }) => changeOptions({ onError: currentTarget.value as BatchOptions['onError'] })}
          >
            {(['record', 'skip', 'fail'] as const).map((what) => (
              <option key={what} value={what}>
                {text.onErrors[what]}
              </option>
            ))}
          </select>
        </div>
        <label class="console-check">
          <input
            type="checkbox"
            checked={isJoined}
            onChange={({ currentTarget }) => changeOptions({ isJoined: currentTarget.checked })}
          />
          {text.joined}
        </label>
      </fieldset>
      {isBegun && <p>{text.begun}</p>}
      <Progress />
      <div class="console-buttons">
        <button type="button" class="primary" aria-disabled={!next.act} onClick={() => next.act?.()}>
          {next.label}
        </button>
        {state.kind === 'starting' && <p class="quiet">{text.starting}</p>}
        {file && state.kind !== 'starting' && (
          <ConfirmButton
            label={text.discard}
            name={text.discardJob}
            question={text.discardQuestion}
            yes={text.discardYes}
            onConfirm={() => {
              heading.current?.focus();
              void discard();
            }}
          />
        )}
      </div>
      {state.kind === 'done' && (
        <div>
          <h3 id="console-head">{text.head}</h3>
          <pre class="code" tabIndex={0} role="region" aria-labelledby="console-head">
            {state.head}
          </pre>
        </div>
      )}
      {state.kind === 'failed' && <ErrorNotice title={text.failed} error={state.error} />}
      <p class="hint">{isKept.value ? text.kept : text.notKept}</p>
    </section>
  );
}

/** What the first button does next. It is one button all the time: who has pressed it keeps the focus. */
function nextStep(state: BatchState, canStart: boolean): { readonly label: string; readonly act?: () => void } {
  const text = words.value;
  const begin = canStart ? { act: (): void => void start() } : {};
  switch (state.kind) {
    case 'running':
      return state.isPaused ? { label: text.resume, act: resume } : { label: text.pause, act: pause };
    case 'done':
      return {
        label: text.output(byteSize(state.output.size)),
        act: () => saveFile(state.output, state.outputName),
      };
    case 'failed':
      return { label: text.again, ...begin };
    case 'chosen':
      return { label: state.isBegun ? text.goOn : text.begin, ...begin };
    default:
      return { label: text.begin };
  }
}

function Progress(): JSX.Element | null {
  const text = words.value;
  const state = batchState.value;
  const at = progress.value;
  if (!at || (state.kind !== 'running' && state.kind !== 'done' && state.kind !== 'failed')) return null;
  const { records, failed, bytes, totalBytes, recordsPerSecond, remainingMs } = at;
  const isPaused = state.kind === 'running' && state.isPaused;
  const said = state.kind === 'running' ? text.states[isPaused ? 'paused' : 'running'] : text.states.done;
  const share = totalBytes ? bytes / totalBytes : undefined;
  const facts = {
    records: count(records),
    failed: count(failed),
    rate: isPaused || recordsPerSecond === 0 ? '–' : count(recordsPerSecond),
    left: isPaused || state.kind === 'done' || remainingMs === undefined ? '–' : timeOf(remainingMs),
    read: totalBytes === undefined ? byteSize(bytes) : text.of(byteSize(bytes), byteSize(totalBytes)),
  };
  return (
    <div class="console-progress">
      {state.kind !== 'failed' && <p role="status">{said}</p>}
      <progress max={1} value={share} aria-label={text.job} />
      <dl class="short-facts">
        {(['records', 'failed', 'rate', 'left', 'read'] as const).map((name) => (
          <div key={name} data-fact={name}>
            <dt>{text.facts[name]}</dt>
            <dd>{facts[name]}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function timeOf(ms: number): string {
  return ms < 1000 ? duration(ms) : words.value.seconds(count(Math.ceil(ms / 1000)));
}

const code = `import { transform } from 'inpoint';

const job = await transform('./models/penguins/model.tar.gz', file, { name: 'May', joinSource: 'input' });
job.pause();
job.resume();
const { file: output } = await job.result;`;
