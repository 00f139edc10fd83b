import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve, type Route } from '../serve.ts';
import { badRuntimes } from './bad-runtimes.ts';
import { badRoutes } from './bad-server.ts';
import { buildPages } from './build-pages.ts';
import { chromium } from './engines/chromium.ts';
import type { Browser, Engine } from './engines/engine.ts';
import type { Message, PageResult } from './harness.ts';

/** The policy that Inpoint promises to work under. */
export const strictPolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self' blob: http://127.0.0.1:9; img-src 'self' blob: data:; media-src 'self' blob:; style-src 'self'";

/** A page's tests, run with certain headers. */
export interface PageRun {
  /** Its file in `pages/`. */
  readonly page: string;
  readonly headers?: Record<string, string>;
  /** Runs the tests whose names match. */
  readonly only?: RegExp;
  /** What the page reads from its address, such as `mutants=2000`. */
  readonly search?: string;
  /** Milliseconds for all its tests. @default 300,000 */
  readonly pageMs?: number;
  /** Told apart from other runs of the same page. */
  readonly label?: string;
}

export interface PageOutcome extends PageRun {
  /** The browser's. */
  readonly version: string;
  readonly results: readonly PageResult[];
  /** What its tests recorded, by name. */
  readonly records: Readonly<Record<string, unknown>>;
  /** What the page said on its console, and errors that nobody caught. */
  readonly said: readonly string[];
  readonly uncaught: readonly string[];
  readonly ms: number;
}

export interface RunOptions {
  /** @default Chromium */
  engine?: Engine;
  /** A folder of archives, for pages that deploy them. */
  packed?: string;
}

/** Builds the pages, opens each in a browser, and gives what its tests report, one after the other. */
export async function* runPages(
  runs: readonly PageRun[],
  { engine = chromium, packed }: RunOptions = {},
): AsyncGenerator<PageOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'inpoint-pages-'));
  try {
    await buildPages(folder);
    if (packed) {
      await symlink(packed, join(folder, 'packed'));
      const names = (await readdir(packed)).filter((name) => name.endsWith('.json'));
      await writeFile(join(folder, 'packed.json'), JSON.stringify(names.map((name) => name.replace(/\.json$/, ''))));
    }
    await using browser = await engine.launch();
    for (const run of runs) yield await runPage(run, browser, { engine, folder });
  } finally {
    await rm(folder, { recursive: true });
  }
}

const usualMs = 300_000;

async function runPage(
  run: PageRun,
  browser: Browser,
  { engine: { patience = 1, crashesIn }, folder }: { engine: Engine; folder: string },
): Promise<PageOutcome> {
  const start = performance.now();
  const results: PageResult[] = [];
  const records: Record<string, unknown> = {};
  const uncaught: string[] = [];
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  const collect: Route = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const message = JSON.parse(Buffer.concat(chunks).toString()) as Message;
    if (message.kind === 'result') results.push(message);
    else if (message.kind === 'record') records[message.name] = message.value;
    else if (message.kind === 'uncaught') uncaught.push(message.error);
    else finish();
    response.end();
  };
  const archive = new URL('../fixtures/archives/gnu-posix.tar.gz', import.meta.url);
  await using site = await serve(folder, {
    headers: { 'content-security-policy': strictPolicy, ...run.headers },
    routes: { '/results': collect, ...badRoutes(archive), ...badRuntimes() },
  });
  const search = new URLSearchParams(run.search);
  search.set('patience', String(patience));
  if (run.only) search.set('only', run.only.source);
  if (crashesIn) search.set('except', crashesIn.source);
  await using page = await browser.open(`${site.url}/${run.page}/?${search}`);
  const giveUp = (reason: string): void => {
    uncaught.push(reason);
    finish();
  };
  const pageMs = (run.pageMs ?? usualMs) * patience;
  const timer = setTimeout(() => giveUp(`The page was not done after ${pageMs / 1000} s.`), pageMs);
  void page.crashed.then(() => giveUp('The page crashed.'));
  await finished;
  clearTimeout(timer);
  const { version } = browser;
  return { ...run, version, results, records, said: page.said, uncaught: [...uncaught], ms: performance.now() - start };
}
