import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { translated } from '../site/language.ts';
import { Drawer } from './drawer.tsx';
import {
  changeSettings,
  isSamplingChanged,
  isWithin,
  numberSettings,
  resetSampling,
  settings,
  type NumberSetting,
} from './settings.ts';

interface Words {
  readonly name: string;
  readonly hint: string;
}

const words = translated({
  en: {
    title: 'Settings',
    system: 'System prompt',
    systemHint: 'What the model is told before all else, from the next conversation on.',
    systemPlaceholder: 'You are a patient teacher. Answer in two sentences.',
    sampling: 'How answers are written',
    samplingHint: 'A blank field is as the model has it.',
    byModel: 'model’s own',
    reset: 'Reset',
    stop: 'Stop texts',
    stopHint: 'One a line: an answer ends before any of them.',
    overflow: 'When the context is full',
    overflows: { 'drop-oldest': 'Leave out the oldest messages', error: 'Say so, and answer nothing' },
    range: (min: number, max: number, isWhole: boolean) =>
      `${isWhole ? 'A whole number from' : 'From'} ${min} to ${max}`,
    numbers: {
      temperature: { name: 'Temperature', hint: '0 takes the likeliest token, more is bolder.' },
      maxTokens: { name: 'Longest answer', hint: 'In tokens.' },
      topP: { name: 'Top-p', hint: 'Of the likeliest tokens that have this probability together.' },
      topK: { name: 'Top-k', hint: 'Of so many of the likeliest tokens; 0 is all.' },
      minP: { name: 'Min-p', hint: 'Of tokens at least so likely, relative to the likeliest.' },
      repetitionPenalty: { name: 'Repetition penalty', hint: 'Above 1, what was said is less likely.' },
      frequencyPenalty: { name: 'Frequency penalty', hint: 'For each time that a token was said.' },
      presencePenalty: { name: 'Presence penalty', hint: 'Once a token was said.' },
      seed: { name: 'Seed', hint: 'The same seed gives the same answer.' },
    },
  },
  ko: {
    title: '설정',
    system: '시스템 프롬프트',
    systemHint: '모델에게 가장 먼저 알려 주는 말입니다. 다음 대화부터 쓰입니다.',
    systemPlaceholder: '너는 친절한 선생님이야. 두 문장으로 답해 줘.',
    sampling: '답을 쓰는 방식',
    samplingHint: '비워 두면 모델에 정해진 값을 씁니다.',
    byModel: '모델 값',
    reset: '되돌리기',
    stop: '멈출 글',
    stopHint: '한 줄에 하나씩. 이 글이 나오기 직전에 답이 끝납니다.',
    overflow: '문맥이 가득 차면',
    overflows: { 'drop-oldest': '가장 오래된 메시지를 뺍니다', error: '알리고 답하지 않습니다' },
    range: (min: number, max: number, isWhole: boolean) => `${min}부터 ${max}까지${isWhole ? '의 정수' : ''}`,
    numbers: {
      temperature: { name: '온도', hint: '0이면 가장 그럴듯한 토큰만, 클수록 과감하게 고릅니다.' },
      maxTokens: { name: '답의 최대 길이', hint: '토큰 수입니다.' },
      topP: { name: 'Top-p', hint: '확률의 합이 이만큼인 상위 토큰 중에서 고릅니다.' },
      topK: { name: 'Top-k', hint: '상위 몇 개의 토큰 중에서 고를지 정합니다. 0이면 전부.' },
      minP: { name: 'Min-p', hint: '가장 그럴듯한 토큰에 견주어 이만큼은 되는 토큰만 씁니다.' },
      repetitionPenalty: { name: '반복 벌점', hint: '1보다 크면 이미 한 말을 덜 씁니다.' },
      frequencyPenalty: { name: '빈도 벌점', hint: '토큰이 나온 횟수만큼 깎습니다.' },
      presencePenalty: { name: '출현 벌점', hint: '토큰이 한 번이라도 나왔으면 깎습니다.' },
      seed: { name: '시드', hint: '시드가 같으면 답도 같습니다.' },
    },
  },
});

/** What the model is told first, and how its answers are sampled. */
export function SettingsDrawer({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }): JSX.Element {
  const { system, stop, contextOverflow } = settings.value;
  const text = words.value;
  const numbers: Readonly<Record<NumberSetting, Words>> = text.numbers;
  return (
    <Drawer id="chat-settings" title={text.title} side="end" isOpen={isOpen} onClose={onClose}>
      <div class="setting">
        <label for="chat-system">{text.system}</label>
        <textarea
          id="chat-system"
          rows={4}
          placeholder={text.systemPlaceholder}
          aria-describedby="chat-system-hint"
          value={system}
          onInput={({ currentTarget }) => changeSettings({ system: currentTarget.value })}
        />
        <p id="chat-system-hint" class="hint">
          {text.systemHint}
        </p>
      </div>
      <section class="settings" aria-labelledby="chat-sampling">
        <div class="settings-head">
          <h3 id="chat-sampling">{text.sampling}</h3>
          <button
            type="button"
            class="small"
            aria-disabled={!isSamplingChanged(settings.value)}
            onClick={resetSampling}
          >
            {text.reset}
          </button>
        </div>
        <p class="hint">{text.samplingHint}</p>
        {(Object.keys(numberSettings) as NumberSetting[]).map((name) => (
          <NumberField key={name} name={name} words={numbers[name]} />
        ))}
        <div class="setting">
          <label for="chat-stop-texts">{text.stop}</label>
          <textarea
            id="chat-stop-texts"
            class="mono"
            rows={2}
            spellcheck={false}
            aria-describedby="chat-stop-texts-hint"
            value={stop}
            onInput={({ currentTarget }) => changeSettings({ stop: currentTarget.value })}
          />
          <p id="chat-stop-texts-hint" class="hint">
            {text.stopHint}
          </p>
        </div>
        <div class="setting">
          <label for="chat-overflow">{text.overflow}</label>
          <select
            id="chat-overflow"
            value={contextOverflow}
            onChange={({ currentTarget }) =>
              changeSettings({ contextOverflow: currentTarget.value as typeof contextOverflow })
            }
          >
            {(Object.keys(text.overflows) as (typeof contextOverflow)[]).map((name) => (
              <option key={name} value={name}>
                {text.overflows[name]}
              </option>
            ))}
          </select>
        </div>
      </section>
    </Drawer>
  );
}

function NumberField({ name, words: { name: label, hint } }: { name: NumberSetting; words: Words }): JSX.Element {
  const value = settings.value[name];
  // What is typed may not be a number yet, or none that is taken.
  const refused = useSignal<string | undefined>(undefined);
  const range = numberSettings[name];
  const id = `chat-${name}`;
  const take = (typed: string): void => {
    const number = typed.trim() === '' ? undefined : Number(typed);
    const isTaken = number === undefined || isWithin(number, range);
    refused.value = isTaken ? undefined : typed;
    if (isTaken) changeSettings({ [name]: number });
  };
  const isRefused = refused.value !== undefined;
  return (
    <div class="setting setting-number">
      <label for={id}>{label}</label>
      <input
        type="text"
        inputMode="decimal"
        id={id}
        autocomplete="off"
        placeholder={words.value.byModel}
        aria-invalid={isRefused}
        aria-describedby={`${id}-hint`}
        value={refused.value ?? value ?? ''}
        onInput={({ currentTarget }) => take(currentTarget.value)}
      />
      <p id={`${id}-hint`} class={isRefused ? 'problem' : 'hint'}>
        {isRefused ? words.value.range(range.min, range.max, range.step >= 1) : hint}
      </p>
    </div>
  );
}
