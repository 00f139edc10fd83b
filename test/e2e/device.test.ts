import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type axeCore from 'axe-core';
import type * as Inpoint from '../../src/index.ts';
import type { DeviceReport } from '../../src/index.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { isolation, serve, type Route, type Site } from '../serve.ts';
import { demoFolder } from './demo-folder.ts';
import { visit, type VisitOptions } from './visit.ts';

// The room that tells what this device can do, with and without what a page may have.

let browser: Browser;
let site: Site;
let isolated: Site;

beforeAll(async () => {
  browser = await launchChromium(['--enable-blink-features=ForceEagerMeasureMemory']);
  site = await serve(demoFolder);
  isolated = await serve(demoFolder, { headers: isolation });
});

afterAll(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
  await isolated?.[Symbol.asyncDispose]();
});

async function visitDevice(
  { url }: Site,
  work: (page: Page) => Promise<void>,
  { by = browser, ...options }: VisitOptions & { by?: Browser } = {},
): Promise<void> {
  await visit(
    by,
    `${url}/#/device`,
    async (page) => {
      await page.locator('#device-json').waitFor({ state: 'attached' });
      await work(page);
    },
    options,
  );
}

test('without isolation: one thread, OPFS, and why; nothing is left of what was tried', async () => {
  await visitDevice(site, async (page) => {
    const report = await reportOf(page);
    expect(report).toMatchObject({
      inpoint: '0.1.0',
      onnxruntime: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
      browser: { name: expect.stringMatching(/Chromium \d+/) as string, isMobile: false },
      page: { isSecure: true, isIsolated: false, hasOpaqueOrigin: false, isFramed: false },
      worker: {
        kind: 'ran',
        wasm: { compiles: { works: true }, simd: true, jspi: true, largestMemoryBytes: 2 ** 32 },
        storage: {
          opfs: { works: true },
          cacheStorage: { works: true },
          indexedDB: { works: true },
          webLocks: { works: true },
        },
      },
      means: { runs: 'wasm', threads: 1, keeps: 'opfs' },
    });
    expect(report.means.reasons.join(' ')).toContain('not cross-origin isolated');
    expect(await marks(page)).toMatchObject({ wasm: 'good', webgpu: 'limited', threads: 'limited', keeps: 'good' });
    expect(await traces(page)).toEqual([]);
    await page.getByText('It cannot be measured here').waitFor();
    expect(await violations(page)).toEqual([]);
  });
});

test('with isolation the memory is measured, and the threads are those of the cores', async () => {
  await visitDevice(isolated, async (page) => {
    const { cores, means, page: found } = await reportOf(page);
    expect(found.isIsolated).toBe(true);
    expect(means.threads).toBe(Math.min(4, Math.ceil(cores / 2)));
    expect(means.reasons.join(' ')).toContain(`the device has ${cores} cores`);
    await page.getByRole('button', { name: 'Measure', exact: true }).click();
    await expect
      .poll(() => page.locator('#device-memory-total').allInnerTexts(), patient)
      .toEqual([expect.stringMatching(/^\d+\.\d MB$/)]);
  });
});

describe('with WebGPU by SwiftShader', () => {
  let swift: Browser;

  beforeAll(async () => {
    swift = await launchChromium([
      '--enable-unsafe-webgpu',
      '--use-webgpu-adapter=swiftshader',
      '--enable-features=Vulkan',
    ]);
  });

  afterAll(() => swift?.close());

  test('the adapter is told, in the page and in a worker, and is no reason to compute with it', async () => {
    const work = async (page: Page): Promise<void> => {
      const { means, page: found, worker } = await reportOf(page);
      const adapter = {
        kind: 'adapter',
        vendor: 'google',
        architecture: 'swiftshader',
        isSoftware: true,
        features: expect.arrayContaining(['subgroups']) as string[],
        limits: expect.objectContaining({ maxBufferSize: expect.any(Number) as number }) as object,
      };
      expect(found.webgpu).toMatchObject(adapter);
      expect(worker).toMatchObject({ webgpu: adapter });
      expect(means.runs).toBe('wasm');
      await page.getByText('The only graphics adapter is software: google swiftshader.').waitFor();
      await page.getByRole('table', { name: 'WebGPU, in a worker and in the page' }).waitFor();
      expect(await violations(page)).toEqual([]);
    };
    await visitDevice(site, work, { by: swift });
  });
});

