import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { count } from '../../show/format.ts';
import { translated } from '../../site/language.ts';
import { changeLoad, load } from './live.ts';
import type { Load } from './load-generator.ts';

const words = translated({
  en: {
    title: 'Load',
    kind: 'What the slider sets',
    kinds: { callers: 'Callers who wait for their answer', rate: 'Calls a second' },
    amount: { callers: 'Callers', rate: 'Calls a second' },
    priority: 'Priority',
    priorities: { interactive: 'interactive', background: 'background' },
    stop: 'Stop the load',
    hint: 'The load rests while this room is not looked at.',
  },
  ko: {
    title: '부하',
    kind: '슬라이더로 정할 것',
    kinds: { callers: '응답을 기다리는 호출자', rate: '초당 호출' },
    amount: { callers: '호출자', rate: '초당 호출' },
    priority: '우선순위',
    priorities: { interactive: 'interactive', background: 'background' },
    stop: '부하 멈추기',
    hint: '이 화면을 보고 있지 않으면 부하는 쉽니다.',
  },
});

/** What the slider can be set to: as far apart as people tell loads apart. */
const amounts: Readonly<Record<Load['kind'], readonly number[]>> = {
  callers: [0, 1, 2, 4, 8, 16, 32, 64, 128],
  rate: [0, 1, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
};

/** How many calls come, and how much they hurry. */
export function LoadControls(): JSX.Element {
  const text = words.value;
  const { kind, priority } = load.value;
  const place = useSignal(0);
  const steps = amounts[kind];
  const set = (to: number, of: Load['kind'] = kind): void => {
    place.value = to;
    changeLoad({ kind: of, amount: amounts[of][to]! });
  };
  const amount = count(steps[place.value]!);
  return (
    <section class="card stack" aria-labelledby="console-load">
      <div class="card-head">
        <h2 id="console-load">{text.title}</h2>
        <button
          type="button"
          class="small"
          aria-disabled={place.value === 0}
          onClick={() => {
            if (place.value > 0) set(0);
          }}
        >
          {text.stop}
        </button>
      </div>
      <div class="console-slider">
        <label for="console-amount">{text.amount[kind]}</label>
        <b aria-hidden="true">{amount}</b>
        <input
          id="console-amount"
          type="range"
          min={0}
          max={steps.length - 1}
          step={1}
          value={place.value}
          aria-valuetext={amount}
          onInput={({ currentTarget }) => set(currentTarget.valueAsNumber)}
        />
      </div>
      <fieldset class="choice">
        <legend>{text.kind}</legend>
        {(['callers', 'rate'] as const).map((one) => (
          <label key={one}>
            <input type="radio" name="console-kind" checked={one === kind} onChange={() => set(0, one)} />
            {text.kinds[one]}
          </label>
        ))}
      </fieldset>
      <fieldset class="choice">
        <legend>{text.priority}</legend>
        {(['interactive', 'background'] as const).map((one) => (
          <label key={one}>
            <input
              type="radio"
              name="console-priority"
              checked={one === priority}
              onChange={() => changeLoad({ priority: one })}
            />
            {text.priorities[one]}
          </label>
        ))}
      </fieldset>
      <p class="hint">{text.hint}</p>
    </section>
  );
}
