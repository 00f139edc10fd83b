import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { translated } from '../../site/language.ts';

const words = translated({
  en: { title: 'README', note: 'Images are left out: nothing is fetched because an archive says so.' },
  ko: { title: 'README', note: '그림은 뺐습니다. 아카이브가 시킨다고 무엇을 내려받지는 않습니다.' },
});

/** The README of an archive as its author meant it; until the parser has come, and where it fails, as plain text. */
export function Readme({ text }: { text: string }): JSX.Element {
  const html = useSignal<string | undefined>(undefined);
  useEffect(() => {
    let isGone = false;
    html.value = undefined;
    const render = async (): Promise<void> => {
      const { renderMarkdown } = await import('./render-markdown.ts');
      if (!isGone) html.value = renderMarkdown(text);
    };
    // Where the parser does not come, the plain text says the same.
    render().catch(() => undefined);
    return () => (isGone = true);
  }, [text]);
  return (
    <section class="card">
      <h2>{words.value.title}</h2>
      {html.value === undefined ? (
        <pre class="readme-plain" tabIndex={0} role="region" aria-label={words.value.title}>
          {text}
        </pre>
      ) : (
        <div
          class="readme"
          tabIndex={0}
          role="region"
          aria-label={words.value.title}
          dangerouslySetInnerHTML={{ __html: html.value }}
        />
      )}
      {text.includes('![') && <p class="hint">{words.value.note}</p>}
    </section>
  );
}
