import { signal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { translated } from './language.ts';
import { update } from './service-worker.ts';

const words = translated({
  en: {
    offline: 'You are offline. Rooms and models that were open before go on working; other models need the network.',
    update: 'There is a new version of this page.',
    reload: 'Reload',
  },
  ko: {
    offline: '오프라인 상태입니다. 전에 열어 본 화면과 모델은 그대로 쓸 수 있고, 다른 모델은 네트워크가 있어야 합니다.',
    update: '이 페이지의 새 버전이 있습니다.',
    reload: '새로 고침',
  },
});

const offline: Signal<boolean> = signal(!navigator.onLine);
for (const type of ['online', 'offline'] as const) addEventListener(type, () => (offline.value = !navigator.onLine));

/** What is to be known of the site itself: that there is no network, or a newer version. It covers nothing for long. */
export function SiteNotice(): JSX.Element {
  const goOver = update.value;
  return (
    <div class="site-notice" role="status">
      {offline.value && <p>{words.value.offline}</p>}
      {goOver && (
        <p>
          {words.value.update}{' '}
          <button type="button" class="small" onClick={goOver}>
            {words.value.reload}
          </button>
        </p>
      )}
    </div>
  );
}
