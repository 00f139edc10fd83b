import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';
import { expect, onTestFinished, test } from 'vitest';
import { generateSW } from 'workbox-build';
import { isChromiumsOwn, launchProfile } from '../chromium.ts';
import { isolation, serve, type Route, type ServeOptions, type Site } from '../serve.ts';

// Users' pages whose service workers keep Inpoint's files, in a browser with a profile.

const repository = fileURLToPath(new URL('../..', import.meta.url));
const apps = fileURLToPath(new URL('service-worker', import.meta.url));
const dist = process.env['INPOINT_DIST'] ?? join(repository, 'dist');

const strict = {
  'content-security-policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:",
};

test('a first visit is enough: with its server stopped, a bundled page under a strict policy boots and predicts', async () => {
  const folder = await bundle(dist);
  await using site = await start(folder, { headers: strict });
  await using browser = await launchProfile();
  const problems = listen(browser.context);
  const page = await open(browser.context, site.url);
  expect(await answer(page)).toEqual({ label: '1', threads: 1, isControlled: true, reason: undefined });
  const files = await keptFiles(page);
  expect(files.map(withoutHash).toSorted()).toEqual([
    '/',
    '/assets/archive-worker.js',
    '/assets/engine-worker.js',
    '/assets/index.js',
    '/assets/inpoint-generation.js',
    '/assets/ort-wasm-simd-threaded.js',
    '/assets/ort-wasm-simd-threaded.wasm',
    '/assets/service-worker.js',
  ]);
  const types = await page.evaluate(async (names) => {
    const responses = await Promise.all(names.map((name) => caches.match(name)));
    return responses.map((response) => [response!.type, response!.headers.get('content-type')!.replace(/;.*/, '')]);
  }, files);
  const wanted = files.map((name) => {
    if (name === '/') return 'text/html';
    return name.endsWith('.wasm') ? 'application/wasm' : 'text/javascript';
  });
  expect(types).toEqual(wanted.map((type) => ['basic', type]));
  expect(problems()).toEqual([]);

  await site[Symbol.asyncDispose]();
  await page.reload();
  expect(await answer(page)).toEqual({ label: '1', threads: 1, isControlled: true, reason: undefined });
  await page.close();
  const second = await open(browser.context, site.url);
  expect(await answer(second)).toMatchObject({ label: '1' });
  // The browser looks for a newer service worker, and finds no server.
  expect(problems().filter((problem) => !/ERR_CONNECTION_REFUSED/.test(problem))).toEqual([]);
});

