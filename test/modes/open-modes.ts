import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import type * as Inpoint from '../../src/index.ts';
import type { DeployOptions, Endpoint, InvokeOptions } from '../../src/index.ts';
import { isolation, serve } from '../serve.ts';
import { packGrinder, type GrinderOptions } from './grinder.ts';

/** What `page/page.js` gives to `page.evaluate()`. */
declare global {
  /** The built package. */
  var inpoint: typeof Inpoint;
  var modes: Modes;
}

/** What became of a call, and how long it took. */
export interface Timed<Value> {
  readonly value?: Value;
  readonly error?: {
    readonly name: string;
    readonly code?: string;
    readonly message: string;
    readonly retryAfterMs?: number;
  };
  readonly ms: number;
}

interface Modes {
  /** Workers of the page that have not been ended. */
  readonly workers: Worker[];
  /** Deploys one of the archives, on one thread of WASM. */
  deploy(archive: string, options?: DeployOptions): Promise<Endpoint<'tensor'>>;
  /** Asks a grinder for twice a number and its bias. */
  ask(endpoint: Endpoint<'tensor'>, number: number, options?: InvokeOptions & { rounds?: number }): Promise<number>;
  roundsFor(endpoint: Endpoint<'tensor'>, ms: number): Promise<number>;
  timed<Value>(promise: Promise<Value>): Promise<Timed<Value>>;
  until(isSo: () => boolean, ms?: number): Promise<void>;
  wait(ms: number): Promise<void>;
  setVisibility(state: DocumentVisibilityState): void;
}

/** A page on an origin of its own. Disposing tells whether it came to its end with nothing uncaught. */
export interface OpenModes extends AsyncDisposable {
  readonly page: Page;
  /** Paths that were asked for, in their order. */
  readonly requests: readonly string[];
}

const repository = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Opens a page with some models.
 *
 * @param grinders the models, by the names of their archives
 * @param isIsolated whether the page is cross-origin isolated
 */
export async function openModes(
  browser: Browser | BrowserContext,
  grinders: Readonly<Record<string, GrinderOptions>>,
  { isIsolated = false }: { isIsolated?: boolean } = {},
): Promise<OpenModes> {
  const archives = await Promise.all(
    Object.entries(grinders).map(async ([name, options]) => [`/${name}.tar.gz`, await packed(options)] as const),
  );
  const requests: string[] = [];
  const site = await serve(repository, {
    headers: isIsolated ? isolation : {},
    routes: Object.fromEntries(
      archives.map(([path, bytes]) => [
        path,
        (_, response) => void response.setHeader('etag', '"1"').setHeader('content-length', bytes.length).end(bytes),
      ]),
    ),
    onRequest: ({ url = '' }) => void requests.push(url),
  });
  const page = await browser.newPage();
  const uncaught: string[] = [];
  page.on('pageerror', (error) => uncaught.push(String(error)));
  await page.goto(`${site.url}/test/modes/page/`);
  await page.waitForFunction(() => document.title === 'ready');
  return {
    page,
    requests,
    async [Symbol.asyncDispose]() {
      await page.close();
      await site[Symbol.asyncDispose]();
      expect(uncaught).toEqual([]);
    },
  };
}

/** Archives that were made for a test before. */
const made = new Map<string, Promise<Buffer>>();

function packed(options: GrinderOptions): Promise<Buffer> {
  const key = JSON.stringify(options);
  const archive = made.get(key) ?? packGrinder(options);
  made.set(key, archive);
  return archive;
}
