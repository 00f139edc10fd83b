import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, symlink, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { launchChromium } from '../chromium.ts';
import { serve, type Route } from '../serve.ts';
import { badRuntimes } from './bad-runtimes.ts';
import { badRoutes } from './bad-server.ts';
import { filesOf, taskFixtures, taskFolder } from '../task-fixtures.ts';
import type { PageResult } from './harness.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));

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
  readonly results: readonly PageResult[];
  /** What the page said on its console, and errors that nobody caught. */
  readonly said: readonly string[];
  readonly uncaught: readonly string[];
}

/**
 * Builds the pages as a user's bundler would, opens each in Chromium, and collects what its tests report.
 *
 * @param packed a folder of archives, for pages that deploy them
 */
export async function runPages(runs: readonly PageRun[], { packed }: { packed?: string } = {}): Promise<PageOutcome[]> {
  const folder = await mkdtemp(join(tmpdir(), 'inpoint-pages-'));
  const browser = await launchChromium();
  try {
    await buildPages(folder);
    if (packed) {
      await symlink(packed, join(folder, 'packed'));
      const names = (await readdir(packed)).filter((name) => name.endsWith('.json'));
      await writeFile(join(folder, 'packed.json'), JSON.stringify(names.map((name) => name.replace(/\.json$/, ''))));
    }
    const outcomes: PageOutcome[] = [];
    for (const run of runs) {
      const results: PageResult[] = [];
      let finish: () => void;
      const finished = new Promise<void>((resolve) => (finish = resolve));
      const collect: Route = async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const body = JSON.parse(Buffer.concat(chunks).toString()) as PageResult | 'done';
        if (body === 'done') finish();
        else results.push(body);
        response.end();
      };
      const archive = new URL('../fixtures/archives/gnu-posix.tar.gz', import.meta.url);
      await using site = await serve(folder, {
        headers: { 'content-security-policy': strictPolicy, ...run.headers },
        routes: { '/results': collect, ...badRoutes(archive), ...badRuntimes() },
      });
      const page = await browser.newPage();
      const said: string[] = [];
      const uncaught: string[] = [];
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => {
        uncaught.push(error.stack ?? error.message);
      });
      page.on('crash', () => {
        uncaught.push('The page crashed.');
        finish();
      });
      const search = new URLSearchParams(run.search);
      if (run.only) search.set('only', run.only.source);
      await page.goto(`${site.url}/${run.page}/?${search}`);
      const { pageMs = 300_000 } = run;
      const timer = setTimeout(
        () => (uncaught.push(`The page was not done after ${pageMs / 1000} s.`), finish()),
        pageMs,
      );
      await finished;
      clearTimeout(timer);
      await page.close();
      outcomes.push({ ...run, results, said, uncaught });
    }
    return outcomes;
  } finally {
    await browser.close();
    await rm(folder, { recursive: true });
  }
}

async function buildPages(folder: string): Promise<void> {
  const sources = new URL('pages/', import.meta.url);
  const names = (await readdir(sources)).map((file) => file.replace(/\.ts$/, ''));
  await build({
    configFile: false,
    logLevel: 'warn',
    root: fileURLToPath(sources),
    resolve: { alias: [{ find: /^inpoint$/, replacement: join(repository, 'dist/index.js') }] },
    build: {
      outDir: join(folder, 'built'),
      emptyOutDir: true,
      target: 'esnext',
      minify: false,
      rolldownOptions: {
        input: Object.fromEntries(names.map((name) => [name, fileURLToPath(new URL(`${name}.ts`, sources))])),
        output: { entryFileNames: '[name].js' },
      },
    },
    base: '/built/',
  });
  for (const name of names) {
    await mkdir(join(folder, name));
    await writeFile(
      join(folder, name, 'index.html'),
      `<!doctype html><title>${name}</title><link rel="icon" href="data:,"><body><script type="module" src="/built/${name}.js"></script>`,
    );
  }
  const listed = taskFixtures.map((name) => [name, filesOf(join(taskFolder, name))]);
  await writeFile(join(folder, 'task-fixtures.json'), JSON.stringify(Object.fromEntries(listed)));
  const models = await readdir(join(repository, 'public/models'));
  await writeFile(join(folder, 'demo-models.json'), JSON.stringify(models));
  const links = { fixtures: 'test/fixtures', models: 'public/models', dist: 'dist', shared: '../shared' };
  for (const [name, target] of Object.entries(links)) {
    if (existsSync(join(repository, target))) await symlink(join(repository, target), join(folder, name));
  }
}
