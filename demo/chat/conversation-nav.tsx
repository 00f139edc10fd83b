import { useSignal } from '@preact/signals';
import { chats, InputError } from 'inpoint';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { ErrorNotice } from '../show/error-notice.tsx';
import { saveFile } from '../show/save-file.ts';
import { announce } from '../site/announce.ts';
import { translated } from '../site/language.ts';
import { ConfirmButton } from '../store/confirm-button.tsx';
import { conversations, renameEntry, type ConversationEntry } from './conversation-list.ts';
import {
  continueFrom,
  conversation,
  deleteConversation,
  newConversation,
  openConversation,
} from './open-conversation.ts';
import { readConversation } from './read-conversation.ts';

const words = translated({
  en: {
    title: 'Conversations',
    begin: 'New',
    load: 'Import',
    none: 'Nothing was said yet. What is said stays on this device, until you delete it.',
    more: (title: string) => `More about ${title}`,
    rename: 'Rename',
    name: 'Name of the conversation',
    save: 'Save',
    download: 'Export',
    remove: 'Delete',
    sure: 'It is gone for good.',
    removed: 'The conversation was deleted.',
    problem: 'This did not work',
  },
  ko: {
    title: '대화 목록',
    begin: '새 대화',
    load: '가져오기',
    none: '아직 나눈 대화가 없습니다. 대화는 지우기 전까지 이 기기에만 남습니다.',
    more: (title: string) => `${title}: 더 보기`,
    rename: '이름 바꾸기',
    name: '대화 이름',
    save: '저장',
    download: '내보내기',
    remove: '지우기',
    sure: '지우면 되살릴 수 없습니다.',
    removed: '대화를 지웠습니다.',
    problem: '뜻대로 되지 않았습니다',
  },
});

/** All conversations that are kept on this device, to go on with, rename, export and delete. */
export function ConversationNav({ onPick }: { onPick: () => void }): JSX.Element {
  const failure = useSignal<{ readonly error: unknown } | undefined>(undefined);
  const heading = useRef<HTMLButtonElement>(null);
  const text = words.value;
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    failure.value = undefined;
    try {
      await work();
    } catch (error) {
      failure.value = { error };
    }
  };
  return (
    <div class="conversations">
      <div class="conversations-head">
        <button
          ref={heading}
          type="button"
          class="small"
          id="chat-new"
          onClick={() => {
            newConversation();
            onPick();
          }}
        >
          {text.begin}
        </button>
        <label class="button small">
          <input
            type="file"
            id="chat-import"
            class="visually-hidden"
            accept="application/json,.json"
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              currentTarget.value = '';
              if (!file) return;
              void attempt(async () => {
                await continueFrom(await readConversation(file), file.name.replace(/\.json$/, ''));
                onPick();
              });
            }}
          />
          {text.load}
        </label>
      </div>
      {failure.value && <ErrorNotice title={text.problem} error={failure.value.error} />}
      {conversations.value.length === 0 ? (
        <p class="hint conversations-none">{text.none}</p>
      ) : (
        <ul class="conversation-list">
          {conversations.value.map((entry) => (
            <Entry
              key={entry.id}
              entry={entry}
              isOpen={entry.id === conversation.value.id}
              onPick={() =>
                void attempt(async () => {
                  await openConversation(entry);
                  onPick();
                })
              }
              onExport={() => void attempt(() => exportConversation(entry))}
              onDelete={() =>
                void attempt(async () => {
                  await deleteConversation(entry);
                  heading.current?.focus();
                  announce(words.peek().removed);
                })
              }
            />
          ))}
        </ul>
      )}
    </div>
  );
}

interface EntryProps {
  readonly entry: ConversationEntry;
  readonly isOpen: boolean;
  onPick(): void;
  onExport(): void;
  onDelete(): void;
}

function Entry({ entry, isOpen, onPick, onExport, onDelete }: EntryProps): JSX.Element {
  const { id, title, model } = entry;
  const isUnfolded = useSignal(false);
  const renaming = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (renaming.value) input.current!.select();
  }, [renaming.value]);
  const text = words.value;
  const rename = (): void => {
    const name = input.current!.value.trim();
    if (name !== '') renameEntry(id, name);
    renaming.value = false;
  };
  return (
    <li class="conversation" data-open={isOpen ? '' : undefined}>
      {renaming.value ? (
        <form
          class="field"
          onSubmit={(event) => {
            event.preventDefault();
            rename();
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            // The drawer that it may stand in stays open.
            event.preventDefault();
            renaming.value = false;
          }}
        >
          <input ref={input} type="text" aria-label={text.name} defaultValue={title} maxLength={120} />
          <button type="submit" class="small">
            {text.save}
          </button>
        </form>
      ) : (
        <div class="conversation-row">
          <button type="button" class="conversation-title" aria-current={isOpen} onClick={onPick}>
            <span class="conversation-name">{title}</span>
            <span class="conversation-model">{model.name}</span>
          </button>
          <button
            type="button"
            class="conversation-more"
            aria-expanded={isUnfolded.value}
            aria-label={text.more(title)}
            onClick={() => (isUnfolded.value = !isUnfolded.value)}
          >
            <span aria-hidden="true">⋯</span>
          </button>
        </div>
      )}
      {isUnfolded.value && !renaming.value && (
        <div class="conversation-actions">
          <button type="button" class="small" onClick={() => (renaming.value = true)}>
            {text.rename}
          </button>
          <button type="button" class="small" onClick={onExport}>
            {text.download}
          </button>
          <ConfirmButton
            label={text.remove}
            name={text.remove}
            question={text.sure}
            yes={text.remove}
            onConfirm={onDelete}
          />
        </div>
      )}
    </li>
  );
}

async function exportConversation({ id, title, model }: ConversationEntry): Promise<void> {
  const shown = conversation.peek();
  const kept = shown.id === id ? { messages: shown.messages.peek() } : await chats.get(model.endpoint, id);
  if (!kept) throw new InputError('messages', `Nothing of ${JSON.stringify(title)} is kept on this device any more.`);
  const json = JSON.stringify(kept, undefined, 2);
  saveFile(new Blob([json], { type: 'application/json' }), `${fileName(title)}.json`);
}

function fileName(title: string): string {
  return title.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'conversation';
}