test.each(['bundled', 'plain'])(
  'a page, %s, that has deployed before there was a service worker is kept by its first visit, too',
  async (kind) => {
    const change = (main: string): string => {
      const late = main.replace(/ +await navigator[^;]+;\n.*keepInpointOffline\(.*\n/, '  const offline = {};\n');
      expect(late).not.toBe(main);
      return late;
    };
    const { folder } = kind === 'plain' ? await plainSite(change) : { folder: await bundle(dist, change) };
    await using site = await start(folder);
    await using browser = await launchProfile();
    const problems = listen(browser.context);
    const page = await open(browser.context, site.url);
    expect(await answer(page)).toMatchObject({ label: '1' });
    await page.evaluate(() => navigator.serviceWorker.register('/service-worker.js', { type: 'module' }));
    const files = (await keptFiles(page)).join(' ');
    for (const name of [/engine-worker/, /archive-worker/, /ort-wasm\S+\.js/, /ort-wasm\S+\.wasm/])
      expect(files).toMatch(name);
    expect(problems()).toEqual([]);
    site.isDown = true;
    await page.reload();
    expect(await answer(page)).toMatchObject({ label: '1' });
  },
);

test("webpack, which gives names of its own: what the service worker is told is the site's", async () => {
  const folder = await bundleWithWebpack();
  await using site = await start(folder, { headers: strict });
  await using browser = await launchProfile();
  const page = await open(browser.context, site.url);
  expect(await answer(page)).toMatchObject({ label: '1', isControlled: true });
  expect((await keptFiles(page)).filter((name) => name.endsWith('.wasm'))).toHaveLength(1);
  site.isDown = true;
  await page.reload();
  expect(await answer(page)).toMatchObject({ label: '1', isControlled: true });
});

test('Workbox with the globs of the docs keeps the whole site without the helper', async () => {
  const folder = await bundle(dist, (main) => main.replace(/keepInpointOffline\(\{.*\}\)/, '{}'));
  await generateSW({
    globDirectory: folder,
    swDest: join(folder, 'service-worker.js'),
    inlineWorkboxRuntime: true,
    ...(await optionsOfTheDocs()),
  });
  await using site = await start(folder);
  await using browser = await launchProfile();
  const page = await open(browser.context, site.url);
  expect(await answer(page)).toMatchObject({ label: '1' });
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await site[Symbol.asyncDispose]();
  await page.reload();
  expect(await answer(page)).toMatchObject({ label: '1' });
});

test('an update of hashed files comes with the page, takes the place of theirs, and leaves the caches of others', async () => {
  const folder = await bundle(dist);
  await using site = await start(folder);
  await using browser = await launchProfile();
  const page = await open(browser.context, site.url);
  await page.evaluate(async () => {
    await caches.open('inpoint-files-0');
    await caches.open('inpoint-files-of-mine');
    await caches.open('workbox-precache-v2');
  });
  expect(await answer(page)).toMatchObject({ label: '1' });
  const before = await keptFiles(page);

  const next = await bundle(await nextVersion());
  await rm(folder, { recursive: true });
  await cp(next, folder, { recursive: true });
  const byOthers = await open(browser.context, `${site.url}/not-there`);
  await page.reload();
  expect(await answer(page)).toMatchObject({ label: '1' });
  // Another page is open, perhaps of the version before.
  const both = await keptFiles(page);
  const engines = (files: readonly string[]): readonly string[] => files.filter((name) => /engine-worker/.test(name));
  expect(engines(both)).toHaveLength(2);
  await byOthers.close();
  await page.reload();
  expect(await answer(page)).toMatchObject({ label: '1' });
  const after = await keptFiles(page);
  expect(engines(after)).toEqual(engines(both).filter((name) => !before.includes(name)));
  // The server has the page's own script of before no more.
  expect(after.filter((name) => name.startsWith('/assets/index-'))).toHaveLength(1);
  // The runtime is the same in both, and its files are not fetched again.
  const runtime = (files: readonly string[]): readonly string[] =>
    files.filter((name) => /ort-wasm/.test(name)).toSorted();
  expect(runtime(after)).toEqual(runtime(before));

  site.isDown = true;
  await page.reload();
  expect(await answer(page)).toMatchObject({ label: '1' });
  expect(await page.evaluate(() => caches.keys())).toEqual(
    expect.arrayContaining(['my-archives', 'inpoint-files-of-mine', 'workbox-precache-v2', 'inpoint-files-1']),
  );
});

test('files without a hash are the newest there are, of one version offline, and keep the headers that threads need', async () => {
  const { folder, files } = await plainSite();
  let status = 200;
  const html = await readFile(join(folder, 'index.html'));
  const home: Route = (_, response) =>
    void response.writeHead(status, { 'content-type': 'text/html' }).end(status === 200 ? html : 'Try later.');
  await using site = await start(folder, { headers: isolation, routes: { '/': home } });
  await using browser = await launchProfile();
  const page = await open(browser.context, site.url);
  expect(await answer(page)).toMatchObject({ label: '1', threads: 2, isControlled: true });
  await keptFiles(page);
  expect(await version(page)).toBeUndefined();
  site.isDown = true;
  await page.reload();
  expect(await answer(page)).toMatchObject({ label: '1', threads: 2, isControlled: true });

  site.isDown = false;
  status = 503;
  await page.reload();
  expect(await answer(page)).toMatchObject({ label: '1', threads: 2, isControlled: true });

  status = 200;
  await setVersion(files, 2);
  await page.reload();
  expect(await answer(page)).toMatchObject({ label: '1', threads: 2 });
  expect(await version(page)).toBe(2);
  await keptFiles(page);

  // The network goes away when the page has the first file of the third version.
  await setVersion(files, 3);
  site.isDown = (path) => path.endsWith('-worker.js');
  await page.reload();
  expect(await answer(page)).toMatchObject({ label: '1' });
  expect(await version(page)).toBe(3);
  const { failures } = await report(page);
  expect(failures.length).toBeGreaterThan(0);
  site.isDown = true;
  await page.reload();
  expect(await answer(page)).toMatchObject({ label: '1' });
  expect(await version(page)).toBe(2);
});

test('serveInpointOffline() deletes the cache of an earlier form of itself, and no other', async () => {
  const { folder } = await plainSite();
  await using site = await start(folder);
  await using browser = await launchProfile();
  const page = await open(browser.context, `${site.url}/not-there`);
  await page.evaluate(async () => {
    for (const name of ['inpoint-files-0', 'inpoint-files-of-mine', 'inpoint-models-1']) await caches.open(name);
  });
  await page.goto(site.url);
  expect(await answer(page)).toMatchObject({ label: '1' });
  expect((await page.evaluate(() => caches.keys())).toSorted()).toEqual([
    'inpoint-files-1',
    'inpoint-files-of-mine',
    'inpoint-models-1',
    'my-archives',
  ]);
});

test('other listeners answer what is theirs, and an opaque answer, an archive or a server page is not kept', async () => {
  const folder = await bundle(dist);
  await using other = await serve(await emptyFolder({ 'opaque.js': '1' }));
  await using site = await start(folder, {
    routes: { '/assets/lost.js': (_, response) => void response.setHeader('content-type', 'text/html').end('<p>Home') },
  });
  await using browser = await launchProfile();
  const page = await open(browser.context, site.url);
  expect(await answer(page)).toMatchObject({ label: '1' });
  const text = (path: string): Promise<string> => page.evaluate(async (address) => (await fetch(address)).text(), path);
  expect(await text('/before.txt')).toBe('from the listener before');
  expect(await text('/after.txt')).toBe('from the listener after');
  expect(await text('/assets/lost.js')).toBe('<p>Home');
  expect(
    await page.evaluate(async (address) => (await fetch(address, { mode: 'no-cors' })).type, `${other.url}/opaque.js`),
  ).toBe('opaque');
  const part = await page.evaluate(async () => {
    const response = await fetch('/assets/', { headers: { range: 'bytes=0-1' } });
    return response.status;
  });
  expect(part).toBe(404);
  const names = await keptFiles(page);
  expect(names.filter((name) => /opaque|lost|txt|tar\.gz|assets\/$/.test(name))).toEqual([]);
  const { failures } = await report(page, ['/assets/lost.js', '/model.tar.gz']);
  expect(failures.map(({ address, reason }) => `${new URL(address).pathname}: ${reason}`)).toContain(
    '/assets/lost.js: Error: It was answered with 200 text/html.',
  );
});

test('where there is no room, the page works as without, and is told why nothing is kept', async () => {
  const folder = await bundle(dist);
  await using site = await start(folder);
  await using browser = await launchProfile();
  const problems = listen(browser.context);
  const page = await browser.context.newPage();
  const session = await browser.context.newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: site.url, quotaSize: 2_000_000 });
  await page.goto(site.url);
  expect(await answer(page)).toMatchObject({ label: '1', isControlled: true });
  const { failures } = await report(page);
  expect(failures.find(({ address }) => address.endsWith('.wasm'))?.reason).toMatch(/Quota/);
  await page.reload();
  expect(await answer(page)).toMatchObject({ label: '1', isControlled: true });
  expect(problems()).toEqual([]);
});

