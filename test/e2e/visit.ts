import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';

export interface VisitOptions extends BrowserContextOptions {
  /** Errors that the visit is about: what the browser itself says of an answer 404, for one. */
  readonly excused?: RegExp;
}

/**
 * Has a page visited with nothing kept from earlier visits, and sees that all was quiet: nothing asked of another
 * origin, no error on a console, none uncaught, no violation of the page's policy.
 */
export async function visit(
  browser: Browser,
  address: string,
  work: (page: Page) => Promise<void>,
  { excused, ...options }: VisitOptions = {},
): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  try {
    const problems: string[] = [];
    const requests: string[] = [];
    context.on('request', (request) => requests.push(request.url()));
    context.on('console', (message) => {
      if (message.type() === 'error') problems.push(`${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => problems.push(String(error.error())));
    await context.addInitScript(() =>
      addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
        console.error(`The policy's ${effectiveDirective} keeps ${blockedURI} out.`),
      ),
    );
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    await page.goto(address);
    await work(page);
    expect(problems.filter((problem) => !excused?.test(problem))).toEqual([]);
    // What workers fetch is seen, too: an archive, or the runtime.
    expect(requests).toContainEqual(expect.stringMatching(/(model\.tar\.gz|\.wasm)$/));
    const { origin } = new URL(address);
    expect(requests.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith('blob:'))).toEqual([]);
  } finally {
    await context.close();
  }
}
