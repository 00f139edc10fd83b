import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { serve, type Route, type Site } from '../serve.ts';
import { demoFolder } from './demo-folder.ts';
import { draw, drawByFinger, prediction, ready, seven, type Stroke } from './draw.ts';
import { visit, type VisitOptions } from './visit.ts';

// The room where digits are drawn, as visitors have it: real mouse, keyboard and finger.

const repository = fileURLToPath(new URL('../../', import.meta.url));
const digits = join(demoFolder, 'models/digits/model.tar.gz');

let browser: Browser;
let site: Site;

beforeAll(async () => {
  browser = await launchChromium();
  site = await serve(demoFolder);
});

afterAll(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
});

const visitDemo = (work: (page: Page) => Promise<void>, options?: VisitOptions): Promise<void> =>
  visit(browser, `${site.url}/`, work, options);

test('a digit drawn with the mouse is seen, for at least 90 % of the drawings of training/digits', async () => {
  const drawings = await readDrawings();
  expect(drawings.length).toBeGreaterThanOrEqual(20);
  await visitDemo(async (page) => {
    await ready(page);
    const wrong: string[] = [];
    for (const { digit, strokes } of drawings) {
      await draw(page, strokes);
      const seen = await prediction(page);
      if (seen !== String(digit)) wrong.push(`a ${digit} as ${seen}`);
      await page.locator('#clear').click();
      expect(await page.locator('#prediction').innerText()).toBe('');
    }
    const right = drawings.length - wrong.length;
    console.log(`Drawn with the mouse: ${right} of ${drawings.length} digits right`, ...wrong);
    expect(right / drawings.length).toBeGreaterThanOrEqual(0.9);
  });
});

test('a digit is drawn, announced and cleared by keyboard alone', async () => {
  await visitDemo(async (page) => {
    const announced = await hear(page);
    await ready(page);
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement!.id);
    for (let tabs = 0; (await focused()) !== 'digit-canvas' && tabs < 20; tabs++) await page.keyboard.press('Tab');
    expect(await focused()).toBe('digit-canvas');
    await page.keyboard.press('Space');
    for (let step = 0; step < 16; step++) await page.keyboard.press('ArrowDown');
    expect(await prediction(page)).toBe('1');
    await page.keyboard.press('Space');
    await expect.poll(() => announced.join(' '), patient).toMatch(/\b1, \d+\.\d%\. Pen lifted\.$/);
    await page.keyboard.press('Escape');
    expect(await page.locator('#prediction').innerText()).toBe('');
    await expect.poll(() => announced.at(-1), patient).toBe('Cleared.');
  });
});

test('a digit drawn before the model is there is answered when it is', async () => {
  const { promise: allowed, resolve: allow } = withResolvers();
  const late: Route = async (_, response) => {
    await allowed;
    response.end(await readFile(digits));
  };
  await using held = await serve(demoFolder, { routes: { '/models/digits/model.tar.gz': late } });
  await visit(browser, `${held.url}/`, async (page) => {
    await draw(page, seven);
    expect(await page.locator('#prediction').innerText()).toBe('');
    expect(await page.locator('.load-text').innerText()).not.toContain('Ready');
    allow();
    expect(await prediction(page)).toBe('7');
  });
});

test('a digit is answered after a model that did not load was tried again', async () => {
  let asked = 0;
  const flaky: Route = async (_, response) => {
    if (asked++ === 0) response.writeHead(404).end();
    else response.end(await readFile(digits));
  };
  await using broken = await serve(demoFolder, { routes: { '/models/digits/model.tar.gz': flaky } });
  const work = async (page: Page): Promise<void> => {
    const notice = page.getByRole('alert');
    expect(await notice.innerText()).toContain('404');
    await draw(page, seven);
    await notice.getByRole('button', { name: 'Try again' }).click();
    expect(await prediction(page)).toBe('7');
    expect(await notice.count()).toBe(0);
  };
  await visit(browser, `${broken.url}/`, work, { excused: /status of 404/ });
});

test('a digit is answered, undone, cleared and brought back without a network, once the page has loaded', async () => {
  const gone = await serve(demoFolder);
  // What would try WebGPU may not have come by then.
  const excused = /ERR_INTERNET_DISCONNECTED .*try-webgpu/;
  await visit(browser, `${gone.url}/`, work, { excused });

  async function work(page: Page): Promise<void> {
    await ready(page);
    await page.context().setOffline(true);
    await gone[Symbol.asyncDispose]();
    expect(await page.evaluate(() => navigator.onLine)).toBe(false);
    await draw(page, seven);
    expect(await prediction(page)).toBe('7');
    const scores = await page.locator('#digit-bars .bar-score').allInnerTexts();
    expect(scores.length).toBe(10);
    expect(scores.map(parseFloat).reduce((sum, score) => sum + score, 0)).toBeCloseTo(100, 0);
    expect(await page.locator('#digit-bars [data-likeliest] .bar-label').innerText()).toBe('7');
    await draw(page, underline);
    await page.locator('#undo').click();
    expect(await prediction(page)).toBe('7');
    await page.locator('#clear').click();
    expect(await page.locator('#prediction').innerText()).toBe('');
    await page.locator('#undo').click();
    expect(await prediction(page)).toBe('7');
  }
});

test('the pad is drawn on with a finger, does not scroll under it, and does not move where motion is unwelcome', async () => {
  const work = async (page: Page): Promise<void> => {
    await ready(page);
    await page.locator('#digit-canvas').scrollIntoViewIfNeeded();
    const before = await page.evaluate(() => scrollY);
    await drawByFinger(page, seven);
    expect(await prediction(page)).toBe('7');
    expect(await page.evaluate(() => scrollY)).toBe(before);
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  };
  await visitDemo(work, {
    viewport: { width: 320, height: 640 },
    isMobile: true,
    hasTouch: true,
    reducedMotion: 'reduce',
  });
});

/** For what takes a worker's answer, an announcement's pause or a download. */
const patient = { timeout: 10_000 };

const underline: readonly Stroke[] = [
  [
    [0.2, 0.9],
    [0.8, 0.9],
  ],
];

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

interface Drawing {
  readonly digit: number;
  readonly strokes: readonly Stroke[];
}

/** The pen and the ink are the canvas's own. */
async function readDrawings(): Promise<readonly Drawing[]> {
  return JSON.parse(await readFile(join(repository, 'training/digits/strokes.json'), 'utf8')) as Drawing[];
}

/** All that screen readers are told, as it comes. */
async function hear(page: Page): Promise<readonly string[]> {
  const announced: string[] = [];
  await page.exposeFunction('hear', (text: string) => announced.push(text));
  await page.locator('#announcement').evaluate((element) => {
    const { hear: tell } = globalThis as unknown as { hear: (text: string) => void };
    new MutationObserver(() => tell(element.textContent)).observe(element, { childList: true });
  });
  return announced;
}
