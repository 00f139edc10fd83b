import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { exampleRows, type Row } from '../../classify/table/penguin-rows.ts';
import { CodeExample } from '../../show/code-example.tsx';
import { ErrorNotice } from '../../show/error-notice.tsx';
import { count, percentage } from '../../show/format.ts';
import { LoadProgress, progressText } from '../../show/load-status.tsx';
import { announce } from '../../site/announce.ts';
import { translated } from '../../site/language.ts';
import {
  acknowledge,
  ask,
  askAgain,
  cancel,
  isThrough,
  openQueue,
  queueProblem,
  queueState,
  requests,
  type Request,
} from './requests.ts';

const words = translated({
  en: {
    title: 'A queue that outlives its tab',
    lead: 'Ask, close the tab, come back: each request is on this device before it counts, is answered by whichever tab is open, and its answer waits here until you acknowledge it.',
    ready: 'The queue is open',
    starting: 'Opening the queue',
    closed: 'The queue is closed',
    failed: 'The queue did not open',
    again: 'Try again',
    problem: 'The queue had a problem',
    ask: 'Ask',
    penguin: 'Penguin',
    gaps: 'An adult with gaps',
    invalid: 'One that the model refuses',
    ttl: 'Time to live',
    ttls: { 0: 'it waits for ever', 200: '0.2 seconds', 5000: '5 seconds' },
    add: 'Add a request',
    addMany: (many: string) => `Add ${many}`,
    adding: 'Being kept …',
    hint: 'To see it survive: add many, and reload the page or close the tab at once. Nothing is lost, and nothing is answered twice.',
    requests: 'Requests',
    counts: { open: 'open', answered: 'answered', dead: 'dead letters' },
    none: 'There is none. What is added here stays until it is acknowledged.',
    more: (many: string) => `and ${many} more`,
    letters: 'Dead letters',
    lettersHint: 'Requests that will not be answered, with the reason. They stay until they are removed.',
    noLetters: 'None.',
    statuses: {
      unknown: 'Being kept',
      Queued: 'Queued',
      InProgress: 'In progress',
      Waiting: 'Waiting for its model',
      Completed: 'Completed',
      Failed: 'Failed',
      Expired: 'Expired',
    },
    acknowledge: 'Acknowledge',
    acknowledgeAll: 'Acknowledge all answers',
    cancel: 'Cancel',
    askAgain: 'Ask again',
    remove: 'Remove',
    of: (what: string, about: string) => `${what}: ${about}`,
    answered: (about: string, label: string) => `${about}: ${label}`,
  },
  ko: {
    title: '탭보다 오래 사는 대기열',
    lead: '요청하고, 탭을 닫고, 다시 와 보세요. 요청은 이 기기에 저장된 뒤에야 접수되고, 열려 있는 탭이 처리하며, 답은 확인할 때까지 여기서 기다립니다.',
    ready: '대기열이 열려 있습니다',
    starting: '대기열을 여는 중',
    closed: '대기열이 닫혀 있습니다',
    failed: '대기열을 열지 못했습니다',
    again: '다시 시도',
    problem: '대기열에 문제가 생겼습니다',
    ask: '요청하기',
    penguin: '펭귄',
    gaps: '빈 값이 있는 어미 새',
    invalid: '모델이 거부할 것',
    ttl: '유효 시간',
    ttls: { 0: '계속 기다림', 200: '0.2초', 5000: '5초' },
    add: '요청 추가',
    addMany: (many: string) => `${many}개 추가`,
    adding: '저장하는 중 …',
    hint: '살아남는지 보려면 많이 추가한 뒤 바로 새로 고치거나 탭을 닫아 보세요. 잃는 것도, 두 번 답하는 것도 없습니다.',
    requests: '요청',
    counts: { open: '진행 중', answered: '응답함', dead: '실패' },
    none: '아직 없습니다. 추가한 요청은 확인할 때까지 남습니다.',
    more: (many: string) => `그 밖에 ${many}개`,
    letters: '처리하지 못한 요청',
    lettersHint: '답을 받지 못할 요청과 그 이유입니다. 지울 때까지 남습니다.',
    noLetters: '없습니다.',
    statuses: {
      unknown: '저장하는 중',
      Queued: '대기',
      InProgress: '처리 중',
      Waiting: '모델을 기다림',
      Completed: '완료',
      Failed: '실패',
      Expired: '만료',
    },
    acknowledge: '확인',
    acknowledgeAll: '모든 답 확인',
    cancel: '취소',
    askAgain: '다시 요청',
    remove: '지우기',
    of: (what: string, about: string) => `${about}: ${what}`,
    answered: (about: string, label: string) => `${about}: ${label}`,
  },
});

