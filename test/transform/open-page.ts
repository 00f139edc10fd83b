import type { BrowserContext, Page } from 'playwright-core';
import type * as Inpoint from '../../src/index.ts';
import type { Site } from '../serve.ts';

/** What `page/page.js` gives to `page.evaluate()`. */
declare global {
  var penguins: (rows: number, options?: { badEvery?: number }) => File;
  var sha256: (blob: Blob) => Promise<string>;
  var jobFiles: () => Promise<number>;
  var checkpoints: (job: string) => Promise<number>;
  var hurryClock: (times: number) => void;
  /** The job that is running. */
  var job: Inpoint.TransformJob;
}

/** Opens `test/transform/page/` over the built package. @param site serves the repository's root */
export async function openPage(context: BrowserContext, site: Pick<Site, 'url'>): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${site.url}/test/transform/page/`);
  await page.waitForFunction(() => document.title === 'ready');
  return page;
}

/** The model of the tests, on that site. */
export const model = '/public/models/penguins/model.tar.gz';
