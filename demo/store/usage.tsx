import { useSignal } from '@preact/signals';
import { models } from 'inpoint';
import type { JSX } from 'preact';
import { ErrorNotice } from '../show/error-notice.tsx';
import { byteSize } from '../show/format.ts';
import { announce } from '../site/announce.ts';
import { translated } from '../site/language.ts';
import { kept, refreshKept } from './kept.ts';

const words = translated({
  en: {
    title: 'Room on this device',
    models: 'Models',
    other: 'The rest of this site',
    free: 'Free for this site',
    unknown: 'not told',
    where: 'Kept in',
    kinds: {
      opfs: 'Files of this site (OPFS)',
      'cache-storage': 'Cache Storage',
      memory: 'Memory, until the page is closed',
    },
    staying: 'For how long',
    persisted: 'Until you remove it',
    notPersisted: 'Until the device runs out of room',
    persist: 'Ask the browser to keep it',
    agreed: 'The browser keeps it until you remove it.',
    refused: 'The browser did not agree now. Most decide by how often a site is visited, or once it is installed.',
    failed: 'The browser could not be asked',
  },
  ko: {
    title: '이 기기의 저장 공간',
    models: '모델',
    other: '이 사이트의 나머지',
    free: '이 사이트에 남은 공간',
    unknown: '알 수 없음',
    where: '저장 위치',
    kinds: { opfs: '이 사이트의 파일(OPFS)', 'cache-storage': 'Cache Storage', memory: '메모리(페이지를 닫을 때까지)' },
    staying: '보관 기간',
    persisted: '직접 지울 때까지',
    notPersisted: '기기에 공간이 모자랄 때까지',
    persist: '브라우저에 계속 보관 요청하기',
    agreed: '직접 지울 때까지 브라우저가 보관합니다.',
    refused: '지금은 브라우저가 받아들이지 않았습니다. 대개 얼마나 자주 방문하는지, 설치했는지를 보고 정합니다.',
    failed: '브라우저에 요청하지 못했습니다',
  },
});

/** How much is kept and how much may be, where, and for how long. */
export function Usage(): JSX.Element | null {
  const answer = useSignal<'agreed' | 'refused' | { error: unknown } | undefined>(undefined);
  const size = kept.value?.size;
  const text = words.value;
  if (!size) return null;
  const { kind, modelBytes, usageBytes, quotaBytes, isPersisted } = size;
  const otherBytes = Math.max(0, usageBytes - modelBytes);
  const freeBytes = Number.isFinite(quotaBytes) ? Math.max(0, quotaBytes - usageBytes) : undefined;
  const persist = async (): Promise<void> => {
    try {
      answer.value = (await models.persist()) ? 'agreed' : 'refused';
      announce(words.peek()[answer.value]);
    } catch (error) {
      answer.value = { error };
    }
    await refreshKept();
  };
  const parts = [
    ['models', modelBytes],
    ['other', otherBytes],
    ['free', freeBytes],
  ] as const;
  return (
    <section class="card usage">
      <h2>{text.title}</h2>
      <div class="usage-bar" aria-hidden="true">
        {parts.map(([part, bytes]) => (
          <span key={part} data-part={part} style={{ flexGrow: bytes ?? 0 }} hidden={!bytes} />
        ))}
      </div>
      <dl class="usage-parts">
        {parts.map(([part, bytes]) => (
          <div key={part} data-part={part}>
            <dt>{text[part]}</dt>
            <dd>{bytes === undefined ? text.unknown : byteSize(bytes)}</dd>
          </div>
        ))}
      </dl>
      <dl class="facts">
        <div>
          <dt>{text.where}</dt>
          <dd id="store-kind">{text.kinds[kind]}</dd>
        </div>
        <div>
          <dt>{text.staying}</dt>
          <dd id="store-persisted">{isPersisted ? text.persisted : text.notPersisted}</dd>
        </div>
      </dl>
      <button type="button" class="small" aria-disabled={isPersisted} onClick={() => !isPersisted && void persist()}>
        {text.persist}
      </button>
      <p class="hint usage-answer">{typeof answer.value === 'string' && text[answer.value]}</p>
      {typeof answer.value === 'object' && <ErrorNotice title={text.failed} error={answer.value.error} />}
    </section>
  );
}