test('by keyboard: it is measured again, copied and downloaded, as the same JSON', async () => {
  const work = async (page: Page): Promise<void> => {
    const button = (name: string) => page.getByRole('button', { name });
    const press = async (name: string): Promise<void> => {
      await button(name).focus();
      await page.keyboard.press('Enter');
    };
    await press('Measure again');
    await expect.poll(() => page.locator('#announcement').innerText(), patient).toBe('Measured again.');
    expect(await button('Measure again').evaluate((node) => node === document.activeElement)).toBe(true);
    const shown = await page.locator('#device-json').textContent();
    await press('Copy as JSON');
    await button('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(shown);
    const download = page.waitForEvent('download');
    await press('Download');
    const file = await download;
    expect(file.suggestedFilename()).toBe('inpoint-device.json');
    expect(await readFile(await file.path(), 'utf8')).toBe(shown);
  };
  await visitDevice(site, work, { permissions: ['clipboard-read', 'clipboard-write'] });
});

test('an adapter that never comes holds up neither the page nor the report', async () => {
  const work = async (page: Page): Promise<void> => {
    await page.addInitScript(() => {
      const never = (): Promise<null> => new Promise(() => {});
      Object.defineProperty(navigator, 'gpu', { value: { requestAdapter: never } });
    });
    await page.reload();
    await page.getByText('Measuring …').waitFor();
    await page.locator('#device-json').waitFor({ state: 'attached' });
    expect((await reportOf(page)).page.webgpu).toEqual({
      kind: 'none',
      reason: 'WebGPU is there, and no adapter: it did not answer within 5 seconds',
    });
  };
  await visitDevice(site, work);
});

test('a worker that does not start is what the report says, in a room that is free of what axe finds', async () => {
  const context = await browser.newContext();
  try {
    await context.route(/device-worker/, (route) => route.abort());
    const page = await context.newPage();
    await page.goto(`${site.url}/#/device`);
    await page.getByRole('heading', { name: 'No model runs here' }).waitFor();
    expect(await reportOf(page)).toMatchObject({
      worker: { kind: 'failed', reason: expect.stringContaining('its script could not be loaded') as string },
      means: { runs: 'nothing', threads: 0, keeps: 'memory' },
    });
    expect(await marks(page)).toEqual({ worker: 'bad' });
    expect(await violations(page)).toEqual([]);
  } finally {
    await context.close();
  }
});

describe('of the package itself', () => {
  const dist = fileURLToPath(new URL('../../dist', import.meta.url));
  const answer =
    (type: string, text: string): Route =>
    (_, response) =>
      void response.setHeader('content-type', type).end(text);
  const routes = {
    '/page': answer('text/html', '<!doctype html><title>page</title><script type="module" src="/start.js"></script>'),
    '/framed': answer('text/html', '<!doctype html><title>frame</title><iframe sandbox="allow-scripts" src="/page">'),
    '/start.js': answer('text/javascript', "import * as inpoint from '/index.js'; globalThis.inpoint = inpoint;"),
  };

  const measured = (frame: Pick<Page, 'evaluate'>): Promise<DeviceReport> =>
    frame.evaluate(async () => {
      const { inpoint } = globalThis as unknown as { inpoint: typeof Inpoint };
      return inpoint.device();
    });

  test('in a sandboxed frame no worker starts, and device() says why', async () => {
    await using server = await serve(dist, { headers: { 'access-control-allow-origin': '*' }, routes });
    const page = await browser.newPage();
    await page.goto(`${server.url}/framed`);
    const { page: found, worker, means } = await measured(page.frames()[1]!);
    expect(found).toMatchObject({ hasOpaqueOrigin: true, isFramed: true });
    expect(worker).toEqual({
      kind: 'failed',
      reason: expect.stringMatching(/^The device worker cannot be started: this page has no origin/) as string,
    });
    expect(means).toMatchObject({ runs: 'nothing', threads: 0, keeps: 'memory' });
    await page.close();
  });

  test('under a policy without wasm-unsafe-eval nothing runs, and device() says why', async () => {
    const policy = "default-src 'none'; script-src 'self'; worker-src 'self'";
    await using server = await serve(dist, { headers: { 'content-security-policy': policy }, routes });
    const page = await browser.newPage();
    await page.goto(`${server.url}/page`);
    const { worker, means } = await measured(page);
    expect(worker).toMatchObject({ kind: 'ran', wasm: { compiles: { works: false }, simd: true } });
    expect(means.runs).toBe('nothing');
    expect(means.reasons[0]).toMatch(/^No model runs: WebAssembly cannot be used here: .*Content Security Policy/);
    await page.close();
  });

  test('on an insecure origin models are gone with the page', async () => {
    await using server = await serve(dist, { routes });
    const insecure = await launchChromium(['--host-resolver-rules=MAP insecure.test 127.0.0.1']);
    const page = await insecure.newPage();
    await page.goto(`${server.url.replace('127.0.0.1', 'insecure.test')}/page`);
    const { page: found, means } = await measured(page);
    expect(found.isSecure).toBe(false);
    expect(means).toMatchObject({ runs: 'wasm', keeps: 'memory' });
    expect(means.reasons.at(-1)).toMatch(/this page is not served securely\.$/);
    await insecure.close();
  });

  test('measureMemory() gives nothing to a page that is not isolated', async () => {
    await using server = await serve(dist, { routes });
    const page = await browser.newPage();
    await page.goto(`${server.url}/page`);
    const measure = await page.evaluate(async () => {
      const { inpoint } = globalThis as unknown as { inpoint: typeof Inpoint };
      return { is: await inpoint.measureMemory() };
    });
    expect(measure).toEqual({ is: undefined });
    await page.close();
  });

  test('measureMemory() tells the memory of an engine from the page', async () => {
    await using server = await serve(dist, { headers: isolation, routes: { ...routes, '/model.tar.gz': model } });
    const page = await browser.newPage();
    await page.goto(`${server.url}/page`);
    const found = await page.evaluate(async () => {
      const { inpoint } = globalThis as unknown as { inpoint: typeof Inpoint };
      const endpoint = await inpoint.deploy('/model.tar.gz');
      const measure = await inpoint.measureMemory();
      await endpoint.close();
      return measure!;
    });
    expect(found.workers).toContainEqual({
      url: `${server.url}/engine-worker.js`,
      role: 'engine',
      bytes: expect.any(Number) as number,
    });
    const parts = found.workers.reduce((sum, { bytes }) => sum + bytes, found.pageBytes + found.sharedBytes);
    expect(parts).toBe(found.bytes);
    await page.close();
  });
});

const model: Route = async (_, response) =>
  void response.end(await readFile(join(demoFolder, 'models/digits/model.tar.gz')));

/** For a measurement, or what is announced once it is quiet. */
const patient = { timeout: 20_000 };

/** What the room shows as JSON. */
async function reportOf(page: Page): Promise<DeviceReport> {
  return JSON.parse((await page.locator('#device-json').textContent())!) as DeviceReport;
}

/** How good each thing is that the room concludes. */
function marks(page: Page): Promise<Record<string, string>> {
  return page
    .locator('.device-reasons li')
    .evaluateAll((all) =>
      Object.fromEntries((all as HTMLElement[]).map(({ dataset }) => [dataset['about']!, dataset['mark']!])),
    );
}

/** Files, caches and databases that have the name of what was tried. */
function traces(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const own = await (await navigator.storage.getDirectory()).getDirectoryHandle('inpoint');
    const files: string[] = [];
    for await (const name of (own as FileSystemDirectoryHandle & { keys(): AsyncIterable<string> }).keys())
      files.push(name);
    const databases = (await indexedDB.databases()).map(({ name }) => name!);
    return [...files, ...(await caches.keys()), ...databases].filter((name) => name.includes('device-'));
  });
}

/** What axe finds on the page as it is. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8'));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof axeCore };
    const found = await axe.run();
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}
