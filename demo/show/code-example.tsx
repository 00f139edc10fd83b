import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { translated } from '../site/language.ts';
import { CopyButton } from './copy-button.tsx';

const words = translated({
  en: { title: 'In five lines', copy: 'Copy', label: 'Example code' },
  ko: { title: '다섯 줄이면 됩니다', copy: '복사', label: '예제 코드' },
});

/** The code that makes what the page shows, to copy: it runs as it stands where `inpoint` is installed. */
export function CodeExample({ code }: { code: string }): JSX.Element {
  const shown = useRef<HTMLPreElement>(null);
  return (
    <section class="card example">
      <div class="card-head">
        <h2>{words.value.title}</h2>
        <CopyButton of={shown} label={words.value.copy} />
      </div>
      <pre ref={shown} class="code" tabIndex={0} role="region" aria-label={words.value.label}>
        <code>{coloured(code)}</code>
      </pre>
    </section>
  );
}

/** Keywords, strings and notes of a short piece of TypeScript, each with its class; all else as it is. */
function coloured(code: string): (string | JSX.Element)[] {
  return code.split(/('[^'\n]*'|\/\/[^\n]*|\b(?:import|from|const|await)\b)/).map((part, index) => {
    if (index % 2 === 0) return part;
    const kind = part.startsWith("'") ? 'text' : part.startsWith('//') ? 'note' : 'word';
    return (
      <span key={index} class={`code-${kind}`}>
        {part}
      </span>
    );
  });
}
