import { effect, signal, type Signal } from '@preact/signals';
import type { ComponentType, JSX } from 'preact';
import { ErrorNotice } from '../show/error-notice.tsx';
import { announce } from './announce.ts';
import { translated } from './language.ts';
import { Masthead } from './masthead.tsx';
import type { Room } from './rooms.ts';
import { room } from './route.ts';

const words = translated({
  en: {
    skip: 'Skip to the content',
    failed: 'This room did not load',
    again: 'Try again',
    promise:
      'This page asks no other site for anything, unless you give it an address. Code in an archive is listed, never run.',
  },
  ko: {
    skip: '본문으로 건너뛰기',
    failed: '이 화면을 불러오지 못했습니다',
    again: '다시 시도',
    promise:
      '주소를 직접 입력하지 않는 한, 이 페이지는 다른 사이트에 아무것도 요청하지 않습니다. 아카이브 안의 코드는 목록에만 보이고 실행되지 않습니다.',
  },
});

/** Rooms that have been opened stay as they were left. */
const opened: Signal<ReadonlyMap<Room, ComponentType>> = signal(new Map());
const failure: Signal<{ of: Room; error: unknown } | undefined> = signal(undefined);

async function open(wanted: Room): Promise<void> {
  try {
    const loaded = wanted.load();
    const component = loaded instanceof Promise ? await loaded : loaded;
    if (!opened.peek().has(wanted)) opened.value = new Map([...opened.peek(), [wanted, component]]);
    failure.value = undefined;
  } catch (error) {
    failure.value = { of: wanted, error };
  }
}

effect(() => {
  const wanted = room.value;
  if (!opened.peek().has(wanted)) void open(wanted);
});

let isFirst = true;
effect(() => {
  const { name, group } = room.value;
  const title = group ? `${group.name.value}: ${name.value}` : name.value;
  document.title = `${title} · Inpoint`;
  // Whoever follows a link is told where it led, and reads on from there.
  if (!isFirst) {
    scrollTo({ top: 0, behavior: 'instant' });
    announce(title);
  }
  isFirst = false;
});

/** Goes on at the content, and leaves the address as it is: that names the room. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#content')!.focus();
}

export function App(): JSX.Element {
  const failed = failure.value?.of === room.value ? failure.value : undefined;
  return (
    <>
      <a class="skip" href="#content" onClick={skip}>
        {words.value.skip}
      </a>
      <Masthead />
      <main id="content" tabIndex={-1}>
        {[...opened.value].map(([one, Component]) => (
          <div key={one.path} class="room" data-room={one.path} hidden={one !== room.value}>
            <Component />
          </div>
        ))}
        {failed && (
          <ErrorNotice title={words.value.failed} error={failed.error}>
            <button type="button" onClick={() => void open(failed.of)}>
              {words.value.again}
            </button>
          </ErrorNotice>
        )}
      </main>
      <footer>
        <p class="hint">{words.value.promise}</p>
      </footer>
    </>
  );
}
