import { useSignal } from '@preact/signals';
import { measureMemory, type MemoryMeasure } from 'inpoint';
import type { JSX } from 'preact';
import { announce } from '../site/announce.ts';
import { translated } from '../site/language.ts';
import { byteSize } from './format.ts';

const words = translated({
  en: {
    title: 'Memory of this page',
    what: 'What the browser counts as JavaScript and WebAssembly memory of this page and its workers, the engine and its models included. Not counted are compiled code, pictures and the browser itself.',
    notIsolated:
      'It cannot be measured here: the browser tells it only to cross-origin isolated pages, and the server of this one does not send the headers COOP and COEP.',
    notThere: 'It cannot be measured here: this browser does not tell pages about their memory. Chromium does.',
    measure: 'Measure',
    measuring: 'Measuring: the browser may take half a minute.',
    failed: 'The browser gave no figure.',
    total: 'Together',
    parts: {
      page: 'Page',
      engine: 'Engine worker',
      archive: 'Archive worker',
      other: 'Other workers',
      shared: 'Shared',
    },
    result: (size: string) => `The page takes ${size}.`,
  },
  ko: {
    title: '이 페이지의 메모리',
    what: '브라우저가 이 페이지와 워커의 JavaScript 및 WebAssembly 메모리로 세는 양이며, 엔진과 모델이 들어 있습니다. 컴파일된 코드와 그림, 브라우저 자체는 세지 않습니다.',
    notIsolated:
      '여기서는 잴 수 없습니다. 브라우저는 교차 출처 격리된 페이지에만 메모리를 알려 주는데, 이 페이지의 서버는 COOP와 COEP 헤더를 보내지 않습니다.',
    notThere: '여기서는 잴 수 없습니다. 이 브라우저는 페이지에 메모리를 알려 주지 않습니다. Chromium에서는 가능합니다.',
    measure: '측정',
    measuring: '측정하는 중입니다. 30초쯤 걸릴 수 있습니다.',
    failed: '브라우저가 값을 주지 않았습니다.',
    total: '합계',
    parts: { page: '페이지', engine: '엔진 워커', archive: '아카이브 워커', other: '다른 워커', shared: '공유' },
    result: (size: string) => `이 페이지는 ${size}를 씁니다.`,
  },
});

type Part = keyof (typeof words)['value']['parts'];

interface Measured {
  readonly bytes: number;
  readonly parts: readonly (readonly [Part, number])[];
}

/** Measures, when asked, what the page and its workers take. */
export function Memory({ id }: { id: string }): JSX.Element {
  const state = useSignal<'measuring' | 'failed' | Measured | undefined>(undefined);
  const text = words.value;
  const reason =
    'measureUserAgentSpecificMemory' in performance ? undefined : crossOriginIsolated ? 'notThere' : 'notIsolated';
  const start = async (): Promise<void> => {
    if (state.value === 'measuring') return;
    state.value = 'measuring';
    announce(text.measuring);
    try {
      const measured = await measureMemory();
      state.value = measured ? partsOf(measured) : 'failed';
      if (measured) announce(words.peek().result(byteSize(measured.bytes)));
    } catch {
      state.value = 'failed';
    }
  };
  const measured = typeof state.value === 'object' ? state.value : undefined;
  return (
    <section class="card memory">
      <div class="card-head">
        <h2>{text.title}</h2>
        {!reason && (
          <button type="button" class="small" aria-disabled={state.value === 'measuring'} onClick={() => void start()}>
            {text.measure}
          </button>
        )}
      </div>
      <p class="hint">{text.what}</p>
      {reason && <p>{text[reason]}</p>}
      {state.value === 'measuring' && <p class="quiet">{text.measuring}</p>}
      {state.value === 'failed' && <p class="problem">{text.failed}</p>}
      {measured && (
        <dl class="facts">
          <div>
            <dt>{text.total}</dt>
            <dd id={`${id}-total`}>{byteSize(measured.bytes)}</dd>
          </div>
          {measured.parts.map(([part, bytes]) => (
            <div key={part}>
              <dt>{text.parts[part]}</dt>
              <dd>{byteSize(bytes)}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

function partsOf({ bytes, pageBytes, workers, sharedBytes }: MemoryMeasure): Measured {
  const of = (role: 'engine' | 'archive' | 'other'): number =>
    workers.reduce((sum, worker) => sum + (worker.role === role ? worker.bytes : 0), 0);
  const parts = [
    ['page', pageBytes],
    ['engine', of('engine')],
    ['archive', of('archive')],
    ['other', of('other')],
    ['shared', sharedBytes],
  ] as const;
  return { bytes, parts: parts.filter(([, size]) => size > 0) };
}
