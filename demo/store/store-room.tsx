import { useSignal } from '@preact/signals';
import { models } from 'inpoint';
import type { ComponentType, JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { CodeExample } from '../show/code-example.tsx';
import { ErrorNotice } from '../show/error-notice.tsx';
import { byteSize, count } from '../show/format.ts';
import { announce } from '../site/announce.ts';
import { translated } from '../site/language.ts';
import { ConfirmButton } from './confirm-button.tsx';
import { EventLog } from './event-log.tsx';
import { GetModel } from './get-model.tsx';
import { kept, keptProblem, refreshKept } from './kept.ts';
import { KeptCard } from './kept-card.tsx';
import { Usage } from './usage.tsx';

const words = translated({
  en: {
    title: 'Saved on this device',
    lead: 'A model is downloaded once. From then on it opens from this device, with or without a network, once every byte has been compared with its checksum.',
    list: (howMany: string, size: string) => `Saved models: ${howMany}, ${size}`,
    empty: 'No model is saved yet',
    emptyHint: 'Open one of this site in its room, or download one above: it is here then, and works offline.',
    problem: 'What is saved cannot be told',
    again: 'Try again',
    clear: 'Remove all',
    sure: (size: string) => `${size} would have to be downloaded again.`,
    cleared: 'All models were removed.',
    notCleared: 'Not all were removed',
  },
  ko: {
    title: '이 기기에 저장된 모델',
    lead: '모델은 한 번만 내려받습니다. 그다음부터는 네트워크 없이도 이 기기에서 열리고, 열 때마다 모든 바이트를 체크섬과 비교합니다.',
    list: (howMany: string, size: string) => `저장된 모델 ${howMany}개, ${size}`,
    empty: '아직 저장된 모델이 없습니다',
    emptyHint:
      '이 사이트의 모델을 해당 화면에서 열거나 위에서 내려받으세요. 그러면 여기에 나오고 오프라인에서도 쓸 수 있습니다.',
    problem: '무엇이 저장되어 있는지 알 수 없습니다',
    again: '다시 시도',
    clear: '모두 지우기',
    sure: (size: string) => `지우면 ${size}를 다시 내려받아야 합니다.`,
    cleared: '모델을 모두 지웠습니다.',
    notCleared: '모두 지우지는 못했습니다',
  },
});

/** The room once it is known what is kept: what it shows first stays where it is. */
export async function openStoreRoom(): Promise<ComponentType> {
  await refreshKept();
  return StoreRoom;
}

/** What is kept on this device, and all that can be done about it. */
function StoreRoom(): JSX.Element {
  const text = words.value;
  return (
    <>
      <div class="intro">
        <h1>{text.title}</h1>
        <p class="lead">{text.lead}</p>
      </div>
      {keptProblem.value !== undefined && (
        <ErrorNotice title={text.problem} error={keptProblem.value}>
          <button type="button" onClick={() => void refreshKept()}>
            {text.again}
          </button>
        </ErrorNotice>
      )}
      <div class="store-top">
        <GetModel />
        <Usage />
      </div>
      <KeptList />
      <div class="pair store-end">
        <EventLog />
        <CodeExample code={code} />
      </div>
    </>
  );
}

function KeptList(): JSX.Element | null {
  const clearing = useSignal<{ error: unknown } | undefined>(undefined);
  const heading = useRef<HTMLHeadingElement>(null);
  const text = words.value;
  if (!kept.value) return null;
  const { models: list, size } = kept.value;
  const clear = async (): Promise<void> => {
    clearing.value = undefined;
    try {
      await models.clear();
      heading.current?.focus();
      announce(words.peek().cleared);
    } catch (error) {
      clearing.value = { error };
    }
    await refreshKept();
  };
  return (
    <section class="kept-list" aria-labelledby="store-list">
      <div class="kept-list-head">
        <h2 id="store-list" ref={heading} tabIndex={-1}>
          {list.length === 0 ? text.empty : text.list(count(list.length), byteSize(size.modelBytes))}
        </h2>
        {list.length > 0 && (
          <ConfirmButton
            label={text.clear}
            name={text.clear}
            question={text.sure(byteSize(size.modelBytes))}
            yes={text.clear}
            onConfirm={() => void clear()}
          />
        )}
      </div>
      {clearing.value && <ErrorNotice title={text.notCleared} error={clearing.value.error} />}
      {list.length === 0 && <p class="quiet">{text.emptyHint}</p>}
      {list.map((model) => (
        <KeptCard key={model.key} model={model} onRemoved={() => heading.current?.focus()} />
      ))}
    </section>
  );
}

const code = `import { deploy, models, preflight } from 'inpoint';

const { verdict } = await preflight('./models/digits/model.tar.gz');
const { key } = await models.prefetch('./models/digits/model.tar.gz');
await models.persist(); // the browser asks before it clears it
const endpoint = await deploy(key); // without a network too
const archive = await models.export(key); // a Blob, to be saved`;
