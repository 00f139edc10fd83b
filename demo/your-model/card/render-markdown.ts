import MarkdownIt from 'markdown-it';

/**
 * HTML of a Markdown text that a stranger wrote. Markup in it stays text, images become their descriptions, and links
 * lead to web addresses only, in another tab that learns nothing of this one. Headings begin two levels down, below
 * those of the page.
 */
export function renderMarkdown(text: string): string {
  return markdown.render(text);
}

const markdown = new MarkdownIt({ html: false, linkify: false, maxNesting: 50 });

markdown.validateLink = (address) => /^https?:\/\//i.test(address.trim());

markdown.core.ruler.push('for-this-page', ({ tokens }) => {
  for (const token of tokens) {
    if (token.type === 'heading_open' || token.type === 'heading_close')
      token.tag = `h${Math.min(6, Number(token.tag.slice(1)) + 2)}`;
    for (const inner of token.children ?? []) {
      if (inner.type === 'link_open') {
        inner.attrSet('target', '_blank');
        inner.attrSet('rel', 'noopener noreferrer');
      }
      if (inner.type === 'image') {
        inner.type = 'text';
        inner.tag = '';
        inner.children = null;
      }
    }
  }
});
