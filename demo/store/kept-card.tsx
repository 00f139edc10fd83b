import { useSignal } from '@preact/signals';
import { models, StoreError, type KeptModel } from 'inpoint';
import type { JSX } from 'preact';
import { ErrorNotice } from '../show/error-notice.tsx';
import { Facts } from '../show/facts.tsx';
import { byteSize, count } from '../show/format.ts';
import { announce } from '../site/announce.ts';
import { translated } from '../site/language.ts';
import { ConfirmButton } from './confirm-button.tsx';
import { DateTime } from './date-time.tsx';
import { refreshKept, servedHere } from './kept.ts';
import { titleOfKept } from './model-title.ts';
import { saveFile } from '../show/save-file.ts';

const words = translated({
  en: {
    task: 'Task',
    version: 'Version',
    stored: 'Saved',
    used: 'Last used',
    files: 'Files',
    signed: 'Signed',
    isSigned: (yes: boolean): string => (yes ? 'yes' : 'no'),
    previous: 'Version before',
    none: 'none',
    inUse: 'In use',
    inUseHere: 'In use on this page',
    fromFile: 'from a file',
    check: 'Check for a newer version',
    export: 'Export as a file',
    rollback: 'Back to the version before',
    remove: 'Remove',
    of: (label: string, name: string) => `${label}: ${name}`,
    sure: (size: string) => `${size} would have to be downloaded again.`,
    doing: { check: 'Asking the server', export: 'Packing it', rollback: 'Going back', remove: 'Removing it' },
    newest: 'This is the newest version.',
    newer: (version: string) => `A newer version came: ${version}.`,
    exported: (file: string, size: string) => `${file}, ${size}, is in your downloads.`,
    rolledBack: (version: string) => `Version ${version} is the current one again.`,
    removed: (name: string) => `${name} was removed.`,
    failed: {
      check: 'It is not known whether there is a newer version',
      export: 'It was not exported',
      rollback: 'There is no way back',
      remove: 'It was not removed',
    },
    closeFirst: 'Close it on this page, and remove it',
  },
  ko: {
    task: '작업',
    version: '버전',
    stored: '저장',
    used: '마지막 사용',
    files: '파일',
    signed: '서명',
    isSigned: (yes: boolean): string => (yes ? '있음' : '없음'),
    previous: '이전 버전',
    none: '없음',
    inUse: '사용 중',
    inUseHere: '이 페이지에서 사용 중',
    fromFile: '파일에서 가져옴',
    check: '새 버전 확인',
    export: '파일로 내보내기',
    rollback: '이전 버전으로 되돌리기',
    remove: '지우기',
    of: (label: string, name: string) => `${label}: ${name}`,
    sure: (size: string) => `지우면 ${size}를 다시 내려받아야 합니다.`,
    doing: { check: '서버에 묻는 중', export: '묶는 중', rollback: '되돌리는 중', remove: '지우는 중' },
    newest: '가장 새로운 버전입니다.',
    newer: (version: string) => `새 버전이 왔습니다: ${version}.`,
    exported: (file: string, size: string) => `${file}(${size})을 다운로드 폴더에 저장했습니다.`,
    rolledBack: (version: string) => `다시 버전 ${version}을 씁니다.`,
    removed: (name: string) => `${name}: 지웠습니다.`,
    failed: {
      check: '새 버전이 있는지 알 수 없습니다',
      export: '내보내지 못했습니다',
      rollback: '되돌릴 수 없습니다',
      remove: '지우지 못했습니다',
    },
    closeFirst: '이 페이지에서 닫고 지우기',
  },
});

type Operation = 'check' | 'export' | 'rollback' | 'remove';

/** What became of the last operation on a model. */
type Outcome =
  | { readonly kind: 'doing'; readonly operation: Operation }
  | { readonly kind: 'done'; readonly sentence: () => string }
  | { readonly kind: 'failed'; readonly operation: Operation; readonly error: unknown };

export interface KeptCardProps {
  readonly model: KeptModel;
  /** The card is about to go, and the focus with it. */
  onRemoved(): void;
}

