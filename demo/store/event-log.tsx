import { useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { announce } from '../site/announce.ts';
import { translated } from '../site/language.ts';
import { DateTime } from './date-time.tsx';
import { happened, type Happening } from './happened.ts';
import { titleOf } from './model-title.ts';

const words = translated({
  en: {
    title: 'What happened by itself',
    none: 'Nothing since this page was opened. Here it says when a newer version came, damage was repaired, or a model had to make room.',
    update: (name: string) => `${name}: a newer version was saved, for the next time it is opened.`,
    heal: (name: string, files: string) => `${name}: damaged files were found and downloaded again: ${files}.`,
    evict: (name: string) => `${name} was removed to make room for another model.`,
  },
  ko: {
    title: '저절로 일어난 일',
    none: '페이지를 연 뒤로 아무 일도 없었습니다. 새 버전이 왔거나, 손상을 복구했거나, 자리를 내주려고 모델을 지웠다면 여기에 나옵니다.',
    update: (name: string) => `${name}: 새 버전을 저장했습니다. 다음에 열 때부터 쓰입니다.`,
    heal: (name: string, files: string) => `${name}: 손상된 파일을 찾아 다시 내려받았습니다: ${files}.`,
    evict: (name: string) => `${name}: 다른 모델에 자리를 내주려고 지웠습니다.`,
  },
});

/** What the library did with kept models without being asked. */
export function EventLog(): JSX.Element {
  const told = useRef(happened.peek()[0]?.number ?? 0);
  useSignalEffect(() => {
    const [latest] = happened.value;
    if (!latest || latest.number === told.current) return;
    told.current = latest.number;
    const together = happened.value.filter(({ at }) => latest.at - at < togetherMs);
    announce(together.toReversed().map(sentence).join(' '), 'log');
  });
  return (
    <section class="card">
      <h2>{words.value.title}</h2>
      {happened.value.length === 0 ? (
        <p class="hint log-none">{words.value.none}</p>
      ) : (
        <ol class="log">
          {happened.value.map((happening) => (
            <li key={happening.number} data-kind={happening.kind}>
              <DateTime at={happening.at} />
              <span>{sentence(happening)}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** What happens within this time is told in one go. */
const togetherMs = 800;

function sentence({ kind, key, files }: Happening): string {
  return words.value[kind](titleOf(key), files.join(', '));
}
