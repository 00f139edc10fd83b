import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { CopyButton } from '../show/copy-button.tsx';
import { saveFile } from '../show/save-file.ts';
import { announce } from '../site/announce.ts';
import { translated } from '../site/language.ts';
import { conclude, type Mark } from './conclude.ts';
import { isMeasuring, measureDevice, report } from './report.ts';

const words = translated({
  en: {
    verdicts: {
      webgpu: 'Models run here, and a graphics adapter is there for them',
      wasm: 'Models run here, on the processor',
      nothing: 'No model runs here',
    },
    marks: { good: 'Yes', limited: 'Limited', bad: 'No' },
    measuring: 'Measuring …',
    measure: 'Measure again',
    measured: 'Measured again.',
    copy: 'Copy as JSON',
    download: 'Download',
    json: 'The whole report',
    jsonLabel: 'The report as JSON',
  },
  ko: {
    verdicts: {
      webgpu: '이 기기에서 모델이 돌고, 그래픽 어댑터도 쓸 수 있습니다',
      wasm: '이 기기에서 모델이 프로세서로 돕니다',
      nothing: '이 기기에서는 모델이 돌지 않습니다',
    },
    marks: { good: '예', limited: '제한', bad: '아니요' },
    measuring: '측정하는 중 …',
    measure: '다시 측정',
    measured: '다시 측정했습니다.',
    copy: 'JSON으로 복사',
    download: '다운로드',
    json: '보고서 전체',
    jsonLabel: 'JSON 보고서',
  },
});

/** What runs here and why, in sentences, and the report to take along. */
export function Summary(): JSX.Element {
  const shown = useRef<HTMLPreElement>(null);
  const text = words.value;
  const found = report.value;
  if (!found) {
    return (
      <section class="card device-summary">
        <p class="quiet">{text.measuring}</p>
      </section>
    );
  }
  const json = JSON.stringify(found, undefined, 2);
  const again = async (): Promise<void> => {
    await measureDevice();
    announce(words.peek().measured);
  };
  return (
    <section class="card device-summary" aria-labelledby="device-verdict" data-runs={found.means.runs}>
      <h2 id="device-verdict">{text.verdicts[found.means.runs]}</h2>
      <ul class="device-reasons">
        {conclude(found).map(({ about, mark, says, why }) => (
          <li key={about} data-about={about} data-mark={mark}>
            <span class="device-mark" aria-hidden="true">
              {signs[mark]}
            </span>
            <span class="visually-hidden">{text.marks[mark]}: </span>
            <span>
              {says}
              {why && (
                <span class="hint" lang={why.lang}>
                  {why.text}
                </span>
              )}
            </span>
          </li>
        ))}
      </ul>
      <div class="device-buttons">
        <CopyButton of={shown} label={text.copy} />
        <button
          type="button"
          class="small"
          onClick={() => saveFile(new Blob([json], { type: 'application/json' }), 'inpoint-device.json')}
        >
          {text.download}
        </button>
        <button type="button" class="small" aria-disabled={isMeasuring.value} onClick={() => void again()}>
          {isMeasuring.value ? text.measuring : text.measure}
        </button>
      </div>
      <details class="figures">
        <summary>{text.json}</summary>
        <pre
          ref={shown}
          id="device-json"
          class="code device-json"
          tabIndex={0}
          role="region"
          aria-label={text.jsonLabel}
          lang="en"
        >
          {json}
        </pre>
      </details>
    </section>
  );
}

const signs: Readonly<Record<Mark, string>> = { good: '✓', limited: '–', bad: '✕' };
