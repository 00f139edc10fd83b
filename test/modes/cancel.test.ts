import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { openModes } from './open-modes.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe('aborting a run of two seconds', () => {
  test('rejects within 50 ms; the next call is answered within one warm start, and those that waited are too', async () => {
    await using open = await openModes(browser, { one: { bias: 1 } });
    const { given, aborted, next, waited, warmMs, workers } = await open.page.evaluate(async () => {
      const endpoint = await modes.deploy('one');
      const rounds = await modes.roundsFor(endpoint, 2000);
      // What a start from the store takes, in an engine that starts for it, with the first call.
      const warm: number[] = [];
      const startWarm = async (): Promise<void> => {
        const start = performance.now();
        const other = await modes.deploy('one', { threads: 2 });
        await modes.ask(other, 1);
        warm.push(performance.now() - start);
        await other.close();
      };
      await startWarm();
      await startWarm();
      const full = await modes.timed(modes.ask(endpoint, 3, { rounds }));
      const stop = new AbortController();
      const running = modes.ask(endpoint, 3, { rounds, signal: stop.signal });
      running.catch(() => {});
      const others = [4, 5, 6].map((number) => modes.ask(endpoint, number));
      await modes.wait(300);
      const reason = new Error('enough');
      const abort = modes.timed(running);
      stop.abort(reason);
      const asked = await modes.timed(modes.ask(endpoint, 7));
      const engines = modes.workers.length;
      await startWarm();
      return {
        given: full,
        aborted: await abort,
        next: asked,
        waited: await Promise.all(others),
        warmMs: Math.max(...warm),
        workers: engines,
      };
    });
    console.log(
      `a run of ${given.ms.toFixed(0)} ms: rejected ${aborted.ms.toFixed(1)} ms after its abort, the next answered after ${next.ms.toFixed(0)} ms; a warm start takes ${warmMs.toFixed(0)} ms`,
    );
    expect(given.ms).toBeGreaterThan(1000);
    expect(given.value).toBe(7);
    expect(aborted.error?.message).toBe('enough');
    expect(aborted.ms).toBeLessThan(50);
    expect(waited).toEqual([9, 11, 13]);
    expect(next.value).toBe(15);
    // A machine that others are at too has its ups and downs.
    expect(next.ms).toBeLessThan(2 * warmMs + 50);
    // The engine that it was in is gone.
    expect(workers).toBe(1);
  });

  test('disturbs no calls of another model in the same engine, and does not wait for it', async () => {
    await using open = await openModes(browser, { one: { bias: 1 }, two: { bias: 2 } });
    const result = await open.page.evaluate(async () => {
      const [one, two] = await Promise.all([modes.deploy('one'), modes.deploy('two')]);
      const shared = modes.workers.length;
      const rounds = await modes.roundsFor(one, 2000);
      const stop = new AbortController();
      const running = modes.ask(one, 3, { rounds, signal: stop.signal });
      running.catch(() => {});
      const others = Promise.all([4, 5, 6].map((number) => modes.ask(two, number)));
      await modes.wait(200);
      stop.abort();
      const aborted = modes.timed(running);
      const next = await modes.timed(modes.ask(one, 7));
      const { value } = await modes.timed(others);
      const again = await modes.ask(two, 8);
      return { shared, aborted: await aborted, next, value, again, losses: two.report.losses };
    });
    expect(result.shared).toBe(1);
    expect(result.aborted.error?.name).toBe('AbortError');
    expect(result.aborted.ms).toBeLessThan(50);
    // The engine is still at what was aborted, and another answers.
    expect(result.next.value).toBe(15);
    expect(result.next.ms).toBeLessThan(1500);
    expect(result.value).toEqual([10, 12, 14]);
    expect(result.again).toBe(18);
    expect(result.losses).toEqual([]);
  });

  test('of one of two replicas leaves the calls of the other alone', async () => {
    await using open = await openModes(browser, { one: { bias: 1 } });
    const result = await open.page.evaluate(async () => {
      const one = await modes.deploy('one', { scaling: { min: 2, max: 2 } });
      await modes.until(() => one.metrics().replicaCount === 2);
      const rounds = await modes.roundsFor(one, 700);
      const stop = new AbortController();
      const running = modes.ask(one, 3, { rounds, signal: stop.signal });
      running.catch(() => {});
      const beside = modes.timed(modes.ask(one, 4, { rounds }));
      await modes.wait(100);
      stop.abort();
      const aborted = await modes.timed(running);
      const other = await beside;
      const next = await Promise.all([5, 6, 7].map((number) => modes.ask(one, number)));
      await modes.until(() => one.metrics().replicaCount === 2);
      return { aborted, other, next, losses: one.report.losses, workers: modes.workers.length };
    });
    expect(result.aborted.ms).toBeLessThan(50);
    expect(result.other.value).toBe(9);
    expect(result.next).toEqual([11, 13, 15]);
    expect(result).toMatchObject({ losses: [], workers: 2 });
  });
});
