import { readFile } from 'node:fs/promises';
import type axeCore from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { draw, prediction, ready, seven } from './draw.ts';
import { previewDemo, type DemoServer } from './preview-demo.ts';
import { visit } from './visit.ts';

// The room that shows what the endpoints did, on the server of `npm start`: it is cross-origin isolated.

let browser: Browser;
let site: DemoServer;

beforeAll(async () => {
  browser = await launchChromium(['--enable-blink-features=ForceEagerMeasureMemory']);
  site = await previewDemo();
});

afterAll(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
});

const drawings = 12;

test('the room shows what the endpoint did: its calls, its cold start, its times and its memory, until it is closed', async () => {
  const work = async (page: Page): Promise<void> => {
    await ready(page);
    for (let drawing = 0; drawing < drawings; drawing++) {
      await draw(page, seven);
      expect(await prediction(page)).toBe('7');
      await page.getByRole('button', { name: 'Clear' }).click();
    }
    await open(page, 'Inside');
    const card = page.getByRole('region', { name: 'digits', exact: true });
    await card.waitFor();
    const calls = Number(await fact(page, 'Calls'));
    expect(calls).toBeGreaterThanOrEqual(drawings);
    expect(await fact(page, 'Task')).toBe('image-classification');
    expect(await fact(page, 'Refused inputs')).toBe('0');
    expect(await fact(page, 'Came from')).toBe('the network, and is kept now (OPFS)');
    expect(await fact(page, 'Files, unpacked')).toMatch(/^\d+\.\d (kB|MB)$/);
    expect(await fact(page, 'Inputs')).toMatch(/float32 \[.*28, 28\]/);

    const phases = await card.locator('.timeline li').allInnerTexts();
    expect(phases.map((phase) => phase.split('\n')[0])).toEqual([
      'Download, unpack',
      'Start the runtime',
      'Load the model',
      'First call',
    ]);
    const bars = await card
      .locator('.timeline-bar')
      .evaluateAll((all) => all.map((bar) => bar.getBoundingClientRect().left));
    expect(bars.length).toBe(4);
    expect(bars).toEqual(bars.toSorted((a, b) => a - b));

    const chart = card.getByRole('img');
    expect(await chart.getAttribute('aria-label')).toMatch(
      /^The last \d+ calls as bars: half of them took .+ None failed\.$/,
    );
    const light = await inkOf(page);
    expect(light.pixels).toBeGreaterThan(500);
    await card.getByText('The figures').click();
    const rows = await card.locator('.latency-chart tbody tr').allInnerTexts();
    expect(rows.length).toBe(Math.min(60, calls));
    expect(rows.at(-1)).toMatch(new RegExp(`^${calls}\\s+[\\d.,]+ ms\\s+answered$`));

    const spread = await card
      .locator('.spread tbody tr')
      .evaluateAll((all) =>
        all.map((row) =>
          [...row.querySelectorAll('td')].map((cell) => Number.parseFloat(cell.textContent.replace(',', ''))),
        ),
      );
    expect(spread.length).toBe(3);
    for (const [average, p50, p90, p99, maximum] of spread) {
      expect(average).toBeGreaterThan(0);
      expect(p50).toBeLessThanOrEqual(p90!);
      expect(p90).toBeLessThanOrEqual(p99!);
      expect(p99).toBeLessThanOrEqual(maximum!);
    }
    // The whole holds what the model took.
    expect(spread[0]![1]).toBeGreaterThanOrEqual(spread[1]![1]!);

    await page.getByRole('button', { name: 'Measure' }).click();
    await expect
      .poll(() => page.locator('#inside-memory-total').allInnerTexts(), patient)
      .toEqual([expect.stringMatching(/^\d+\.\d MB$/)]);
    expect(await violations(page)).toEqual([]);

    await page.getByLabel('Colours').selectOption('dark');
    await expect.poll(async () => (await inkOf(page)).colour, patient).not.toBe(light.colour);
    await page.getByRole('button', { name: '한국어' }).click();
    expect(await chart.getAttribute('aria-label')).toMatch(/실패한 호출은 없습니다\.$/);
    await page.setViewportSize({ width: 320, height: 640 });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth), patient)
      .toBeLessThanOrEqual(320);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'English' }).click();

    await page.getByRole('button', { name: 'Close digits' }).click();
    await page.getByText('No model is in service yet.').waitFor();
    expect(await page.getByRole('img').filter({ visible: true }).count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await page.locator('[data-room="inside"]').getByRole('button', { name: 'Open it again' }).click();
    await card.waitFor();
    expect(await card.getByRole('img').getAttribute('aria-label')).toBe('No call yet.');
    // It was kept when it was first opened.
    expect(await fact(page, 'Came from')).toBe('this device (OPFS): nothing came over the network');
    expect(await card.locator('.timeline li').first().innerText()).toMatch(/^Read and verify\s/);
    await open(page, 'Classify');
    await draw(page, seven);
    expect(await prediction(page)).toBe('7');
    await open(page, 'Inside');
    expect(Number(await fact(page, 'Calls'))).toBeGreaterThan(0);
  };
  await visit(browser, `${site.url}/`, work);
});

/** For a second measurement, a worker's start or a chart's coming. */
const patient = { timeout: 20_000 };

async function open(page: Page, room: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: room }).click();
}

function fact(page: Page, name: string): Promise<string> {
  return page
    .locator('.endpoint .facts > div')
    .filter({ has: page.locator('dt').getByText(name, { exact: true }) })
    .locator('dd')
    .innerText();
}

/** What a chart is drawn with: how many pixels are not the ground, and the colour that most of the opaque ones have. */
function inkOf(page: Page): Promise<{ pixels: number; colour: string | undefined }> {
  return page.locator('.latency-canvas canvas').evaluate((canvas) => {
    const { width, height } = canvas as HTMLCanvasElement;
    const { data } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
    const colours = new Map<string, number>();
    let pixels = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3]! > 0) pixels++;
      if (data[at + 3] !== 255) continue;
      const colour = data.slice(at, at + 3).join();
      colours.set(colour, (colours.get(colour) ?? 0) + 1);
    }
    return { pixels, colour: [...colours].toSorted(([, a], [, b]) => b - a)[0]?.[0] };
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
