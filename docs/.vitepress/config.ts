import { readFileSync } from 'node:fs';
import { defineConfig, type DefaultTheme, type MarkdownEnv, type MarkdownRenderer, type UserConfig } from 'vitepress';
import { siteLink } from './outside-pages.ts';

const tasks = {
  Text: [
    'text-classification',
    'token-classification',
    'question-answering',
    'zero-shot-classification',
    'fill-mask',
    'text-generation',
    'text2text-generation',
    'translation',
    'summarization',
    'feature-extraction',
    'text-similarity',
    'reranking',
  ],
  Images: [
    'image-classification',
    'image-feature-extraction',
    'object-detection',
    'image-segmentation',
    'image-to-image',
  ],
  Sound: ['audio-classification', 'automatic-speech-recognition'],
  Tables: ['tabular-classification', 'tabular-regression'],
  'Anything else': ['tensor'],
};

const sidebar: DefaultTheme.SidebarItem[] = [
  {
    text: 'Start',
    items: [
      { text: 'What is here', link: '/' },
      { text: 'Quick start', link: '/quick-start' },
    ],
  },
  {
    text: 'For front-end developers',
    items: [
      { text: 'Into a page', link: '/front-end' },
      { text: 'Guide', link: '/guide' },
      { text: 'Real-time and serverless', link: '/modes' },
      { text: 'Asynchronous requests', link: '/asynchronous' },
      { text: 'Chat', link: '/chat' },
      { text: 'Constrained output', link: '/constrained-output' },
      { text: 'Batch transform', link: '/batch-transform' },
      { text: 'WebGPU and WASM', link: '/devices' },
      { text: 'Kept models', link: '/store' },
      { text: 'Offline', link: '/offline' },
      { text: 'Strict pages', link: '/strict-pages' },
      { text: 'Errors', link: '/errors' },
      { text: 'Recovery', link: '/recovery' },
      { text: 'Variants and updates', link: '/variants' },
      { text: 'Metrics, spans, captures', link: '/metrics' },
      { text: 'Browsers', link: '/browsers' },
      { text: 'This device', link: '/device' },
      { text: 'The same answers', link: '/engines' },
      { text: 'Benchmarks', link: '/benchmarks' },
    ],
  },
  {
    text: 'For data scientists',
    items: [
      { text: 'From training to a page', link: '/data-scientists/' },
      { text: 'PyTorch', link: '/data-scientists/pytorch' },
      { text: 'scikit-learn', link: '/data-scientists/scikit-learn' },
      { text: 'XGBoost', link: '/data-scientists/xgboost' },
      { text: 'Keras', link: '/data-scientists/keras' },
      { text: 'Hugging Face', link: '/data-scientists/hugging-face' },
      { text: 'Command line', link: '/cli' },
    ],
  },
  {
    text: 'Archives',
    items: [
      { text: 'Archive format', link: '/archive-format' },
      { text: 'inference.json', link: '/inference-json' },
      { text: 'Pipelines', link: '/pipelines' },
    ],
  },
  {
    text: 'Tasks',
    items: [
      ...Object.entries(tasks).map(([text, names]) => ({
        text,
        items: names.map((name) => ({ text: name, link: `/tasks/${name}` })),
      })),
      { text: 'More about sound', link: '/audio' },
    ],
  },
  {
    text: 'API reference',
    items: [
      { text: 'All names', link: '/api/' },
      { text: 'Deploying', link: '/api/deploy' },
      { text: 'Inputs and answers', link: '/api/tasks' },
      { text: 'Tensors', link: '/api/tensors' },
      { text: 'Kept models', link: '/api/store' },
      { text: 'Archives', link: '/api/archives' },
      { text: 'Error classes', link: '/api/errors' },
      { text: 'inpoint/worker', link: '/api/worker' },
      { text: 'inpoint/service-worker', link: '/api/service-worker' },
    ],
  },
  {
    text: 'Project',
    items: [
      { text: 'Decisions', link: '/decisions/' },
      { text: 'Training the demo models', link: '/project/training' },
      { text: 'Changes', link: '/project/changes' },
    ],
  },
];