test('keepInpointOffline() says why where no service worker takes the page', async () => {
  const { folder } = await plainSite((main) => main.replace('{ waitMs: 10_000 }', '{ waitMs: 500 }'));
  await writeFile(join(folder, 'service-worker.js'), '// somebody else’s\n');
  await using site = await start(folder);
  await using browser = await launchProfile();
  const page = await open(browser.context, site.url);
  const { isControlled, reason, label } = await answer(page);
  expect({ isControlled, label }).toEqual({ isControlled: false, label: '1' });
  expect(reason).toMatch(/No service worker with serveInpointOffline\(\) has taken the page within 500 ms/);
  const aborted = await page.evaluate(async () => {
    const stop = new AbortController();
    const waiting = (globalThis as unknown as Keeping).keepInpointOffline({ signal: stop.signal });
    stop.abort('enough');
    return waiting.then(
      () => 'resolved',
      (why: unknown) => why,
    );
  });
  expect(aborted).toBe('enough');

  await page.addInitScript(() => delete (Navigator.prototype as { serviceWorker?: unknown }).serviceWorker);
  await page.goto(`${site.url}/not-there`);
  const without = await page.evaluate(
    "import('/inpoint/dist/service-worker.js').then(({ keepInpointOffline }) => keepInpointOffline())",
  );
  expect(without).toMatchObject({
    isControlled: false,
    reason: expect.stringMatching(/no service workers here/),
    files: [],
  });
});

