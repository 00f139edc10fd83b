import { effect, signal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { served, type Served } from '../endpoints/served.ts';
import { Memory } from '../show/memory.tsx';
import { translated } from '../site/language.ts';
import { rooms } from '../site/rooms.ts';
import { EndpointCard } from './endpoint-card.tsx';

const words = translated({
  en: {
    title: 'What the endpoints did',
    lead: 'Each model of this page that is in service: how its cold start went, what its calls took, and what it runs on. Closing one gives its memory back.',
    none: 'No model is in service yet. A model starts when its room is opened:',
  },
  ko: {
    title: '엔드포인트가 한 일',
    lead: '이 페이지에서 서비스 중인 모델마다 콜드 스타트 과정과 호출에 걸린 시간, 무엇으로 실행되는지 보여 줍니다. 모델을 닫으면 메모리를 돌려받습니다.',
    none: '아직 서비스 중인 모델이 없습니다. 모델은 해당 화면을 열 때 시작됩니다.',
  },
});

/** What is in service, and what was since this room was opened: a model of the site can be opened again. */
const known: Signal<readonly Served[]> = signal([]);

effect(() => {
  const now = served.value;
  const kept = known.peek().filter((model) => now.includes(model) || typeof model.source === 'string');
  known.value = [...kept, ...now.filter((model) => !kept.includes(model))];
});

/** What the endpoints of this page did, as far as they can tell. */
export function InsideRoom(): JSX.Element {
  const text = words.value;
  return (
    <>
      <div class="intro">
        <h1>{text.title}</h1>
        <p class="lead">{text.lead}</p>
      </div>
      <section class="stack" aria-label={text.title}>
        {known.value.map((model) => (
          <EndpointCard key={model} model={model} />
        ))}
        {served.value.length === 0 && <Starts />}
        <Memory id="inside-memory" />
      </section>
    </>
  );
}

/** Where models are to be had. */
function Starts(): JSX.Element {
  return (
    <section class="card inside-none">
      <p>{words.value.none}</p>
      <ul>
        {rooms
          .filter(({ path }) => !['inside', 'store', 'device', 'benchmark'].includes(path))
          .map(({ path, name }) => (
            <li key={path}>
              <a href={`#/${path}`}>{name.value}</a>
            </li>
          ))}
      </ul>
    </section>
  );
}
