import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { isChromiumsOwn, launchProfile } from '../chromium.ts';
import { demoFolder } from './demo-folder.ts';
import { draw, prediction, ready, seven } from './draw.ts';
import { previewDemo } from './preview-demo.ts';
import { slowLine } from './slow-line.ts';

// The demo as its visitors keep it: in a browser with a profile, since others may not install it.

/** So fast that it only counts. */
const anyLine = { bytesPerSecond: 1e9, roundTripMs: 0 };

test('the demo is kept as it is visited: nothing comes twice, every room opens offline, and it can be installed', async () => {
  await using server = await previewDemo();
  const line = await slowLine(server.url, anyLine);
  await using browser = await launchProfile();
  const { context } = browser;
  const quiet = listen(context);
  const page = await context.newPage();
  await page.goto(`${line.url}/`);
  await ready(page);
  const first = line.bytes;
  await kept(page);
  const whole = await sizeOnTheLine(demoFolder);
  expect(line.bytes).toBeLessThan(whole);
  expect(await installability(page)).toEqual([]);

  const before = line.bytes;
  await page.reload();
  await ready(page);
  const second = line.bytes - before;
  expect(second).toBeLessThan(20_000);
  console.log(`First answer after ${kB(first)}, kept after ${kB(before)} of ${kB(whole)}, second visit ${kB(second)}`);

  await line[Symbol.asyncDispose]();
  await page.reload();
  await ready(page);
  await context.setOffline(true);
  await draw(page, seven);
  expect(await prediction(page)).toBe('7');
  expect(await page.locator('.site-notice').innerText()).toContain('You are offline');
  const opened: string[] = [];
  for (const entry of await hrefs(page, 'nav.rooms a')) {
    await page.locator(`nav.rooms a[href="${entry}"]`).click();
    for (const address of [entry, ...(await hrefs(page, 'nav.parts a'))]) {
      if (opened.includes(address)) continue;
      await page.evaluate((hash) => (location.hash = hash), address);
      await page.locator(`[data-room="${address.slice(2)}"] h1`).waitFor();
      opened.push(address);
    }
  }
  expect(opened.length).toBeGreaterThanOrEqual(6);
  expect(
    quiet().filter((problem) => !/ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|ERR_FAILED/.test(problem)),
  ).toEqual([]);
});

test('a model that was never opened says offline, in words, that it takes a connection, and comes when there is one', async () => {
  await using server = await previewDemo();
  await using browser = await launchProfile();
  const { context } = browser;
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(`${server.url}/#/inside`);
  await page.locator('.inside-none').waitFor();
  // Nobody opens a model: the site is kept after a while all the same.
  await page.clock.fastForward(20_000);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await context.setOffline(true);
  await page.evaluate(() => (location.hash = '#/classify/draw'));
  const notice = page.locator('#draw').getByRole('alert');
  expect(await notice.innerText()).toMatch(/Check the address and the connection/);
  await context.setOffline(false);
  await notice.getByRole('button', { name: 'Try again' }).click();
  await ready(page);
  await draw(page, seven);
  expect(await prediction(page)).toBe('7');
});

test('a new version waits until the visitor takes it, and comes as a whole', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'inpoint-version-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(demoFolder, folder, { recursive: true });
  await using server = await previewDemo(folder);
  await using browser = await launchProfile();
  const page = await browser.context.newPage();
  await page.goto(`${server.url}/`);
  await ready(page);
  await kept(page);
  expect(await page.locator('.site-notice').innerText()).toBe('');

  await rewrite(join(folder, 'index.html'), (html) => html.replace('<html', '<html data-version="2"'));
  await rewrite(join(folder, 'service-worker.js'), (code) =>
    code.replace(/(?<=url:"index\.html",revision:")\w+/, '2'.repeat(32)),
  );
  await page.reload();
  expect(await page.locator('html[data-version="2"]').count()).toBe(0);
  const notice = page.locator('.site-notice');
  await expect.poll(() => notice.innerText(), patient).toContain('There is a new version of this page.');
  await notice.getByRole('button', { name: 'Reload' }).click();
  await page.locator('html[data-version="2"]').waitFor({ state: 'attached' });
  await ready(page);
  await draw(page, seven);
  expect(await prediction(page)).toBe('7');
});

test('where there is no room to keep it, the demo works as it does without', async () => {
  await using server = await previewDemo();
  await using browser = await launchProfile();
  const { context } = browser;
  const quiet = listen(context);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: server.url, quotaSize: 1_000_000 });
  await page.goto(`${server.url}/`);
  await ready(page);
  const ended = page.evaluate(async () => {
    const registration = await new Promise<ServiceWorkerRegistration>((resolve) => {
      const look = async (): Promise<void> => {
        const found = await navigator.serviceWorker.getRegistration();
        if (found?.installing) resolve(found);
        else setTimeout(() => void look(), 20);
      };
      void look();
    });
    const worker = registration.installing!;
    return new Promise<string>((resolve) => worker.addEventListener('statechange', () => resolve(worker.state)));
  });
  expect(await ended).toBe('redundant');
  await draw(page, seven);
  expect(await prediction(page)).toBe('7');
  await page.reload();
  await ready(page);
  await draw(page, seven);
  expect(await prediction(page)).toBe('7');
  expect(quiet()).toEqual([]);
});

/** For what a service worker does in its own time. */
const patient = { timeout: 15_000 };

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

/** Resolves when the service worker has the page and the site; the model of digits is kept when it is ready. */
async function kept(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (navigator.serviceWorker.controller === null) await new Promise((resolve) => setTimeout(resolve, 50));
  });
}

async function installability(page: Page): Promise<unknown[]> {
  const session = await page.context().newCDPSession(page);
  const { errors, data } = await session.send('Page.getAppManifest');
  expect(JSON.parse(data!)).toMatchObject({ display: 'standalone', start_url: './' });
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  return [...errors, ...installabilityErrors];
}

function hrefs(page: Page, selector: string): Promise<string[]> {
  return page.locator(selector).evaluateAll((links) => links.map((link) => link.getAttribute('href')!));
}

/** All files of the site once, compressed, with their headers, and the one model. The page itself may come twice. */
async function sizeOnTheLine(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  let bytes = 0;
  for (const name of names) {
    const isOther = name.endsWith('.br') || (name.startsWith('models/') && !name.startsWith('models/digits/'));
    const { size } = await stat(join(folder, names.includes(`${name}.br`) ? `${name}.br` : name));
    const isFile = (await stat(join(folder, name))).isFile();
    if (isFile && !isOther) bytes += size + headerBytes;
  }
  return bytes + 10_000;
}

const headerBytes = 700;

async function rewrite(file: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const changed = change(text);
  expect(changed).not.toBe(text);
  await writeFile(file, changed);
  await rm(`${file}.br`, { force: true });
}

function kB(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} kB`;
}
