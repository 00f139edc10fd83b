import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { AddressForm } from '../show/address-form.tsx';
import { translated } from '../site/language.ts';
import { openArchive, openFiles } from './archive.ts';

const words = translated({
  en: {
    choose: 'Choose an archive',
    drop: 'or drop it anywhere on this page; its files, unpacked, will do too',
    open: 'Open',
    cors: 'Another site has to allow it (CORS).',
    sample: 'No archive at hand? Open one of this site:',
  },
  ko: {
    choose: '아카이브 고르기',
    drop: '이 페이지 아무 데나 끌어다 놓아도 됩니다. 풀어 놓은 파일들도 됩니다',
    open: '열기',
    cors: '다른 사이트라면 그쪽에서 허용해야 합니다(CORS).',
    sample: '가진 아카이브가 없다면 이 사이트의 모델을 열어 보세요:',
  },
});

/** Takes an archive that a visitor chooses, drops anywhere on the page, or gives the address of. */
export function PickSource(): JSX.Element {
  const address = useSignal('');
  const over = useSignal(false);

  // Whatever is dropped on the page comes here; the zone shows that it will.
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    const mark = (event: DragEvent): void => {
      over.value = event.dataTransfer?.types.includes('Files') ?? false;
    };
    const unmark = ({ type, relatedTarget }: DragEvent): void => {
      if (type === 'drop' || relatedTarget === null) over.value = false;
    };
    document.addEventListener('dragover', mark, { signal });
    document.addEventListener('dragleave', unmark, { signal });
    document.addEventListener('drop', unmark, { signal });
    return () => ended.abort();
  }, []);

  const text = words.value;
  return (
    <div class="sources">
      <label class="drop" data-over={over.value ? '' : undefined}>
        <input
          type="file"
          id="archive-file"
          class="visually-hidden"
          multiple
          onChange={({ currentTarget }) => {
            void openFiles([...(currentTarget.files ?? [])]);
            // So that the same file, made anew, can be chosen again.
            currentTarget.value = '';
          }}
        />
        <span class="drop-title">{text.choose}</span>
        <span class="hint">{text.drop}</span>
      </label>
      <AddressForm
        id="archive"
        address={address}
        hint={text.cors}
        samples={text.sample}
        onAddress={(given) => void openArchive(given, given)}
      >
        <button type="submit" class="primary">
          {text.open}
        </button>
      </AddressForm>
    </div>
  );
}
