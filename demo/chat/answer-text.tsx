import type { JSX } from 'preact';
import { CodeBlock } from './code-block.tsx';
import { Markdown } from './markdown.tsx';

/** What a model wrote: JSON as code, with its lines where they belong, all else as Markdown. */
export function AnswerText({ text }: { text: string }): JSX.Element {
  const json = asJson(text.trim());
  if (json === undefined) return <Markdown text={text} />;
  return (
    <div class="prose">
      <CodeBlock code={json} language="json" />
    </div>
  );
}

/** JSON for people; as far as it has come, where its end is to come; undefined where it is none. */
function asJson(text: string): string | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return text.includes('\n') ? (JSON.parse(text), text) : JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return /^\{\s*"/.test(text) ? text : undefined;
  }
}
