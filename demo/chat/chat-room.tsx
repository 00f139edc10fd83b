import { useComputed, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { ErrorNotice } from '../show/error-notice.tsx';
import { LoadProblem, LoadStatus } from '../show/load-status.tsx';
import { announce } from '../site/announce.ts';
import { translated } from '../site/language.ts';
import { AnswerText } from './answer-text.tsx';
import { Composer } from './composer.tsx';
import { ConversationNav } from './conversation-nav.tsx';
import type { Answering, Conversation } from './conversation.ts';
import { Drawer } from './drawer.tsx';
import { MessageView } from './message-view.tsx';
import { ModelDrawer } from './model-drawer.tsx';
import { continueFrom, conversation, isSiteModel, resume, takeModel } from './open-conversation.ts';
import { SettingsDrawer } from './settings-drawer.tsx';
import { scrollToEnd, useFollowEnd } from './use-follow-end.ts';

const words = translated({
  en: {
    title: 'Chat',
    conversations: 'Conversations',
    chats: 'Chats',
    model: 'Model',
    settings: 'Settings',
    greeting: 'Ask a model that runs in this page',
    lead: 'What you write stays on this device: no server reads it, and once the model is here it answers offline too.',
    suggestions: 'To begin with',
    ownLead: 'The model of this site is small: it knows Inpoint, and little else.',
    suggested: ['Tell me a story', 'Write a short poem about the sea', 'Explain rain to a child', 'Name three colours'],
    ownSuggested: [
      'What is Inpoint?',
      'What is in a model.tar.gz?',
      'Which inference mode should I use?',
      'Does it work offline?',
    ],
    transcript: 'What was said',
    phases: { opening: 'Opening the model', reading: 'Reading', writing: 'Writing' },
    answered: (text: string) => `Answer: ${text}`,
    stopped: 'Stopped',
    latest: 'To the latest',
    problem: 'No answer came',
    again: 'Try again',
    notKept: 'This browser keeps nothing for this page: the conversation is gone once you leave it.',
  },
  ko: {
    title: '대화',
    conversations: '대화 목록',
    chats: '목록',
    model: '모델',
    settings: '설정',
    greeting: '이 페이지 안에서 도는 모델에게 물어보세요',
    lead: '쓴 글은 이 기기에만 남습니다. 어떤 서버도 읽지 않으며, 모델을 한 번 받고 나면 오프라인에서도 답합니다.',
    suggestions: '이렇게 시작해 보세요',
    ownLead: '이 사이트의 모델은 작아서 Inpoint 말고는 아는 것이 거의 없습니다.',
    suggested: [
      '이야기 하나 들려줘',
      '바다에 대한 짧은 시를 써 줘',
      '비가 왜 오는지 아이에게 설명해 줘',
      '색 세 가지를 말해 줘',
    ],
    ownSuggested: [
      'Inpoint가 뭐야?',
      'model.tar.gz 안에는 뭐가 들어 있어?',
      '어떤 추론 모드를 써야 해?',
      '오프라인에서도 돼?',
    ],
    transcript: '나눈 대화',
    phases: { opening: '모델 여는 중', reading: '읽는 중', writing: '쓰는 중' },
    answered: (text: string) => `답: ${text}`,
    stopped: '중지했습니다',
    latest: '최근 대화로',
    problem: '답을 받지 못했습니다',
    again: '다시 시도',
    notKept: '이 브라우저는 이 페이지에 아무것도 저장하지 않습니다. 이 대화를 떠나면 사라집니다.',
  },
});

/** Conversations with a model of texts, this site's or the visitor's, kept on the device. */
export function ChatRoom(): JSX.Element {
  const open = useSignal<'conversations' | 'model' | 'settings' | undefined>(undefined);
  const close = (): void => void (open.value = undefined);
  const shown = conversation.value;
  const { served } = shown.model;
  useEffect(() => void resume(), []);
  const text = words.value;
  return (
    <div
      class="chat"
      onDrop={(event) => {
        const [file] = event.dataTransfer?.files ?? [];
        if (!file) return;
        event.preventDefault();
        close();
        void takeModel(file);
      }}
    >
      <aside class="chat-side" aria-label={text.conversations}>
        <ConversationNav onPick={focusQuestion} />
      </aside>
      <div class="chat-main">
        <header class="chat-head">
          <h1>{text.title}</h1>
          <div class="chat-tools">
            <button type="button" class="small chat-narrow" onClick={() => (open.value = 'conversations')}>
              {text.chats}
            </button>
            <button type="button" class="small" id="chat-model-open" onClick={() => (open.value = 'model')}>
              {text.model}
            </button>
            <button type="button" class="small" id="chat-settings-open" onClick={() => (open.value = 'settings')}>
              {text.settings}
            </button>
          </div>
        </header>
        <div class="chat-model">
          <span class="chat-model-name">{shown.model.name}</span>
          <LoadStatus model={served} />
        </div>
        <LoadProblem model={served} />
        <Transcript key={shown.id} conversation={shown} />
      </div>
      <Drawer
        id="chat-conversations"
        title={text.conversations}
        side="start"
        isOpen={open.value === 'conversations'}
        onClose={close}
      >
        <ConversationNav onPick={close} />
      </Drawer>
      <ModelDrawer isOpen={open.value === 'model'} onClose={close} />
      <SettingsDrawer isOpen={open.value === 'settings'} onClose={close} />
    </div>
  );
}

function Transcript({ conversation: shown }: { conversation: Conversation }): JSX.Element {
  const messages = shown.messages.value;
  // What is here already is not drawn anew for each token.
  const phase = useComputed(() => shown.answering.value?.phase).value;
  const isAtEnd = useFollowEnd(!shown.isEmpty, phase === 'opening');
  useSpoken(shown, phase);
  const isBusy = phase !== undefined;
  const list = useRef<HTMLOListElement>(null);
  // The button that was pressed goes; on a phone, the field to write in would bring its keyboard.
  const stay = (): void => list.current?.focus({ preventScroll: true });
  const problem = shown.problem.value;
  const text = words.value;
  return (
    <>
      {shown.isEmpty && !isBusy ? (
        <Greeting conversation={shown} />
      ) : (
        <ol ref={list} class="messages" tabIndex={-1} aria-label={text.transcript} aria-busy={isBusy}>
          {messages.map((message, index) => (
            <MessageView
              key={index}
              message={message}
              stats={shown.stats.value[index]}
              isBusy={isBusy}
              isLast={index === messages.length - 1}
              onEdit={(changed) => void shown.edit(index, changed)}
              onRegenerate={() => {
                void shown.regenerate();
                stay();
              }}
              onFork={() => void continueFrom(messages.slice(0, index + 1)).then(focusQuestion)}
            />
          ))}
          {isBusy && <Growing of={shown} />}
        </ol>
      )}
      {problem !== undefined && (
        <ErrorNotice title={text.problem} error={problem}>
          {!shown.isEmpty && (
            <button
              type="button"
              onClick={() => {
                void shown.regenerate();
                stay();
              }}
            >
              {text.again}
            </button>
          )}
        </ErrorNotice>
      )}
      <div class="chat-end">
        {!isAtEnd.value && !shown.isEmpty && (
          <button
            type="button"
            class="small chat-latest"
            onClick={() => {
              stay();
              scrollToEnd('smooth');
            }}
          >
            {text.latest}
          </button>
        )}
        {!shown.isKept.value && <p class="hint">{text.notKept}</p>}
        <Composer conversation={shown} />
      </div>
    </>
  );
}

function focusQuestion(): void {
  document.querySelector<HTMLElement>('#chat-question')?.focus();
}

/** The answer that is on its way. It is read out when it is through, not token by token. */
function Growing({ of: { answering } }: { of: Conversation }): JSX.Element | null {
  if (!answering.value) return null;
  const { phase, text } = answering.value;
  return (
    <li class="message" data-role="assistant" data-phase={phase}>
      {text === '' ? <p class="waiting">{words.value.phases[phase]}</p> : <AnswerText text={text} />}
    </li>
  );
}

function Greeting({ conversation: shown }: { conversation: Conversation }): JSX.Element {
  const text = words.value;
  const isOwn = isSiteModel(shown.model);
  return (
    <div class="greeting">
      <h2>{text.greeting}</h2>
      <p class="lead">
        {text.lead} {isOwn && text.ownLead}
      </p>
      <h3 class="hint" id="chat-suggestions">
        {text.suggestions}
      </h3>
      <ul class="suggestions" aria-labelledby="chat-suggestions">
        {(isOwn ? text.ownSuggested : text.suggested).map((question) => (
          <li key={question}>
            <button
              type="button"
              onClick={() => {
                void shown.ask(question);
                focusQuestion();
              }}
            >
              {question}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Reads an answer out once it is through. */
function useSpoken(shown: Conversation, phase: Answering['phase'] | undefined): void {
  const before = useRef(phase);
  useLayoutEffect(() => {
    const text = words.peek();
    if (phase) announce(text.phases[phase]);
    else if (before.current && shown.problem.peek() === undefined) {
      const index = shown.messages.peek().length - 1;
      const last = shown.messages.peek()[index];
      const isStopped = shown.stats.peek()[index]?.end === 'stopped';
      const said = last?.role === 'assistant' && typeof last.content === 'string' ? text.answered(last.content) : '';
      announce(isStopped ? `${text.stopped}. ${said}` : said);
    }
    before.current = phase;
  }, [phase]);
}
