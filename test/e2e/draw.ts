import type { Page } from 'playwright-core';

/** Points (x, y) in parts of the canvas. */
export type Stroke = readonly (readonly [number, number])[];

/** Draws with the mouse on the demo's canvas. Resolves when the page has had every event. */
export async function draw(page: Page, strokes: readonly Stroke[]): Promise<void> {
  const canvas = page.locator('#digit-canvas');
  // Which waits until it has come to rest in view.
  await canvas.hover();
  const { x: left, y: top, width, height } = (await canvas.boundingBox())!;
  const moveTo = ([x, y]: Stroke[number]): Promise<void> => page.mouse.move(left + x * width, top + y * height);
  for (const [first, ...rest] of strokes) {
    await moveTo(first!);
    await page.mouse.down();
    // As a quick hand does: the page gets several moves at once.
    await Promise.all(rest.map(moveTo));
    await page.mouse.up();
  }
}

/** The digit that the page sees in the drawing as it is now; empty where there is none. */
export async function prediction(page: Page): Promise<string> {
  await page.locator('.verdict[aria-busy=false]').waitFor();
  return page.locator('#prediction').innerText();
}

/** Waits until the model has loaded. */
export async function ready(page: Page): Promise<void> {
  await page.locator('#draw .load[data-state=ready]').waitFor();
}

/** A seven as a person draws it. */
export const seven: readonly Stroke[] = [
  [
    [0.3, 0.25],
    [0.5, 0.25],
    [0.7, 0.25],
    [0.6, 0.45],
    [0.5, 0.62],
    [0.45, 0.8],
  ],
];

/** Draws with one finger on a touch screen. */
export async function drawByFinger(page: Page, strokes: readonly Stroke[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { x: left, y: top, width, height } = (await page.locator('#digit-canvas').boundingBox())!;
  for (const stroke of strokes) {
    for (const [index, [x, y]] of stroke.entries()) {
      const touchPoints = [{ x: left + x * width, y: top + y * height }];
      await session.send('Input.dispatchTouchEvent', { type: index === 0 ? 'touchStart' : 'touchMove', touchPoints });
    }
    await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  }
}