/** Requests that are shown at a time. */
const shownRows = 12;
const many = 200;
/** An island that the model has never heard of. */
const refused = { name: 'refused', row: { island: 'Atlantis', flipper_length_mm: 200 } };
const choices: readonly { readonly name: string; readonly row: Row }[] = [...exampleRows, refused];
const ttls = [0, 200, 5000] as const;

/** Asynchronous requests: made, followed, acknowledged, at this visit or a later one. */
export function QueueRoom(): JSX.Element {
  const text = words.value;
  useEffect(() => void openQueue(), []);
  const all = requests.value;
  const letters = all.filter(({ status }) => status === 'Failed' || status === 'Expired');
  return (
    <>
      <div class="intro">
        <h1>{text.title}</h1>
        <p class="lead">{text.lead}</p>
      </div>
      <QueueStatus />
      {queueProblem.value !== undefined && <ErrorNotice title={text.problem} error={queueProblem.value} />}
      <div class="console-controls">
        <AskForm />
        <section class="card" aria-labelledby="console-letters">
          <h2 id="console-letters" tabIndex={-1}>
            {text.letters}
          </h2>
          <p class="hint console-none">{text.lettersHint}</p>
          {letters.length === 0 && <p class="quiet console-none">{text.noLetters}</p>}
          <ul class="console-requests" aria-labelledby="console-letters">
            {letters.slice(0, shownRows).map((letter) => (
              <Letter key={letter.inferenceId} letter={letter} />
            ))}
          </ul>
          {letters.length > shownRows && <p class="hint">{text.more(count(letters.length - shownRows))}</p>}
        </section>
      </div>
      <Requests all={all} dead={letters.length} />
      <CodeExample code={code} />
    </>
  );
}

function QueueStatus(): JSX.Element {
  const text = words.value;
  const state = queueState.value;
  if (state.kind === 'failed') {
    return (
      <ErrorNotice title={text.failed} error={state.error}>
        <button type="button" onClick={() => void openQueue()}>
          {text.again}
        </button>
      </ErrorNotice>
    );
  }
  const isOpening = state.kind === 'opening';
  const said = isOpening && state.progress ? progressText(state.progress) : text.starting;
  return (
    <div class="load-line">
      <div class="load" data-state={state.kind}>
        <p class="quiet load-text">{isOpening ? said : text[state.kind]}</p>
        {isOpening && <LoadProgress progress={state.progress} />}
      </div>
    </div>
  );
}

function AskForm(): JSX.Element {
  const text = words.value;
  const chosen = useSignal(exampleRows[2]!.name);
  const ttl = useSignal(0);
  const adding = useSignal(0);
  const add = async (times: number): Promise<void> => {
    const at = choices.findIndex(({ name }) => name === chosen.peek());
    const options = ttl.peek() > 0 ? { ttlMs: ttl.peek() } : {};
    adding.value += times;
    // It may not be open yet.
    await openQueue();
    if (queueState.peek().kind !== 'ready') return void (adding.value -= times);
    // Many are of every kind, unless the model is to refuse them.
    const kinds =
      choices[at]!.name === refused.name ? [refused] : [...exampleRows.slice(at), ...exampleRows.slice(0, at)];
    const asked = Array.from({ length: times }, (_, place) => kinds[place % kinds.length]!);
    // What went wrong is shown by the room.
    await Promise.allSettled(asked.map(({ name, row }) => ask(name, row, options)));
    adding.value -= times;
  };
  return (
    <section class="card" aria-labelledby="console-ask">
      <h2 id="console-ask">{text.ask}</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void add(1);
        }}
      >
        <div class="console-fields">
          <div>
            <label for="console-penguin">{text.penguin}</label>
            <select
              id="console-penguin"
              value={chosen.value}
              onChange={({ currentTarget }) => (chosen.value = currentTarget.value)}
            >
              {choices.map(({ name }) => (
                <option key={name} value={name}>
                  {nameOf(name)}
                </option>
              ))}
            </select>
          </div>
          <div>
            <label for="console-ttl">{text.ttl}</label>
            <select
              id="console-ttl"
              value={ttl.value}
              onChange={({ currentTarget }) => (ttl.value = Number(currentTarget.value))}
            >
              {ttls.map((ms) => (
                <option key={ms} value={ms}>
                  {text.ttls[ms]}
                </option>
              ))}
            </select>
          </div>
        </div>
        <div class="console-buttons">
          <button type="submit" class="primary">
            {text.add}
          </button>
          <button type="button" onClick={() => void add(many)}>
            {text.addMany(count(many))}
          </button>
          <span class="hint" role="status">
            {adding.value > 0 && text.adding}
          </span>
        </div>
      </form>
      <p class="hint">{text.hint}</p>
    </section>
  );
}

