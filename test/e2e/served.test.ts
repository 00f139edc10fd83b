import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { preview } from 'vite';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { demoFolder } from './demo-folder.ts';
import { draw, prediction, ready, seven } from './draw.ts';
import { npmStart } from './npm-start.ts';
import { previewDemo } from './preview-demo.ts';
import { visit } from './visit.ts';

// The built demo on the servers that serve it. Needs `dist/` and `dist-demo/`.

const repository = fileURLToPath(new URL('../../', import.meta.url));

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
});

test("by Vite's own preview, which unpacks the gzip on the way, the demo works the same", async () => {
  const server = await preview({
    root: repository,
    configFile: false,
    build: { outDir: demoFolder },
    preview: { host: '127.0.0.1', port: 0 },
    logLevel: 'silent',
  });
  try {
    const [address] = server.resolvedUrls!.local;
    const response = await fetch(new URL('models/digits/model.tar.gz', address), { method: 'HEAD' });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    await visit(browser, address!, answersSeven);
  } finally {
    await server.close();
  }
});

test('files come compressed to those who take it, are kept as long as they hold, and archives stay as they are', async () => {
  await using server = await previewDemo();
  const page = await readFile(join(demoFolder, 'index.html'), 'utf8');
  const [wasm] = /assets\/[^"]+\.wasm/.exec(page)!;
  const plain = await ask(`${server.url}/${wasm}`, {});
  expect(plain.headers).toMatchObject({ 'content-type': 'application/wasm', vary: 'Accept-Encoding' });
  expect(plain.headers['content-encoding']).toBeUndefined();
  const compressed = await ask(`${server.url}/${wasm}`, { 'accept-encoding': 'gzip, br' });
  expect(compressed.headers).toMatchObject({
    'content-type': 'application/wasm',
    'content-encoding': 'br',
    'content-length': String(compressed.body.length),
    'cache-control': 'public, max-age=31536000, immutable',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  });
  expect(compressed.headers.etag).not.toBe(plain.headers.etag);
  expect(compressed.body.length).toBeLessThan(plain.body.length / 5);
  expect(brotliDecompressSync(compressed.body).equals(plain.body)).toBe(true);

  const html = await ask(`${server.url}/`, { 'accept-encoding': 'br' });
  expect(html.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' });
  expect(brotliDecompressSync(html.body).toString()).toBe(page);
  const again = await ask(`${server.url}/`, { 'accept-encoding': 'br', 'if-none-match': html.headers.etag! });
  expect([again.status, again.body.length]).toEqual([304, 0]);

  const archive = await ask(`${server.url}/models/digits/model.tar.gz`, { 'accept-encoding': 'gzip, br' });
  expect(archive.headers).toMatchObject({ 'content-type': 'application/gzip', 'cache-control': 'no-cache' });
  expect(archive.headers['content-encoding']).toBeUndefined();
  expect(archive.body.length).toBe((await stat(join(demoFolder, 'models/digits/model.tar.gz'))).size);

  for (const nowhere of ['/nowhere', '/models/nowhere/model.tar.gz', '/%2e%2e/package.json', '/%ff']) {
    expect((await ask(`${server.url}${nowhere}`, {})).status, nowhere).toBeGreaterThanOrEqual(400);
  }
});

test('with several threads, which a cross-origin isolated page may have, the demo works the same', async () => {
  const folder = await copyOfDemo();
  const assets = await readdir(join(folder, 'assets'));
  const worker = `assets/${assets.find((name) => /^engine-worker-[\w-]+\.js$/.test(name))}`;
  // As on a device with four cores, wherever this runs.
  await rewrite(folder, worker, (code) => code.toString().replace('globalThis.navigator?.hardwareConcurrency', '4'));
  await using server = await previewDemo(folder);
  const work = async (page: Page): Promise<void> => {
    await answersSeven(page);
    await page.getByRole('link', { name: 'Inside' }).click();
    expect(await page.locator('.endpoint dl.facts').innerText()).toContain('ONNX Runtime, WebAssembly, 2 threads');
  };
  await visit(browser, `${server.url}/`, work);
});

// It builds anew what the tests above have open: the last of them.
test('by npm start, the demo works at the address that is printed, and Ctrl+C ends all of it', async () => {
  await using started = await npmStart(repository);
  expect((await fetch(started.address)).status).toBe(200);
  await visit(browser, started.address, answersSeven);
  const interrupted = performance.now();
  await started.interrupt();
  expect(performance.now() - interrupted).toBeLessThan(10_000);
  expect(started.isAlive()).toBe(false);
  await expect(fetch(started.address)).rejects.toThrow('fetch failed');
});

async function answersSeven(page: Page): Promise<void> {
  await ready(page);
  await draw(page, seven);
  expect(await prediction(page)).toBe('7');
}

/** The built demo, to be changed. */
async function copyOfDemo(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'inpoint-demo-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(demoFolder, folder, { recursive: true });
  return folder;
}

async function rewrite(folder: string, name: string, change: (bytes: Buffer) => Buffer | string): Promise<void> {
  const file = join(folder, name);
  const bytes = await readFile(file);
  const changed = Buffer.from(change(bytes));
  expect(changed.equals(bytes)).toBe(false);
  await writeFile(file, changed);
  await rm(`${file}.br`, { force: true });
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | undefined>;
  /** As it came over the line. */
  readonly body: Buffer;
}

/** Asks without decoding anything, which `fetch()` does not do. */
function ask(address: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(address, { headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const { statusCode, headers: given } = response;
      resolve({ status: statusCode!, headers: given as Answer['headers'], body: Buffer.concat(chunks) });
    })
      .on('error', reject)
      .end();
  });
}
