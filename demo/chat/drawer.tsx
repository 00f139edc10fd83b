import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { translated } from '../site/language.ts';

const words = translated({ en: { close: 'Close' }, ko: { close: '닫기' } });

export interface DrawerProps {
  readonly id: string;
  readonly title: string;
  readonly isOpen: boolean;
  /** Which side of the page it comes from. */
  readonly side: 'start' | 'end';
  readonly children: ComponentChildren;
  onClose(): void;
}

/** What lies over the page from one of its sides until it is closed: by its button, by Escape, or by a click beside it. */
export function Drawer({ id, title, isOpen, side, children, onClose }: DrawerProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const { current } = dialog;
    if (isOpen && !current!.open) current!.showModal();
    if (!isOpen && current!.open) current!.close();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      id={id}
      class="drawer"
      data-side={side}
      aria-labelledby={`${id}-title`}
      onClose={onClose}
      onClick={({ target }) => {
        if (target === dialog.current) onClose();
      }}
    >
      {isOpen && (
        <div class="drawer-content">
          <div class="drawer-head">
            <h2 id={`${id}-title`}>{title}</h2>
            <button type="button" class="small" onClick={onClose}>
              {words.value.close}
            </button>
          </div>
          {children}
        </div>
      )}
    </dialog>
  );
}
