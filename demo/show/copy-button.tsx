import { useSignal } from '@preact/signals';
import type { JSX, RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import { announce } from '../site/announce.ts';
import { translated } from '../site/language.ts';

const words = translated({
  en: { copied: 'Copied', selected: 'Selected' },
  ko: { copied: '복사됨', selected: '선택됨' },
});

export interface CopyButtonProps {
  /** What shows the text. */
  readonly of: RefObject<HTMLElement | null>;
  /** The text itself, where it is shown as something else. @default what is shown */
  readonly text?: string;
  readonly label: string;
}

/** Copies a text that the page shows. Where the clipboard is closed to the page, it selects the text. */
export function CopyButton({ of, text, label }: CopyButtonProps): JSX.Element {
  const done = useSignal<'copied' | 'selected' | undefined>(undefined);
  useEffect(() => {
    if (!done.value) return undefined;
    const timer = setTimeout(() => (done.value = undefined), 2000);
    return () => clearTimeout(timer);
  }, [done.value]);
  const copy = async (): Promise<void> => {
    done.value = (await isCopied(of.current!, text)) ? 'copied' : 'selected';
    announce(words.value[done.value]);
  };
  return (
    <button type="button" class="small" onClick={() => void copy()}>
      {done.value ? words.value[done.value] : label}
    </button>
  );
}

async function isCopied(shown: HTMLElement, text: string = shown.textContent): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    shown.closest('details')?.setAttribute('open', '');
    getSelection()?.selectAllChildren(shown);
    return false;
  }
}
