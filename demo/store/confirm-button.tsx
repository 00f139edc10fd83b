import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { translated } from '../site/language.ts';

const words = translated({ en: { no: 'Cancel' }, ko: { no: '취소' } });

export interface ConfirmButtonProps {
  /** On the button at first. */
  readonly label: string;
  /** What it is of, for those who hear the button alone. */
  readonly name: string;
  readonly question: string;
  /** On the button that does it. */
  readonly yes: string;
  readonly disabled?: boolean;
  onConfirm(): void;
}

/** A button that asks in its place before it does anything. Escape is no. */
export function ConfirmButton({ label, name, question, yes, disabled, onConfirm }: ConfirmButtonProps): JSX.Element {
  const asking = useSignal(false);
  const first = useRef<HTMLButtonElement>(null);
  const no = useRef<HTMLButtonElement>(null);
  const wasAsked = useRef(false);
  useLayoutEffect(() => {
    if (asking.value) no.current?.focus();
    else if (wasAsked.current) first.current?.focus();
    wasAsked.current = asking.value;
  }, [asking.value]);
  if (!asking.value) {
    return (
      <button
        ref={first}
        type="button"
        class="small"
        aria-label={name}
        aria-disabled={disabled}
        onClick={() => {
          if (!disabled) asking.value = true;
        }}
      >
        {label}
      </button>
    );
  }
  return (
    <div
      class="confirm"
      role="group"
      aria-label={question}
      onKeyDown={({ key }) => {
        if (key === 'Escape') asking.value = false;
      }}
    >
      <span>{question}</span>
      <button
        type="button"
        class="small danger"
        onClick={() => {
          asking.value = false;
          onConfirm();
        }}
      >
        {yes}
      </button>
      <button ref={no} type="button" class="small" onClick={() => (asking.value = false)}>
        {words.value.no}
      </button>
    </div>
  );
}
