import { useSignal } from '@preact/signals';
import { memory } from 'inpoint';
import type { JSX } from 'preact';
import { translated } from '../../site/language.ts';
import { applying, changePolicy, idleMs, mostWaiting, policy, type Policy } from './live.ts';

const words = translated({
  en: {
    title: 'Policy',
    model: 'Model',
    models: { digits: 'digits (image)', penguins: 'penguins (table row)' },
    min: 'Replicas, at least',
    max: 'Replicas, at most',
    targetInFlight: 'Calls in flight for each',
    budget: 'Memory budget in MB',
    spare: 'Keep a warm spare',
    applying: 'Going over to it …',
    applied: 'In force',
    hint: (idle: number, waiting: number) =>
      `With 0 at least, the model leaves memory after ${idle} idle seconds. ${waiting} calls may wait; one more is refused as throttled.`,
  },
  ko: {
    title: '정책',
    model: '모델',
    models: { digits: 'digits(그림)', penguins: 'penguins(표의 한 줄)' },
    min: '최소 복제본',
    max: '최대 복제본',
    targetInFlight: '복제본당 처리 중인 호출',
    budget: '메모리 예산(MB)',
    spare: '예비 엔진 켜 두기',
    applying: '적용하는 중 …',
    applied: '적용됨',
    hint: (idle: number, waiting: number) =>
      `최소가 0이면 ${idle}초 쉰 모델은 메모리에서 내려갑니다. 호출은 ${waiting}개까지 기다리고, 더 오면 throttled로 거절됩니다.`,
  },
});

const numbers = {
  min: { from: 0, to: 4 },
  max: { from: 1, to: 8 },
  targetInFlight: { from: 1, to: 64 },
} as const;

/** What the endpoint is given, each change of which is in force at once. */
export function PolicyForm(): JSX.Element {
  const text = words.value;
  const budget = useSignal(Math.round(memory.budgetMB));
  const set = (change: Partial<Policy>): void => void changePolicy(change);
  return (
    <section class="card" aria-labelledby="console-policy">
      <div class="card-head">
        <h2 id="console-policy">{text.title}</h2>
        <span class="hint" role="status" id="console-applied">
          {applying.value ? text.applying : text.applied}
        </span>
      </div>
      <form class="console-fields" onSubmit={(event) => event.preventDefault()}>
        <div>
          <label for="console-model">{text.model}</label>
          <select
            id="console-model"
            value={policy.value.model}
            onChange={({ currentTarget }) => set({ model: currentTarget.value as Policy['model'] })}
          >
            {(['digits', 'penguins'] as const).map((name) => (
              <option key={name} value={name}>
                {text.models[name]}
              </option>
            ))}
          </select>
        </div>
        {(['min', 'max', 'targetInFlight'] as const).map((name) => (
          <div key={name}>
            <label for={`console-${name}`}>{text[name]}</label>
            <input
              id={`console-${name}`}
              type="number"
              min={numbers[name].from}
              max={numbers[name].to}
              value={policy.value[name]}
              onChange={({ currentTarget }) => {
                const { from, to } = numbers[name];
                const given = Math.round(currentTarget.valueAsNumber);
                const value = Number.isNaN(given) ? policy.peek()[name] : Math.min(to, Math.max(from, given));
                currentTarget.value = String(value);
                if (value !== policy.peek()[name]) set({ [name]: value });
              }}
            />
          </div>
        ))}
        <div>
          <label for="console-budget">{text.budget}</label>
          <input
            id="console-budget"
            type="number"
            min={50}
            step={50}
            value={budget.value}
            onChange={({ currentTarget }) => {
              const { valueAsNumber } = currentTarget;
              if (valueAsNumber > 0) memory.budgetMB = budget.value = valueAsNumber;
              currentTarget.value = String(budget.value);
            }}
          />
        </div>
        <label class="console-check">
          <input
            type="checkbox"
            checked={policy.value.spare}
            onChange={({ currentTarget }) => set({ spare: currentTarget.checked })}
          />
          {text.spare}
        </label>
      </form>
      <p class="hint">{text.hint(idleMs / 1000, mostWaiting)}</p>
    </section>
  );
}