/** One kept model, and all that can be done with it. */
export function KeptCard({ model, onRemoved }: KeptCardProps): JSX.Element {
  const outcome = useSignal<Outcome | undefined>(undefined);
  const text = words.value;
  const title = titleOfKept(model);
  const { key, task, version, previous, url } = model;
  const isBusy = outcome.value?.kind === 'doing';
  const address = URL.canParse(key) ? key : url;

  const run = async (operation: Operation, work: () => Promise<() => string>): Promise<void> => {
    if (outcome.peek()?.kind === 'doing') return;
    outcome.value = { kind: 'doing', operation };
    try {
      const sentence = await work();
      await refreshKept();
      outcome.value = { kind: 'done', sentence };
      announce(sentence());
    } catch (error) {
      outcome.value = { kind: 'failed', operation, error };
      await refreshKept();
    }
  };
  const check = (): Promise<void> =>
    run('check', async () => {
      const now = await models.prefetch(address!, { key, cache: 'no-cache' });
      return () => (now.version === version ? words.value.newest : words.value.newer(shortened(now.version)));
    });
  const exportIt = (): Promise<void> =>
    run('export', async () => {
      const archive = await models.export(key);
      const name = fileName(title);
      saveFile(archive, name);
      return () => words.value.exported(name, byteSize(archive.size));
    });
  const rollBack = (): Promise<void> =>
    run('rollback', async () => {
      const now = await models.rollback(key);
      return () => words.value.rolledBack(shortened(now.version));
    });
  const remove = (): Promise<void> =>
    run('remove', async () => {
      await models.remove(key);
      onRemoved();
      return () => words.value.removed(title);
    });
  const closeAndRemove = async (): Promise<void> => {
    await servedHere(key)?.close();
    await remove();
  };

  const facts: readonly (readonly [name: string, value: string | JSX.Element])[] = [
    [text.stored, <DateTime at={model.storedAt} />],
    [text.used, <DateTime at={model.lastUsedAt} />],
    [text.version, <Version version={version} />],
    [
      text.previous,
      previous ? (
        <>
          <Version version={previous.version} /> <DateTime at={previous.storedAt} />
        </>
      ) : (
        text.none
      ),
    ],
    [text.files, count(model.files)],
    [text.signed, text.isSigned(model.isSigned)],
  ];
  return (
    <article class="card kept" aria-label={title} data-key={key}>
      <div class="kept-head">
        <h3>{title}</h3>
        {task && (
          <code class="kept-task" lang="en">
            {task}
          </code>
        )}
        {model.isInUse && <span class="kept-use">{servedHere(key) ? text.inUseHere : text.inUse}</span>}
        <span class="kept-size">{byteSize(model.sizeBytes)}</span>
      </div>
      <p class="hint breakable">{url ?? `${model.name}, ${text.fromFile}`}</p>
      <Facts class="short-facts" facts={facts} />
      <div class="kept-buttons">
        {address !== undefined && (
          <Action label={text.check} name={text.of(text.check, title)} disabled={isBusy} onClick={() => void check()} />
        )}
        <Action
          label={text.export}
          name={text.of(text.export, title)}
          disabled={isBusy}
          onClick={() => void exportIt()}
        />
        {previous && (
          <Action
            label={text.rollback}
            name={text.of(text.rollback, title)}
            disabled={isBusy}
            onClick={() => void rollBack()}
          />
        )}
        <ConfirmButton
          label={text.remove}
          name={text.of(text.remove, title)}
          question={text.sure(byteSize(model.sizeBytes))}
          yes={text.remove}
          disabled={isBusy}
          onConfirm={() => void remove()}
        />
      </div>
      {outcome.value?.kind === 'doing' && <p class="quiet kept-outcome">{text.doing[outcome.value.operation]}</p>}
      {outcome.value?.kind === 'done' && <p class="quiet kept-outcome">{outcome.value.sentence()}</p>}
      {outcome.value?.kind === 'failed' && (
        <ErrorNotice title={text.failed[outcome.value.operation]} error={outcome.value.error}>
          {isInUse(outcome.value.error) && servedHere(key) && (
            <button type="button" onClick={() => void closeAndRemove()}>
              {text.closeFirst}
            </button>
          )}
        </ErrorNotice>
      )}
    </article>
  );
}

interface ActionProps {
  readonly label: string;
  readonly name: string;
  readonly disabled: boolean;
  onClick(): void;
}

function Action({ label, name, disabled, onClick }: ActionProps): JSX.Element {
  return (
    <button type="button" class="small" aria-label={name} aria-disabled={disabled} onClick={onClick}>
      {label}
    </button>
  );
}

function Version({ version }: { version: string }): JSX.Element {
  return (
    <code class="mono" title={version}>
      {shortened(version)}
    </code>
  );
}

/** A model's name as that of an archive. */
function fileName(title: string): string {
  const parts = title.replace(/(\/model)?\.(tar\.gz|tgz)$/, '').match(/[\p{L}\p{N}]+/gu) ?? ['model'];
  return `${parts.join('-')}.tar.gz`;
}

function shortened(version: string): string {
  return version.slice(0, 8);
}

function isInUse(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'model-in-use';
}
