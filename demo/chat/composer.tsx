import { useComputed } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { translated } from '../site/language.ts';
import type { Conversation } from './conversation.ts';
import { growArea } from './grow-area.ts';
import { SchemaField } from './schema-field.tsx';
import { sendByKey } from './send-by-key.ts';
import { changeSettings, readSchema, settings } from './settings.ts';

const words = translated({
  en: {
    question: 'Your question',
    placeholder: 'Ask something',
    send: 'Send',
    stop: 'Stop',
    json: 'Answer as JSON',
    keys: (
      <>
        <kbd>Enter</kbd> sends, <kbd>Shift</kbd> <kbd>Enter</kbd> begins a line
      </>
    ),
  },
  ko: {
    question: '질문',
    placeholder: '무엇이든 물어보세요',
    send: '보내기',
    stop: '중지',
    json: 'JSON으로 답하기',
    keys: (
      <>
        <kbd>Enter</kbd> 보내기, <kbd>Shift</kbd> <kbd>Enter</kbd> 줄 바꾸기
      </>
    ),
  },
});

/** Where questions are written, and answers stopped. */
export function Composer({ conversation }: { conversation: Conversation }): JSX.Element {
  const { draft } = conversation;
  const isBusy = useComputed(() => conversation.answering.value !== undefined).value;
  const { isJson, schema } = settings.value;
  const area = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => growArea(area.current!), [draft.value]);
  const isReady = draft.value.trim() !== '' && !isBusy;
  const send = async (): Promise<void> => {
    if (!isReady) return;
    const read = readSchema(schema);
    if (isJson && read && 'problem' in read) {
      document.querySelector<HTMLElement>('#chat-schema')?.focus();
      return;
    }
    const question = draft.peek().trim();
    draft.value = '';
    const isAsked = await conversation.ask(question);
    if (!isAsked && draft.peek() === '') draft.value = question;
  };
  const text = words.value;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {isJson && <SchemaField />}
      <textarea
        ref={area}
        id="chat-question"
        rows={1}
        aria-label={text.question}
        placeholder={text.placeholder}
        enterkeyhint="send"
        value={draft.value}
        onInput={({ currentTarget }) => (draft.value = currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && !event.isComposing) conversation.stop();
          sendByKey(event);
        }}
      />
      <div class="composer-end">
        <label class="switch">
          <input
            type="checkbox"
            role="switch"
            id="chat-json"
            checked={isJson}
            onChange={({ currentTarget }) => changeSettings({ isJson: currentTarget.checked })}
          />
          {text.json}
        </label>
        <span class="hint composer-keys">{text.keys}</span>
        {isBusy ? (
          <button
            type="button"
            key="stop"
            id="chat-stop"
            onClick={() => {
              conversation.stop();
              area.current!.focus();
            }}
          >
            {text.stop}
          </button>
        ) : (
          <button type="submit" key="send" id="chat-send" class="primary" aria-disabled={!isReady}>
            {text.send}
          </button>
        )}
      </div>
    </form>
  );
}
