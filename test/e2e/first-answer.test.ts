import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { isChromiumsOwn, launchProfile } from '../chromium.ts';
import { serve } from '../serve.ts';
import { seven } from './draw.ts';
import { previewDemo } from './preview-demo.ts';
import { slowLine } from './slow-line.ts';

/** What the first visit may take, on a line of 10 Mbit/s with 40 ms there and back, until a drawn digit is answered. */
const promisedMs = 3000;

/** Whatever else the machine is at. */
const deadlineMs = 2 * promisedMs;
const line = { bytesPerSecond: 1_250_000, roundTripMs: 40 };

/** A machine that is at other things too may need another try. */
const tries = 3;

test(`open, draw, see the answer: in ${promisedMs / 1000} s on a line of 10 Mbit/s, with nothing kept from before`, async () => {
  await using server = await previewDemo();
  await using elsewhere = await serve(fileURLToPath(new URL('page-cost', import.meta.url)));
  const visits: Visit[] = [];
  while (visits.length < tries && !visits.some(({ answerMs }) => answerMs < promisedMs)) {
    await using slow = await slowLine(server.url, line);
    await using browser = await launchProfile({ serviceWorkers: 'block' });
    const page = await browser.context.newPage();
    // A browser that is in use already: it does not start with the visit.
    await page.goto(`${elsewhere.url}/visit.js`);
    const warnings: string[] = [];
    page.on('console', (message) => {
      if (isChromiumsOwn(message.text())) return;
      if (!message.location().url.startsWith(elsewhere.url)) warnings.push(message.text());
    });
    const visit = await visitFirst(page, slow.url);
    visits.push(visit);
    console.log(
      `Canvas after ${visit.canvasMs} ms, a 7 drawn after ${visit.drawnMs} ms, answered after ${visit.answerMs} ms, ` +
        `${(slow.bytes / 1e6).toFixed(2)} MB`,
    );
    expect(visit.answer).toBe('7');
    // What is asked for early is made use of: a second ONNX Runtime would be 2.3 MB.
    expect(slow.bytes).toBeLessThan(3_500_000);
    expect(warnings).toEqual([]);
  }
  expect(Math.min(...visits.map(({ answerMs }) => answerMs))).toBeLessThan(deadlineMs);
});

interface Visit {
  readonly canvasMs: number;
  readonly drawnMs: number;
  readonly answerMs: number;
  readonly answer: string;
}

/** Draws as soon as there is something to draw on, in about a second. */
async function visitFirst(page: Page, address: string): Promise<Visit> {
  const start = performance.now();
  const since = (): number => Math.round(performance.now() - start);
  await page.goto(address, { waitUntil: 'commit' });
  const canvas = page.locator('#digit-canvas');
  await canvas.waitFor();
  const canvasMs = since();
  const { x: left, y: top, width, height } = (await canvas.boundingBox())!;
  const [first, ...rest] = seven[0]!.map(([x, y]) => [left + x * width, top + y * height] as const);
  await page.mouse.move(...first!);
  await page.mouse.down();
  for (const [x, y] of rest) {
    await page.waitForTimeout(130);
    await page.mouse.move(x, y, { steps: 4 });
  }
  await page.mouse.up();
  const drawnMs = since();
  const prediction = page.locator('#prediction:not(:empty)');
  await prediction.waitFor();
  return { canvasMs, drawnMs, answerMs: since(), answer: await prediction.innerText() };
}
