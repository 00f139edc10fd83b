import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { findChromium } from '../../scripts/find-chromium.mjs';
import { draw, prediction, ready, seven } from '../e2e/draw.ts';
import { previewDemo } from '../e2e/preview-demo.ts';

test('the demo that was loaded once predicts when its server has gone and the browser was started anew', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'inpoint-profile-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const server = await previewDemo();
  const address = `${server.url}/`;
  await withBrowser(folder, async (context) => {
    const page = await context.newPage();
    await page.goto(address);
    await ready(page);
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      while (!navigator.serviceWorker.controller) await new Promise((later) => setTimeout(later, 50));
    });
  });
  await server[Symbol.asyncDispose]();
  await withBrowser(folder, async (context) => {
    const page = await context.newPage();
    await page.goto(address);
    await page.reload();
    await ready(page);
    await draw(page, seven);
    expect(await prediction(page)).toBe('7');
  });
});

/** Starts a browser with what is kept in a folder. */
async function withBrowser(folder: string, work: (context: BrowserContext) => Promise<void>): Promise<void> {
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: findChromium(),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    viewport: { width: 1280, height: 900 },
  });
  try {
    await work(context);
  } finally {
    await context.close();
  }
}
