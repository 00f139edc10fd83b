import { InpointError } from 'inpoint';
import type { ComponentChildren, JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { language, translated } from '../site/language.ts';
import { CopyButton } from './copy-button.tsx';
import { remedies } from './remedies.ts';

const words = translated({
  en: { command: 'Command', copy: 'Copy the command' },
  ko: { command: '명령', copy: '명령 복사' },
});

export interface ErrorNoticeProps {
  readonly title: string;
  readonly error: unknown;
  /** What the visitor can do about it here. */
  readonly children?: ComponentChildren;
}

/**
 * An error in its own words, and what to do in the visitor's. The second line of a message is a command, to be copied;
 * more lines are notes on it.
 */
export function ErrorNotice({ title, error, children }: ErrorNoticeProps): JSX.Element {
  const message = error instanceof Error ? error.message : String(error);
  const [said = '', command, ...notes] = message.split('\n');
  const code = error instanceof InpointError ? error.code : error instanceof Error ? error.name : undefined;
  const remedy = code ? remedies.value[code] : undefined;
  return (
    <div class="notice" role="alert">
      <div class="notice-head">
        <h2>{title}</h2>
        {code && <code class="tag">{code}</code>}
      </div>
      {remedy && <p>{remedy}</p>}
      <p lang="en" class={remedy && language.value !== 'en' ? 'hint' : undefined}>
        {said}
      </p>
      {command && <Command text={command} />}
      {notes.map((note) => (
        <p key={note} class="hint" lang="en">
          {note}
        </p>
      ))}
      {children}
    </div>
  );
}

function Command({ text }: { text: string }): JSX.Element {
  const shown = useRef<HTMLPreElement>(null);
  return (
    <div class="notice-command">
      <pre ref={shown} class="code" tabIndex={0} role="region" aria-label={words.value.command}>
        {text}
      </pre>
      <CopyButton of={shown} label={words.value.copy} />
    </div>
  );
}
