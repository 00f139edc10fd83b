import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { isolation, serve, type Site } from '../serve.ts';
import { demoFolder } from './demo-folder.ts';
import { visit } from './visit.ts';

// The room where a visitor measures Inpoint beside a hand-written worker.

let browser: Browser;
let site: Site;

beforeAll(async () => {
  browser = await launchChromium();
  site = await serve(demoFolder, { headers: isolation });
});

afterAll(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
});

const room = (): string => `${site.url}/#/benchmark`;

test('both are measured with the same answers, and the figures can be taken along', async () => {
  await visit(browser, room(), async (page) => {
    await page.getByRole('button', { name: 'Run the benchmark' }).click();
    await page.getByRole('progressbar').waitFor();
    const table = page.locator('.benchmark-table');
    await table.waitFor({ timeout: 100_000 });
    // Two models, four figures each.
    expect(await table.locator('tbody tr').count()).toBe(8);
    expect(await table.locator('tbody tr').first().innerText()).toMatch(
      /^Digits\s.+\s[\d.,]+ ms\s[\d.,]+ ms\s[\d.]+ ×$/,
    );
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download as JSON' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe('inpoint-benchmark.json');
    const report = JSON.parse(await readFile(await download.path(), 'utf8')) as {
      cores: number;
      isIsolated: boolean;
      rows: readonly { model: string; measure: string; floor: number[]; inpoint: number[] }[];
    };
    expect(report).toMatchObject({ format: 1, isIsolated: true, browser: expect.stringContaining('Chrome') as string });
    expect(report.cores).toBeGreaterThan(0);
    for (const { floor, inpoint } of report.rows) {
      expect([floor.length, inpoint.length]).toEqual([3, 3]);
      for (const value of [...floor, ...inpoint]) expect(value).toBeGreaterThan(0);
    }
  });
});

test('it can be stopped, and run again', async () => {
  await visit(browser, room(), async (page) => {
    const focused = page.locator('*:focus');
    await page.getByRole('button', { name: 'Run the benchmark' }).press('Enter');
    await page.getByRole('progressbar').waitFor();
    // Whoever uses the keyboard is where they were.
    expect(await focused.innerText()).toBe('Stop');
    await focused.press('Enter');
    await page.getByRole('button', { name: 'Run the benchmark' }).waitFor();
    expect(await focused.innerText()).toBe('Run the benchmark');
    expect(await page.locator('.benchmark-table').count()).toBe(0);
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});
