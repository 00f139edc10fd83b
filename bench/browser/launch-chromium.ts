import type { BrowserContext, Page } from 'playwright-core';
import { launchProfile } from '../../test/chromium.ts';
import type { BenchBrowser, BenchLaunch, BenchPage } from './bench-browser.ts';
import { mainThreadTasks, type TraceEvent } from './main-thread-tasks.ts';

/** Starts the Chromium that all suites use, with a profile of its own. */
export async function launchChromiumBench(site: string, { profile }: BenchLaunch = {}): Promise<BenchBrowser> {
  const browser = await launchProfile(
    {},
    {
      extraArgs: ['--js-flags=--expose-gc', '--enable-blink-features=ForceEagerMeasureMemory'],
      ...(profile && { folder: profile }),
    },
  );
  const version = browser.context.browser()?.version() ?? '';
  return {
    version: `Chromium ${version}`,
    profile: browser.folder,
    open: () => openPage(browser.context, site),
    [Symbol.asyncDispose]: () => browser[Symbol.asyncDispose](),
  };
}

async function openPage(context: BrowserContext, site: string): Promise<BenchPage> {
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(`${site}/page/page.html`);
  await page.waitForFunction(() => document.title === 'ready');
  const crashed = new Promise<never>((_, reject) => {
    page.on('crash', () => reject(new Error('The page crashed.')));
  });
  // Nobody may be waiting when it does.
  crashed.catch(() => {});
  const call = (name: string, ...args: readonly unknown[]): Promise<unknown> =>
    Promise.race([crashed, page.evaluate(callInPage, [name, args] as const)]);
  return {
    call,
    async traced(name, ...args) {
      await using trace = await startTrace(context, page);
      const value = await call(name, ...args);
      return { value, tasksMs: mainThreadTasks(await trace.events()) };
    },
  };
}

function callInPage([name, args]: readonly [string, readonly unknown[]]): Promise<unknown> {
  const { bench } = globalThis as never as { bench: Record<string, (...args: readonly unknown[]) => Promise<unknown>> };
  return bench[name]!(...args);
}

async function startTrace(
  context: BrowserContext,
  page: Page,
): Promise<AsyncDisposable & { events(): Promise<TraceEvent[]> }> {
  const session = await context.newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['disabled-by-default-devtools.timeline', 'blink.user_timing'] },
  });
  return {
    async events() {
      const complete = new Promise<void>((resolve) => session.once('Tracing.tracingComplete', () => resolve()));
      await session.send('Tracing.end');
      await complete;
      return events;
    },
    [Symbol.asyncDispose]: () => session.detach().catch(() => {}),
  };
}
