import { useSignal } from '@preact/signals';
import type { ChatMessage } from 'inpoint';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { CopyButton } from '../show/copy-button.tsx';
import { translated } from '../site/language.ts';
import { AnswerText } from './answer-text.tsx';
import { sendByKey } from './send-by-key.ts';
import { growArea } from './grow-area.ts';
import { StatsLine } from './stats-line.tsx';
import type { AnswerStats } from './conversation-list.ts';

const words = translated({
  en: {
    you: 'You',
    model: 'Model',
    system: 'System prompt',
    tool: 'Tool',
    edit: 'Edit',
    copy: 'Copy',
    again: 'Regenerate',
    answer: 'Answer it',
    fork: 'Branch',
    ask: 'Ask again',
    cancel: 'Cancel',
    question: 'Your question',
    gone: 'What came after it is replaced.',
  },
  ko: {
    you: '나',
    model: '모델',
    system: '시스템 프롬프트',
    tool: '도구',
    edit: '고치기',
    copy: '복사',
    again: '다시 쓰기',
    answer: '답 쓰기',
    fork: '갈라 나오기',
    ask: '다시 묻기',
    cancel: '취소',
    question: '질문',
    gone: '이 뒤의 대화는 새 답으로 바뀝니다.',
  },
});

export interface MessageViewProps {
  readonly message: ChatMessage;
  readonly stats: AnswerStats | undefined;
  /** Whether an answer is on its way: what there is cannot be changed meanwhile. */
  readonly isBusy: boolean;
  readonly isLast: boolean;
  onEdit(text: string): void;
  onRegenerate(): void;
  onFork(): void;
}

/** One message, and what can be done with it. */
export function MessageView(props: MessageViewProps): JSX.Element {
  const { message, stats, isBusy, isLast } = props;
  const editing = useSignal(false);
  const shown = useRef<HTMLDivElement>(null);
  const edit = useRef<HTMLButtonElement>(null);
  const wasEditing = useRef(false);
  useLayoutEffect(() => {
    if (wasEditing.current && !editing.value) edit.current?.focus();
    wasEditing.current = editing.value;
  }, [editing.value]);
  const text = words.value;
  const content = textOf(message);
  if (message.role === 'system') {
    return (
      <li class="message" data-role="system">
        <details class="message-system">
          <summary>{text.system}</summary>
          <p class="message-plain">{content}</p>
        </details>
      </li>
    );
  }
  if (message.role !== 'assistant') {
    return (
      <li class="message" data-role={message.role}>
        <h2 class="visually-hidden">{message.role === 'user' ? text.you : text.tool}</h2>
        {editing.value ? (
          <EditForm
            content={content}
            onCancel={() => (editing.value = false)}
            onAsk={(changed) => {
              editing.value = false;
              props.onEdit(changed);
            }}
          />
        ) : (
          <>
            <div ref={shown} class="message-plain message-bubble">
              {content}
            </div>
            <div class="message-actions">
              <CopyButton of={shown} label={text.copy} />
              {message.role === 'user' && (
                <button
                  ref={edit}
                  type="button"
                  class="small"
                  aria-disabled={isBusy}
                  onClick={() => {
                    if (!isBusy) editing.value = true;
                  }}
                >
                  {text.edit}
                </button>
              )}
              {isLast && !isBusy && (
                <button type="button" class="small" onClick={props.onRegenerate}>
                  {text.answer}
                </button>
              )}
            </div>
          </>
        )}
      </li>
    );
  }
  return (
    <li class="message" data-role="assistant">
      <h2 class="visually-hidden">{text.model}</h2>
      <div ref={shown}>
        <AnswerText text={content} />
      </div>
      {stats && <StatsLine stats={stats} />}
      <div class="message-actions">
        <CopyButton of={shown} text={content} label={text.copy} />
        {isLast && (
          <button type="button" class="small" aria-disabled={isBusy} onClick={() => !isBusy && props.onRegenerate()}>
            {text.again}
          </button>
        )}
        <button type="button" class="small" aria-disabled={isBusy} onClick={() => !isBusy && props.onFork()}>
          {text.fork}
        </button>
      </div>
    </li>
  );
}

interface EditFormProps {
  readonly content: string;
  onAsk(text: string): void;
  onCancel(): void;
}

function EditForm({ content, onAsk, onCancel }: EditFormProps): JSX.Element {
  const area = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const { current } = area;
    growArea(current!);
    current!.focus();
    current!.setSelectionRange(content.length, content.length);
  }, []);
  const text = words.value;
  return (
    <form
      class="edit-form"
      onSubmit={(event) => {
        event.preventDefault();
        const changed = area.current!.value.trim();
        if (changed !== '') onAsk(changed);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.isComposing) onCancel();
      }}
    >
      <textarea
        ref={area}
        rows={1}
        aria-label={text.question}
        required
        onInput={({ currentTarget }) => growArea(currentTarget)}
        onKeyDown={sendByKey}
      >
        {content}
      </textarea>
      <div class="edit-end">
        <p class="hint">{text.gone}</p>
        <button type="button" class="small" onClick={onCancel}>
          {text.cancel}
        </button>
        <button type="submit" class="small primary">
          {text.ask}
        </button>
      </div>
    </form>
  );
}

/** What a message says: of several parts, those that are text. */
function textOf({ content }: ChatMessage): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => ('text' in part ? part.text : '')).join('');
}