function Requests({ all, dead }: { all: readonly Request[]; dead: number }): JSX.Element {
  const text = words.value;
  const answered = all.filter(({ status }) => status === 'Completed');
  const open = all.length - answered.length - dead;
  const tallies = { open, answered: answered.length, dead };
  // The latest answers first, below those that are still open.
  const shown = [...all.filter(({ status }) => !isThrough(status)), ...answered.toReversed()].slice(0, shownRows);
  const hidden = open + answered.length - shown.length;
  return (
    <section class="card console-list" aria-labelledby="console-requests">
      <div class="section-head">
        <h2 id="console-requests" tabIndex={-1}>
          {text.requests}
        </h2>
        <p class="hint" id="console-tally">
          {(['open', 'answered', 'dead'] as const).map((name) => (
            <span key={name}>
              <b data-tally={name}>{count(tallies[name])}</b> {text.counts[name]}
            </span>
          ))}
        </p>
      </div>
      {answered.length > 0 && (
        <button
          type="button"
          class="small"
          onClick={({ currentTarget }) => {
            headingOf(currentTarget).focus();
            void acknowledge(answered.map(({ inferenceId }) => inferenceId));
          }}
        >
          {text.acknowledgeAll}
        </button>
      )}
      {shown.length === 0 && <p class="quiet console-none">{text.none}</p>}
      <ul class="console-requests" aria-labelledby="console-requests">
        {shown.map((request) => (
          <Row key={request.inferenceId} request={request} />
        ))}
      </ul>
      {hidden > 0 && <p class="hint">{text.more(count(hidden))}</p>}
    </section>
  );
}

function Row({ request }: { request: Request }): JSX.Element {
  const text = words.value;
  const { inferenceId, status, answer, reason } = request;
  const about = aboutOf(request);
  const [first] = answer?.labels ?? [];
  return (
    <li data-status={status}>
      <About request={request} />
      <span class="console-status">{text.statuses[status]}</span>
      <span class="console-answer">
        {first && (
          <>
            <b>{first.label}</b> {percentage(first.score)}
          </>
        )}
        {!first && reason && <span class="hint">{reason}</span>}
      </span>
      <button
        type="button"
        class="small"
        aria-label={text.of(first ? text.acknowledge : text.cancel, about)}
        onClick={({ currentTarget }) => {
          if (first) announce(text.answered(about, first.label));
          leaveRow(currentTarget);
          void (first ? acknowledge([inferenceId]) : cancel(inferenceId));
        }}
      >
        {first ? text.acknowledge : text.cancel}
      </button>
    </li>
  );
}

function Letter({ letter }: { letter: Request }): JSX.Element {
  const text = words.value;
  const { inferenceId, status, reason } = letter;
  const about = aboutOf(letter);
  return (
    <li class="console-letter" data-status={status}>
      <About request={letter} />
      <span class="console-status">{text.statuses[status]}</span>
      <span class="hint console-answer" lang="en">
        {reason}
      </span>
      <span class="console-buttons">
        <button
          type="button"
          class="small"
          aria-label={text.of(text.askAgain, about)}
          onClick={({ currentTarget }) => {
            leaveRow(currentTarget);
            void askAgain(inferenceId);
          }}
        >
          {text.askAgain}
        </button>
        <button
          type="button"
          class="small"
          aria-label={text.of(text.remove, about)}
          onClick={({ currentTarget }) => {
            leaveRow(currentTarget);
            void acknowledge([inferenceId]);
          }}
        >
          {text.remove}
        </button>
      </span>
    </li>
  );
}

/** Takes the focus along to a row that stays, before this one goes. */
function leaveRow(button: HTMLButtonElement): void {
  const row = button.closest('li')!;
  const place = [...row.querySelectorAll('button')].indexOf(button);
  const other = row.nextElementSibling ?? row.previousElementSibling;
  (other?.querySelectorAll('button')[place] ?? headingOf(button)).focus();
}

function headingOf(button: HTMLButtonElement): HTMLElement {
  return button.closest('section')!.querySelector('h2')!;
}

function About({ request: { about, inferenceId } }: { request: Request }): JSX.Element {
  return (
    <span class="console-about">
      {nameOf(about)} <code>{shortId(inferenceId)}</code>
    </span>
  );
}

/** The same as one text, for those who hear a button alone. */
function aboutOf({ about, inferenceId }: Request): string {
  return `${nameOf(about)} ${shortId(inferenceId)}`;
}

function shortId(inferenceId: string): string {
  return inferenceId.slice(0, 6);
}

function nameOf(name: string): string {
  const { gaps, invalid } = words.value;
  return name === 'gaps' ? gaps : name === refused.name ? invalid : name;
}

const code = `import { deploy } from 'inpoint';

const endpoint = await deploy('./models/penguins/model.tar.gz', { mode: 'async', name: 'console' });
await endpoint.invokeAsync({ island: 'Biscoe', flipper_length_mm: 215 }, { inferenceId: 'penguin-7' });
// Now, or at a later visit:
const { labels } = await endpoint.wait('penguin-7');
await endpoint.acknowledge('penguin-7');`;
