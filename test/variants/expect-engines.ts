import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** Expects so many engines in a page, once Chromium has ended the others. The archive worker is none. */
export async function expectEngines(page: Page, count: number): Promise<void> {
  const engines = (): string[] =>
    page
      .workers()
      .map((worker) => worker.url())
      .filter((url) => /workers\/(engine|webgpu)\.js/.test(url));
  await expect.poll(() => engines().length, { timeout: 10_000 }).toBe(count);
}
