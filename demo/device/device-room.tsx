import type { ComponentType, JSX } from 'preact';
import { CodeExample } from '../show/code-example.tsx';
import { Memory } from '../show/memory.tsx';
import { translated } from '../site/language.ts';
import { Details } from './details.tsx';
import { measureDevice } from './report.ts';
import { Summary } from './summary.tsx';

const words = translated({
  en: {
    title: 'What this device can do',
    lead: 'Tried just now, in this page and in a worker of its own. Nothing of it is sent anywhere: if a model does not run as it should, copy the report into yours.',
  },
  ko: {
    title: '이 기기로 할 수 있는 일',
    lead: '방금 이 페이지와 별도의 워커에서 직접 시험한 결과입니다. 어디로도 보내지 않으니, 모델이 제대로 돌지 않으면 이 보고서를 복사해 알려 주세요.',
  },
});

/** Milliseconds after which the room is shown without what is measured. */
const patienceMs = 1500;

/** The room once its device is measured: what it shows first stays where it is. */
export async function openDeviceRoom(): Promise<ComponentType> {
  await Promise.race([measureDevice(), new Promise((resolve) => setTimeout(resolve, patienceMs))]);
  return DeviceRoom;
}

/** What this browser can do on this device, for people and as a report. */
function DeviceRoom(): JSX.Element {
  const text = words.value;
  return (
    <>
      <div class="intro">
        <h1>{text.title}</h1>
        <p class="lead">{text.lead}</p>
      </div>
      <div class="device-top">
        <Summary />
        <div class="stack">
          <Memory id="device-memory" />
          <CodeExample code={code} />
        </div>
      </div>
      <Details />
    </>
  );
}

const code = `import { device, measureMemory } from 'inpoint';

const report = await device();
console.log(report.means.reasons.join('\\n'));
const json = JSON.stringify(report, null, 2);
const memory = await measureMemory();`;
