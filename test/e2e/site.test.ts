import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { serve, type Site } from '../serve.ts';
import { demoFolder } from './demo-folder.ts';
import { ready } from './draw.ts';
import { visit, type VisitOptions } from './visit.ts';

// What holds for every room: it can be reached and read in both languages, at any width, by anyone, without a jump.

let browser: Browser;
let site: Site;
let axe: string;

beforeAll(async () => {
  browser = await launchChromium();
  site = await serve(demoFolder);
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
});

afterAll(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
});

const visitDemo = (work: (page: Page) => Promise<void>, options?: VisitOptions): Promise<void> =>
  visit(browser, `${site.url}/`, work, options);

const rooms = [
  'classify/draw',
  'classify/text',
  'classify/photo',
  'classify/table',
  'chat',
  'your-model',
  'console/live',
  'console/queue',
  'console/batch',
  'store',
  'inside',
  'device',
  'benchmark',
];
const phone = { width: 320, height: 640 };
const desk = { width: 1280, height: 900 };

describe.each([
  ['en', phone, 'dark'],
  ['ko', desk, 'light'],
] as const)('in %s, at %o, %s, every room', (locale, viewport, colorScheme) => {
  test('fits, is free of what axe finds, and has all its words', async () => {
    const work = async (page: Page): Promise<void> => {
      await ready(page);
      await page.evaluate(axe);
      for (const path of rooms) {
        await openRoom(page, path);
        const { scrollWidth, clientWidth, background } = await layout(page);
        expect(scrollWidth, path).toBeLessThanOrEqual(clientWidth);
        expect(background > 127 ? 'light' : 'dark').toBe(colorScheme);
        expect(await violations(page), path).toEqual([]);
        expect(await page.locator('html').getAttribute('lang')).toBe(locale);
        const heading = await page.locator(`[data-room="${path}"] h1`).innerText();
        expect(/[가-힣]/.test(heading), heading).toBe(locale === 'ko');
        expect(await page.title()).toMatch(/ · Inpoint$/);
      }
    };
    await visitDemo(work, { locale, viewport, colorScheme });
  });
});

test('the rooms are walked by keyboard alone, in the order of the page, with a way past the navigation', async () => {
  await visitDemo(async (page) => {
    await ready(page);
    const focused = (): Promise<string> =>
      page.evaluate(() => (document.activeElement as HTMLElement).innerText.trim() || document.activeElement!.id);
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await expect.poll(focused).not.toBe('Skip to the content');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('digit-canvas');
    for (let tabs = 0; (await focused()) !== 'Your model' && tabs < 20; tabs++) await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.locator('[data-room="your-model"]').waitFor();
    expect(await page.locator('nav.rooms [aria-current]').innerText()).toBe('Your model');
    await page.goBack();
    await page.locator('[data-room="classify/draw"]').waitFor();
  });
});

test('language and colours change at once, and stay for the next visit', async () => {
  await visitDemo(async (page) => {
    await ready(page);
    await page.getByRole('button', { name: '한국어' }).click();
    expect(await page.locator('h1:visible').innerText()).toContain('엔드포인트');
    await page.getByRole('combobox', { name: '색상' }).selectOption('dark');
    expect((await layout(page)).background).toBeLessThan(128);
    await page.reload();
    await ready(page);
    expect(await page.locator('html').getAttribute('lang')).toBe('ko');
    expect((await layout(page)).background).toBeLessThan(128);
    await page.getByRole('button', { name: 'English' }).click();
    expect(await page.locator('h1:visible').innerText()).toContain('endpoint');
  });
});

test('nothing jumps while a room loads and its model comes', async () => {
  await visitDemo(async (page) => {
    await page.addInitScript(() => {
      const shifts: { value: number; of: string }[] = [];
      Object.assign(globalThis, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as (PerformanceEntry & {
          value: number;
          hadRecentInput: boolean;
          sources: { node?: Element }[];
        })[])
          if (!entry.hadRecentInput)
            shifts.push({ value: entry.value, of: entry.sources.map(({ node }) => node?.className ?? '').join() });
      }).observe({ type: 'layout-shift', buffered: true });
    });
    for (const path of rooms) {
      await page.goto(`${site.url}/?${path}#/${path}`);
      await page.locator(`[data-room="${path}"] h1`).waitFor();
      await settled(page);
      const shifts = await page.evaluate(
        () => (globalThis as unknown as { shifts: { value: number; of: string }[] }).shifts,
      );
      const total = shifts.reduce((sum, { value }) => sum + value, 0);
      // Of Web Vitals' "good", half.
      expect(total, `${path}: ${JSON.stringify(shifts)}`).toBeLessThan(0.05);
    }
  });
});

async function openRoom(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => (location.hash = `#/${to}`), path);
  await page.locator(`[data-room="${path}"] h1`).waitFor();
  await settled(page);
}

/** Waits until no model of the open room is on its way. */
async function settled(page: Page): Promise<void> {
  await page.waitForTimeout(50);
  await expect
    .poll(() => page.locator('.room:not([hidden]) .load[data-state=opening]').count(), { timeout: 15_000 })
    .toBe(0);
}

/** What axe finds: the rule, and where. */
function violations(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { run } = (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe;
    const { violations: found } = await run();
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
  });
}

function layout(page: Page): Promise<{ scrollWidth: number; clientWidth: number; background: number }> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const [red] = /\d+/.exec(getComputedStyle(document.documentElement).backgroundColor)!;
    return { scrollWidth, clientWidth, background: Number(red) };
  });
}
