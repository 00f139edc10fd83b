import { firefox } from '../../test/browser/engines/firefox.ts';
import { webkit } from '../../test/browser/engines/webkit.ts';
import type { Engine } from '../../test/browser/engines/engine.ts';
import type { BenchSite } from '../site/serve-bench.ts';
import type { BenchEngine } from './bench-browser.ts';
import { launchChromiumBench } from './launch-chromium.ts';

/** The browsers that the benchmark can run in, with pages of this site. */
export function enginesOf(site: BenchSite): Readonly<Record<BenchEngine['name'], BenchEngine>> {
  return {
    chromium: {
      name: 'chromium',
      missing: undefined,
      isInspectable: true,
      launch: (options) => launchChromiumBench(site.url, options),
    },
    firefox: byMail('firefox', firefox, site),
    webkit: byMail('webkit', webkit, site),
  };
}

/** A browser whose driver opens pages, and no more: they are asked over the server. */
function byMail(name: 'firefox' | 'webkit', engine: Engine, site: BenchSite): BenchEngine {
  return {
    name,
    missing: engine.missing,
    isInspectable: false,
    async launch() {
      const browser = await engine.launch();
      return {
        version: `${engine.name} ${browser.version}`,
        profile: undefined,
        async open() {
          const id = String(nextPage++);
          const page = await browser.open(`${site.url}/page/page.html?mail=${id}`);
          const crashed = page.crashed.then(() => {
            throw new Error('The page crashed.');
          });
          crashed.catch(() => {});
          return { call: (action, ...args) => Promise.race([crashed, site.mailbox.ask(id, action, args)]) };
        },
        [Symbol.asyncDispose]: () => browser[Symbol.asyncDispose](),
      };
    },
  };
}

let nextPage = 0;
