import type { BrowserContext, Page } from 'playwright-core';
import type * as Inpoint from '../../src/index.ts';
import type { Artifact, StorageReport } from '../../src/index.ts';
import type { Site } from '../serve.ts';

/** What `page/page.js` gives to `page.evaluate()`. */
declare global {
  /** The built package. */
  var inpoint: typeof Inpoint;
  var shown: (artifact: Artifact) => Promise<Shown>;
  var outcome: <T>(work: () => Promise<T>) => Promise<Outcome<T>>;
  var looseEnds: () => Promise<LooseEnds>;
  var opfs: () => Promise<Readonly<Record<string, number>>>;
}

/** An artifact without its bytes. */
export interface Shown {
  readonly name: string;
  readonly storage: StorageReport;
  readonly downloadedBytes: number;
  /** SHA-256 of each file, in hexadecimal digits. */
  readonly files: Readonly<Record<string, string>>;
}

/** What a call gave, or was refused with. */
export interface Outcome<T> {
  readonly value?: T;
  readonly error?: { readonly name: string; readonly code: string | undefined; readonly message: string };
}

/** What of the store is not as it is between two visits: all of these are empty then. */
export interface LooseEnds {
  /** Downloads that wait to be gone on with, or were forgotten. */
  readonly unfinished: readonly string[];
  /** Files that no record names. */
  readonly orphans: readonly string[];
  /** Files that a record names. */
  readonly missing: readonly string[];
}

/**
 * Opens `test/store/page/` over the built package.
 *
 * @param site serves the repository's root
 */
export async function openPage(context: BrowserContext, site: Pick<Site, 'url'>): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${site.url}/test/store/page/`);
  await page.waitForFunction(() => document.title === 'ready');
  return page;
}
