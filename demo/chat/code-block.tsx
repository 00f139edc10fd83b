import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { CopyButton } from '../show/copy-button.tsx';
import { translated } from '../site/language.ts';

const words = translated({ en: { code: 'Code', copy: 'Copy' }, ko: { code: '코드', copy: '복사' } });

/** Code of an answer, to copy. */
export function CodeBlock({ code, language }: { code: string; language: string }): JSX.Element {
  const shown = useRef<HTMLPreElement>(null);
  const name = language || words.value.code;
  return (
    <div class="code-block">
      <div class="code-head">
        <span>{name}</span>
        <CopyButton of={shown} label={words.value.copy} />
      </div>
      <pre ref={shown} class="code" tabIndex={0} role="region" aria-label={name}>
        <code>{code.replace(/\n$/, '')}</code>
      </pre>
    </div>
  );
}
