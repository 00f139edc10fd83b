import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { count } from '../../show/format.ts';
import { remedies } from '../../show/remedies.ts';
import { translated } from '../../site/language.ts';
import { forgetRefusals, refusals } from './live.ts';

const words = translated({
  en: {
    title: 'Errors',
    none: 'No call was refused, and none failed.',
    clear: 'Clear',
    clearAll: 'Clear the errors',
    last: 'The last one:',
  },
  ko: {
    title: '오류',
    none: '거절되거나 실패한 호출이 없습니다.',
    clear: '지우기',
    clearAll: '오류 지우기',
    last: '마지막 오류:',
  },
});

/** The errors of the load by their codes, with what the last one of each says. */
export function Refusals(): JSX.Element {
  const text = words.value;
  const known = refusals.value;
  const heading = useRef<HTMLHeadingElement>(null);
  const clear = (): void => {
    // The button goes with the errors.
    heading.current?.focus();
    forgetRefusals();
  };
  return (
    <section class="card" aria-labelledby="console-errors">
      <div class={known.length > 0 ? 'card-head' : undefined}>
        <h2 id="console-errors" ref={heading} tabIndex={-1}>
          {text.title}
        </h2>
        {known.length > 0 && (
          <button type="button" class="small" aria-label={text.clearAll} onClick={clear}>
            {text.clear}
          </button>
        )}
      </div>
      {known.length === 0 && <p class="quiet console-none">{text.none}</p>}
      <ul class="console-errors">
        {known.map(({ name, code, count: times, message }) => (
          <li key={code} data-code={code}>
            <p>
              <span class="tag">
                {name} · {code}
              </span>{' '}
              <b>× {count(times)}</b>
            </p>
            {remedies.value[code] && <p>{remedies.value[code]}</p>}
            <p class="hint">
              {text.last} <span lang="en">{message}</span>
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