/** The demo's. */
const icon = readFileSync(new URL('../../public/icons/icon.svg', import.meta.url), 'utf8');

/** The documentation as a site. Everything it loads is its own: no font, script or search of a third party. */
const config: UserConfig<DefaultTheme.Config> = defineConfig({
  title: 'Inpoint',
  titleTemplate: ':title | Inpoint',
  description: 'Turns a model.tar.gz into a running endpoint inside a web page.',
  lang: 'en',
  base: process.env['INPOINT_DOCS_BASE'] ?? '/',
  outDir: '../dist-docs',
  cacheDir: '.vitepress/cache',
  // A code host shows a folder's README.md; a site has an index.
  rewrites: { 'README.md': 'index.md', ':folder/README.md': ':folder/index.md' },
  ignoreDeadLinks: false,
  head: [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: `data:image/svg+xml,${encodeURIComponent(icon)}` }],
    ['meta', { name: 'theme-color', content: '#ffffff', media: '(prefers-color-scheme: light)' }],
    ['meta', { name: 'theme-color', content: '#101413', media: '(prefers-color-scheme: dark)' }],
  ],
  markdown: {
    anchor: { slugify: placeName },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: (md) => {
      md.core.ruler.push('own-contents', ({ tokens }) => removeContents(tokens));
      md.core.ruler.push('site-links', ({ tokens, env }) => moveLinks(tokens, (env as MarkdownEnv).relativePath));
    },
  },
  themeConfig: {
    nav: [
      { text: 'Quick start', link: '/quick-start' },
      { text: 'Front end', link: '/front-end' },
      { text: 'Data science', link: '/data-scientists/' },
      { text: 'API', link: '/api/' },
    ],
    sidebar,
    outline: [2, 3],
    search: {
      provider: 'local',
      options: { detailedView: true, miniSearch: { searchOptions: { boost: { title: 4, titles: 2 } } } },
    },
    docFooter: { prev: 'Before', next: 'Next' },
    externalLinkIcon: true,
  },
});

export default config;

/** The name of a heading in addresses, as code hosts give it. */
function placeName(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

type Token = ReturnType<MarkdownRenderer['parse']>[number];

/** Takes away a page's own list of contents, which code hosts need: the site shows one beside each page. */
function removeContents(tokens: Token[]): void {
  const heading = tokens.findIndex(({ type, tag }) => type === 'heading_open' && tag === 'h2');
  const start = tokens.findLastIndex(
    ({ type, level }, index) => index < heading && type === 'bullet_list_open' && level === 0,
  );
  const end = tokens.findIndex(
    ({ type, level }, index) => index > start && type === 'bullet_list_close' && level === 0,
  );
  if (start < 0) return;
  const links = tokens.slice(start, end).flatMap(({ children }) => (children ?? []).filter(isLink));
  if (links.length > 1 && links.every((link) => String(link.attrGet('href')).startsWith('#')))
    tokens.splice(start, end - start + 1);
}

/** Links are those of files in the repository; what they lead to has another place in the site, or none. */
function moveLinks(tokens: Token[], page: string): void {
  for (const { children } of tokens) {
    for (const link of (children ?? []).filter(isLink)) {
      const href = String(link.attrGet('href'));
      if (/^([a-z]+:|\/|#)/i.test(href)) continue;
      const moved = siteLink(page, href);
      if (moved === undefined) removeLink(children!, link);
      else link.attrSet('href', moved);
    }
  }
}

/** Leaves the words of a link and takes away the link. */
function removeLink(children: Token[], open: Token): void {
  const at = children.indexOf(open);
  const close = children.findIndex(({ type }, index) => index > at && type === 'link_close');
  children.splice(close, 1);
  children.splice(at, 1);
}

function isLink({ type }: Token): boolean {
  return type === 'link_open';
}