interface Answer {
  readonly label: string;
  readonly threads: number;
  readonly isControlled: boolean;
  readonly reason: string | undefined;
}

interface Keeping {
  readonly result: Promise<Answer>;
  readonly inpointVersion: number | undefined;
  keepInpointOffline(options?: { files?: string[]; signal?: AbortSignal }): Promise<Kept>;
}

interface Kept {
  readonly files: readonly string[];
  readonly failures: readonly { readonly address: string; readonly reason: string }[];
}

async function open(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

function answer(page: Page): Promise<Answer> {
  return page.evaluate(() => (globalThis as unknown as Keeping).result);
}

function report(page: Page, files: string[] = []): Promise<Kept> {
  return page.evaluate((more) => (globalThis as unknown as Keeping).keepInpointOffline({ files: more }), files);
}

/** The paths of what is kept once nothing is being written any more. */
async function keptFiles(page: Page): Promise<readonly string[]> {
  return (await report(page)).files.map((address) => new URL(address).pathname);
}

function withoutHash(path: string): string {
  return path.replace(/-[\w-]{8}(?=\.\w+$)/, '');
}

/** Errors on consoles and uncaught ones, as they come. */
function listen(context: BrowserContext): () => readonly string[] {
  const problems: string[] = [];
  context.on('console', (message) => {
    if (isChromiumsOwn(message.text())) return;
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  context.on('weberror', (error) => problems.push(String(error.error())));
  return () => problems;
}

/** A server that can be as good as gone, wholly or for certain paths. */
interface FailingSite extends Site {
  isDown: boolean | ((path: string) => boolean);
}

async function start(folder: string, options: ServeOptions = {}): Promise<FailingSite> {
  const site = await serve(folder, {
    ...options,
    onRequest: (request) => {
      const { isDown } = failing;
      if (typeof isDown === 'function' ? isDown(request.url!) : isDown) request.destroy();
    },
  });
  const failing: FailingSite = { ...site, isDown: false };
  return failing;
}

/** A site of the package in `from`, as Vite builds it. */
async function bundle(from: string, change: (main: string) => string = (main) => main): Promise<string> {
  const root = await emptyFolder();
  await cp(join(apps, 'bundled'), root, { recursive: true });
  const main = await readFile(join(apps, 'main.js'), 'utf8');
  await writeFile(join(root, 'main.js'), change(main));
  const outDir = await emptyFolder();
  await build({
    configFile: false,
    logLevel: 'warn',
    root,
    resolve: {
      alias: [
        { find: /^inpoint$/, replacement: join(from, 'index.js') },
        { find: /^inpoint\/service-worker$/, replacement: join(from, 'service-worker.js') },
      ],
    },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'esnext',
      rolldownOptions: {
        input: { index: join(root, 'index.html'), 'service-worker': join(root, 'service-worker.js') },
        output: {
          entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
        },
      },
    },
  });
  await cp(join(repository, 'public/models/digits/model.tar.gz'), join(outDir, 'model.tar.gz'));
  return outDir;
}

/** What `docs/offline.md` has for Workbox. */
async function optionsOfTheDocs(): Promise<object> {
  const text = await readFile(join(repository, 'docs/offline.md'), 'utf8');
  const [, code] = /^## With Workbox alone$[^]*?^```js$([^]*?)^```$/m.exec(text)!;
  const { default: options } = (await import(`data:text/javascript,${encodeURIComponent(code!)}`)) as {
    default: object;
  };
  return options;
}

/** A site of the package as webpack builds it, without a word about Inpoint in its configuration. */
async function bundleWithWebpack(): Promise<string> {
  const root = await emptyFolder();
  await cp(join(apps, 'bundled'), root, { recursive: true });
  await cp(join(apps, 'main.js'), join(root, 'main.js'));
  const listed = `serveInpointOffline({ alsoKeep: ({ pathname }) => pathname === '/' || /\\.(js|wasm)$/.test(pathname) });`;
  await writeFile(
    join(root, 'service-worker.js'),
    `import { serveInpointOffline } from 'inpoint/service-worker';\n${listed}\n`,
  );
  const alias = { 'inpoint/service-worker$': join(dist, 'service-worker.js'), inpoint$: join(dist, 'index.js') };
  const common = { mode: 'production', context: root, resolve: { alias }, performance: false };
  const output = { path: join(root, 'site') };
  await webpack([
    { ...common, entry: './main.js', output },
    {
      ...common,
      entry: './service-worker.js',
      target: 'webworker',
      output: { ...output, filename: 'service-worker.js' },
    },
  ]);
  const html = await readFile(join(root, 'index.html'), 'utf8');
  await writeFile(join(root, 'site/index.html'), html.replace('type="module" src="./main.js"', 'defer src="/main.js"'));
  await cp(join(repository, 'public/models/digits/model.tar.gz'), join(root, 'site/model.tar.gz'));
  return join(root, 'site');
}

/** In a process of its own, as on a command line. */
async function webpack(configs: readonly object[]): Promise<void> {
  const tool = join(repository, 'node_modules/webpack');
  const script = `
    require(${JSON.stringify(tool)})(${JSON.stringify(configs)}, (error, stats) => {
      if (error || stats.hasErrors()) throw error ?? new Error(stats.toString());
    });`;
  await promisify(execFile)(process.execPath, ['--input-type=commonjs', '-e', script]);
}

/** A site that serves the package as it is. */
async function plainSite(
  change: (main: string) => string = (main) => main,
): Promise<{ folder: string; files: string }> {
  const folder = await emptyFolder();
  await cp(join(apps, 'plain'), folder, { recursive: true });
  await writeFile(join(folder, 'main.js'), change(await readFile(join(apps, 'main.js'), 'utf8')));
  await symlink(join(repository, 'public/models/digits/model.tar.gz'), join(folder, 'model.tar.gz'));
  const files = join(folder, 'inpoint/dist');
  await copyPackage(files);
  return { folder, files };
}

/** A copy of the package whose page and engine are of another version. */
async function nextVersion(): Promise<string> {
  const files = await emptyFolder();
  await copyPackage(files);
  await setVersion(files, 2);
  return files;
}

async function copyPackage(to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(dist)) {
    if (/\.js$|^ort-.*\.wasm$/.test(name) && name !== 'cli.js') await cp(join(dist, name), join(to, name));
  }
}

async function setVersion(files: string, number: number): Promise<void> {
  for (const name of ['index.js', 'engine-worker.js']) {
    const code = await readFile(join(dist, name), 'utf8');
    await writeFile(join(files, name), `${code}\nglobalThis.inpointVersion = ${number};\n`);
  }
}

function version(page: Page): Promise<number | undefined> {
  return page.evaluate(() => (globalThis as unknown as Keeping).inpointVersion);
}

async function emptyFolder(files: Record<string, string> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'inpoint-service-worker-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}
