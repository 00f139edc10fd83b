import { fileURLToPath } from 'node:url';
import type { CDPSession, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { isolation, serve } from '../serve.ts';

/**
 * What an endpoint costs the page that has it: the longest task on its main thread while a model is loaded and
 * answers a hundred calls, and the memory that stays behind after `close()`. Run alone: npm test -- page-cost
 */
const longestTaskMs = 16;
const leftBehindMB = 5;

const cases = [
  { name: 'digits, 100 canvases', archive: '/public/models/digits/model.tar.gz', task: 'image-classification' },
  { name: 'digits, 100 tensors', archive: '/public/models/digits/model.tar.gz', task: 'tensor' },
] as const;

for (const { name, archive, task } of cases) {
  test(`deploy(), 100 × invoke() and close() hold no main thread and leave no memory: ${name}`, async () => {
    await using site = await serve(fileURLToPath(new URL('../../', import.meta.url)), {
      headers: isolation,
    });
    await using browser = await launchChromium(['--enable-blink-features=ForceEagerMeasureMemory']);
    const page = await browser.newPage();
    await page.goto(`${site.url}/test/e2e/page-cost/`);
    await expect.poll(() => page.title()).toBe('ready');
    const before = await call(page, 'weigh');
    const trace = await traceTasks(page, () => call(page, 'work', archive, task));
    const open = await call(page, 'weigh');
    await call(page, 'close');
    // Chromium takes a minute to weigh a worker that is ending, and up to two seconds to end one.
    await page.waitForTimeout(2500);
    const after = await call(page, 'weigh');
    const longest = Math.max(...trace.map(({ ms }) => ms));
    const total = trace.reduce((sum, { ms }) => sum + ms, 0);
    console.log(
      `${name}: longest main-thread task ${longest.toFixed(1)} ms, ${total.toFixed(0)} ms in ${trace.length} tasks; ` +
        `memory ${before.toFixed(1)} MB before, ${open.toFixed(1)} MB open, ${after.toFixed(1)} MB after close()`,
    );
    expect(trace.length).toBeGreaterThan(100);
    expect(open - before).toBeGreaterThan(leftBehindMB);
    expect(longest).toBeLessThan(longestTaskMs);
    expect(Math.abs(after - before)).toBeLessThan(leftBehindMB);
  });
}

/** Calls one of the functions of `page-cost/visit.js`. */
function call(page: Page, name: 'weigh' | 'work' | 'close', ...args: string[]): Promise<number> {
  return page.evaluate(
    ([from, ...rest]) =>
      (globalThis as unknown as Record<string, (...of: string[]) => Promise<number>>)[from!]!(...rest),
    [name, ...args],
  );
}

/** The tasks of the page's main thread between the two marks, by Chromium's own trace. */
async function traceTasks(page: Page, work: () => Promise<unknown>): Promise<{ ms: number }[]> {
  const session = await page.context().newCDPSession(page);
  await session.send('Tracing.start', {
    transferMode: 'ReturnAsStream',
    traceConfig: {
      includedCategories: [
        'toplevel',
        'devtools.timeline',
        'disabled-by-default-devtools.timeline',
        'blink.user_timing',
      ],
    },
  });
  await work();
  const ended = new Promise<{ stream?: string }>((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  const { traceEvents } = JSON.parse(await readStream(session, (await ended).stream!)) as { traceEvents: TraceEvent[] };
  const [start, end] = ['from here', 'to here'].map((mark) => traceEvents.find((event) => event.name === mark)!);
  return traceEvents
    .filter(
      ({ name, pid, tid, ts }) =>
        name === 'RunTask' && pid === start!.pid && tid === start!.tid && ts >= start!.ts && ts <= end!.ts,
    )
    .map(({ tdur = 0 }) => ({ ms: tdur / 1000 }));
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts: number;
  /** Microseconds that the thread itself ran: what else the machine does is not ours. */
  readonly tdur?: number;
}

async function readStream(session: CDPSession, handle: string): Promise<string> {
  let text = '';
  for (;;) {
    const { data, eof, base64Encoded } = await session.send('IO.read', { handle });
    text += base64Encoded ? Buffer.from(data, 'base64').toString() : data;
    if (!eof) continue;
    await session.send('IO.close', { handle });
    return text;
  }
}
