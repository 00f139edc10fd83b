import MarkdownIt, { type Token } from 'markdown-it';
import { Fragment, h, type ComponentChildren, type JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { CodeBlock } from './code-block.tsx';

/**
 * A text that a model wrote, as its Markdown means it: made of elements, never of HTML. Markup in it stays text, images
 * become their descriptions, and links lead to web and mail addresses only, in another tab that learns nothing of this
 * one. Headings begin two levels down, below those of the page.
 */
export function Markdown({ text }: { text: string }): JSX.Element {
  // The same elements as before are not looked at again: most answers are there already while one is written.
  const elements = useMemo(() => elementsOf(parser.parse(text, {})), [text]);
  return <div class="prose">{elements}</div>;
}

const parser = new MarkdownIt({ html: false, linkify: false, breaks: true, maxNesting: 50 });

// While an answer is on its way, a line under which a list begins would be one.
parser.disable('lheading');

parser.validateLink = (address) => /^(?:https?:\/\/|mailto:)/i.test(address.trim());

/** An element whose end has not come yet. */
interface Open {
  readonly token: Token | undefined;
  readonly children: ComponentChildren[];
}

function elementsOf(tokens: readonly Token[]): ComponentChildren[] {
  const open: Open[] = [{ token: undefined, children: [] }];
  for (const token of tokens) {
    const { children } = open.at(-1)!;
    if (token.nesting > 0) open.push({ token, children: [] });
    else if (token.nesting === 0) children.push(leaf(token, children.length));
    else {
      const ended = open.pop()!;
      const outer = open.at(-1)!.children;
      outer.push(element(ended, outer.length));
    }
  }
  return open[0]!.children;
}

function leaf(token: Token, key: number): ComponentChildren {
  switch (token.type) {
    case 'inline':
      return <Fragment key={key}>{elementsOf(token.children ?? [])}</Fragment>;
    case 'code_inline':
      return <code key={key}>{token.content}</code>;
    case 'fence':
    case 'code_block':
      return <CodeBlock key={key} code={token.content} language={token.info.trim().split(/\s/)[0]!} />;
    case 'softbreak':
    case 'hardbreak':
      return <br key={key} />;
    case 'hr':
      return <hr key={key} />;
    default:
      // Text, and the description of an image.
      return token.content;
  }
}

function element({ token, children }: Open, key: number): ComponentChildren {
  const { tag, hidden } = token!;
  if (hidden) return <Fragment key={key}>{children}</Fragment>;
  if (tag === 'a') {
    return (
      <a key={key} href={String(token!.attrGet('href'))} target="_blank" rel="noopener noreferrer">
        {children}
      </a>
    );
  }
  if (tag === 'table') {
    return (
      <div key={key} class="prose-table" tabIndex={0} role="group">
        <table>{children}</table>
      </div>
    );
  }
  const heading = /^h([1-6])$/.exec(tag);
  if (heading) return h(`h${Math.min(6, Number(heading[1]) + 2)}`, { key }, children);
  if (tag === 'ol') {
    return (
      <ol key={key} start={Number(token!.attrGet('start') ?? 1)}>
        {children}
      </ol>
    );
  }
  return h(plain.has(tag) ? tag : 'span', { key }, children);
}

const plain = new Set(['p', 'blockquote', 'ul', 'li', 'thead', 'tbody', 'tr', 'th', 'td', 'strong', 'em', 's']);
