import type { HtmlTagDescriptor, Plugin } from 'vite';

/**
 * Names in the page's head what its first answer takes, so that it comes with the script and not after it. Workers
 * have no share in what a page preloads: they find it in the browser's cache. Thus nothing is hinted at that a server
 * may not let browsers keep, and `prefetch` and `modulepreload` are used, of which no page must make use itself.
 */
export function startEarly(): Plugin {
  return {
    name: 'inpoint:start-early',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_, { bundle }) {
        const names = Object.keys(bundle ?? {});
        return needed.map(({ file, ...attributes }): HtmlTagDescriptor => {
          const name = names.find((one) => file.test(one));
          if (!name) throw new Error(`The site has no ${file.source} any more: see what its first answer takes.`);
          return { tag: 'link', injectTo: 'head', attrs: { href: `./${name}`, crossorigin: true, ...attributes } };
        });
      },
    },
  };
}

const needed = [
  { file: /\/ort-wasm-simd-threaded-[\w-]+\.wasm$/, rel: 'prefetch', as: 'fetch', fetchpriority: 'high' },
  { file: /\/engine-worker-[\w-]+\.js$/, rel: 'modulepreload' },
  { file: /\/ort-wasm-simd-threaded-[\w-]+\.js$/, rel: 'modulepreload' },
  { file: /\/archive-worker-[\w-]+\.js$/, rel: 'modulepreload' },
];
