import type { Preflight } from 'inpoint';
import type { ComponentChildren, JSX } from 'preact';
import { Facts } from '../show/facts.tsx';
import { byteSize } from '../show/format.ts';
import { translated } from '../site/language.ts';

const words = translated({
  en: {
    verdicts: {
      ready: 'This device can run it',
      tight: 'It may be too much for this device',
      impossible: 'This device cannot run it',
      unknown: 'Its beginning does not say enough',
    },
    task: 'Task',
    download: 'Download',
    unpacked: 'Unpacked',
    memory: 'Memory to load it',
    about: (size: string) => `about ${size}`,
    packed: 'Made by',
    byPack: (isSigned: boolean) => `inpoint pack, ${isSigned ? 'signed' : 'not signed'}`,
    byOthers: 'another tool',
    author: 'Author',
    license: 'Licence',
    kept: 'On this device',
    isKept: (yes: boolean): string => (yes ? 'saved already' : 'not yet'),
    read: 'Read to know this',
    notSaid: 'not said',
  },
  ko: {
    verdicts: {
      ready: '이 기기에서 쓸 수 있습니다',
      tight: '이 기기에는 벅찰 수 있습니다',
      impossible: '이 기기에서는 쓸 수 없습니다',
      unknown: '앞부분만으로는 알 수 없습니다',
    },
    task: '작업',
    download: '다운로드',
    unpacked: '압축 해제 후',
    memory: '올릴 때 메모리',
    about: (size: string) => `약 ${size}`,
    packed: '만든 도구',
    byPack: (isSigned: boolean) => `inpoint pack, ${isSigned ? '서명됨' : '서명 없음'}`,
    byOthers: '다른 도구',
    author: '만든 이',
    license: '라이선스',
    kept: '이 기기에',
    isKept: (yes: boolean): string => (yes ? '이미 저장됨' : '아직 없음'),
    read: '읽은 양',
    notSaid: '알 수 없음',
  },
});

export interface PreflightCardProps {
  readonly title: string;
  readonly found: Preflight;
  /** What can be done with it. */
  readonly children: ComponentChildren;
}

/** What an archive is, and what this device can do with it, as its first kilobytes say. */
export function PreflightCard({ title, found, children }: PreflightCardProps): JSX.Element {
  const text = words.value;
  const size = (bytes: number | undefined): string => (bytes === undefined ? text.notSaid : byteSize(bytes));
  const { card, verdict, reasons, modelBytes } = found;
  const facts: readonly (readonly [name: string, value: string | JSX.Element | undefined])[] = [
    [text.task, found.task === undefined ? text.notSaid : <code lang="en">{found.task}</code>],
    [text.download, size(found.downloadBytes)],
    [text.unpacked, size(found.unpackedBytes)],
    [text.memory, modelBytes === undefined ? text.notSaid : text.about(byteSize(modelBytes))],
    [text.packed, found.isPacked ? text.byPack(found.isSigned) : text.byOthers],
    [text.author, card.author],
    [text.license, card.license],
    [text.kept, text.isKept(found.isKept)],
    [text.read, byteSize(found.readBytes)],
  ];
  return (
    <section class="card preflight" aria-label={title} data-verdict={verdict}>
      <h2>{title}</h2>
      <p class="preflight-verdict">{text.verdicts[verdict]}</p>
      {card.description && (
        <p class="hint" lang="en">
          {card.description}
        </p>
      )}
      {reasons.map((reason) => (
        <p key={reason} class="hint" lang="en">
          {reason}
        </p>
      ))}
      <Facts class="short-facts" facts={facts} />
      {children}
    </section>
  );
}
