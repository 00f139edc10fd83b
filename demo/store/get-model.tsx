import { useSignal, type Signal } from '@preact/signals';
import { models, preflight, type DownloadProgress, type KeptModel, type Preflight } from 'inpoint';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { AddressForm } from '../show/address-form.tsx';
import { ErrorNotice } from '../show/error-notice.tsx';
import { byteSize } from '../show/format.ts';
import { LoadProgress, progressText } from '../show/load-status.tsx';
import { announce } from '../site/announce.ts';
import { translated } from '../site/language.ts';
import { refreshKept } from './kept.ts';
import { addressOf, titleOf } from './model-title.ts';
import { PreflightCard } from './preflight-card.tsx';

const words = translated({
  en: {
    title: 'Get a model',
    look: 'Look first',
    download: 'Download',
    sample: 'Or look at one of this site:',
    cors: 'Looking reads a few kilobytes only. Another site has to allow it (CORS).',
    looking: (name: string) => `Looking at ${name}`,
    looked: (name: string) => `Looked at ${name}: nothing is downloaded yet`,
    getting: (name: string) => `${name}.`,
    got: (name: string, size: string) => `${name} is saved: ${size}`,
    cancel: 'Cancel',
    cancelled: (name: string) => `Cancelled ${name}`,
    failed: { look: 'This address cannot be looked at', get: 'This model cannot be saved' },
  },
  ko: {
    title: '모델 가져오기',
    look: '먼저 살펴보기',
    download: '내려받기',
    sample: '이 사이트의 모델도 살펴볼 수 있습니다:',
    cors: '살펴볼 때는 몇 킬로바이트만 읽습니다. 다른 사이트라면 그쪽에서 허용해야 합니다(CORS).',
    looking: (name: string) => `${name} 살펴보는 중`,
    looked: (name: string) => `${name}: 살펴보았고, 아직 내려받지 않았습니다`,
    getting: (name: string) => `${name}.`,
    got: (name: string, size: string) => `${name} 저장됨: ${size}`,
    cancel: '취소',
    cancelled: (name: string) => `${name}: 취소했습니다`,
    failed: { look: '이 주소를 살펴볼 수 없습니다', get: '이 모델을 저장할 수 없습니다' },
  },
});

/** What is done with an address, or was. */
type Errand =
  | { readonly kind: 'none' }
  | { readonly kind: 'looking'; readonly address: string }
  | { readonly kind: 'looked'; readonly address: string; readonly found: Preflight }
  | { readonly kind: 'getting'; readonly address: string; readonly progress: DownloadProgress | undefined }
  | { readonly kind: 'got'; readonly address: string; readonly model: KeptModel }
  | { readonly kind: 'cancelled'; readonly address: string }
  | { readonly kind: 'failed'; readonly address: string; readonly of: 'look' | 'get'; readonly error: unknown };

/** Looks at an archive before it is downloaded, and downloads it for later: one at a time. */
export function GetModel(): JSX.Element {
  const address = useSignal('');
  const errand = useSignal<Errand>({ kind: 'none' });
  const job = useRef<AbortController>(undefined);
  const state = errand.value;
  const box = useRef<HTMLDivElement>(null);
  const status = useRef<HTMLParagraphElement>(null);
  const hadFocus = box.current?.contains(document.activeElement) ?? false;
  useLayoutEffect(() => {
    // A button that was pressed may be gone: whoever pressed it reads on at what became of it.
    if (hadFocus && !box.current!.contains(document.activeElement)) status.current!.focus({ preventScroll: true });
  });
  const isBusy = state.kind === 'looking' || state.kind === 'getting';
  const text = words.value;

  const run = async (
    of: 'look' | 'get',
    given: string,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> => {
    if (!given) return;
    job.current?.abort();
    const { signal } = (job.current = new AbortController());
    try {
      await work(signal);
    } catch (error) {
      if (!signal.aborted) errand.value = { kind: 'failed', address: given, of, error };
    }
    if (!signal.aborted) announceEnd(errand);
  };
  const look = (given: string): Promise<void> =>
    run('look', given, async (signal) => {
      errand.value = { kind: 'looking', address: given };
      const found = await preflight(given, { signal });
      errand.value = { kind: 'looked', address: given, found };
    });
  const get = (given: string): Promise<void> =>
    run('get', given, async (signal) => {
      errand.value = { kind: 'getting', address: given, progress: undefined };
      const onProgress = (progress: DownloadProgress): void => {
        errand.value = { kind: 'getting', address: given, progress };
      };
      const model = await models.prefetch(given, { signal, onProgress });
      errand.value = { kind: 'got', address: given, model };
      await refreshKept();
    });
  const cancel = (): void => {
    job.current?.abort();
    if (isBusy) errand.value = { kind: 'cancelled', address: state.address };
    announceEnd(errand);
  };

  return (
    <div ref={box} class="get">
      <section class="card get-model">
        <h2>{text.title}</h2>
        <AddressForm
          id="store"
          address={address}
          hint={text.cors}
          samples={text.sample}
          onAddress={(given) => void look(given)}
        >
          <button type="submit" class="primary">
            {text.look}
          </button>
          <button
            type="button"
            onClick={({ currentTarget }) => currentTarget.form!.reportValidity() && void get(address.value.trim())}
          >
            {text.download}
          </button>
        </AddressForm>
        <div class="load load-archive">
          <p id="store-status" class="quiet" ref={status} tabIndex={-1}>
            {statusOf(state)}
          </p>
          {isBusy && <LoadProgress progress={state.kind === 'getting' ? state.progress : undefined} />}
          {isBusy && (
            <button type="button" id="store-cancel" class="small" onClick={cancel}>
              {text.cancel}
            </button>
          )}
        </div>
        {state.kind === 'failed' && <ErrorNotice title={text.failed[state.of]} error={state.error} />}
      </section>
      {state.kind === 'looked' && (
        <PreflightCard title={nameOf(state)} found={state.found}>
          <button type="button" class="primary" onClick={() => void get(state.address)}>
            {text.download}
          </button>
        </PreflightCard>
      )}
    </div>
  );
}

function nameOf({ address }: Exclude<Errand, { kind: 'none' }>): string {
  return titleOf(addressOf(address));
}

function announceEnd(errand: Signal<Errand>): void {
  // An error is an alert, and is read as that.
  if (errand.peek().kind !== 'failed') announce(statusOf(errand.peek()));
}

function statusOf(state: Errand): string {
  const text = words.value;
  switch (state.kind) {
    case 'none':
    case 'failed':
      return '';
    case 'getting': {
      const name = text.getting(nameOf(state));
      return state.progress ? `${name} ${progressText(state.progress)}` : name;
    }
    case 'got':
      return text.got(nameOf(state), byteSize(state.model.sizeBytes));
    default:
      return text[state.kind](nameOf(state));
  }
}
