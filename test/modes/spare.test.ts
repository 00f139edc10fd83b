import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { openModes } from './open-modes.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe('the spare engine', () => {
  test('is started once a model is loaded, taken by the next one, replaced, and ends with the endpoints that want it', async () => {
    await using open = await openModes(browser, { one: { bias: 1 }, two: { bias: 2 } });
    const seen = await open.page.evaluate(async () => {
      const counts: number[] = [];
      const used: number[] = [];
      const note = (): void => {
        counts.push(modes.workers.length);
        used.push(Math.round(inpoint.memory.usedMB / 10) * 10);
      };
      const own = { scaling: { min: 2, max: 2 } };
      const one = await modes.deploy('one', { spare: true });
      note();
      await modes.until(() => modes.workers.length === 2);
      note();
      const before = new Set(modes.workers);
      const two = await modes.deploy('two', own);
      await modes.until(() => two.metrics().replicaCount === 2);
      await modes.until(() => modes.workers.length === 3);
      // The engine that they share, what was the spare, and the next spare.
      const wasTaken = [...before].every((worker) => modes.workers.includes(worker));
      note();
      const answers = await Promise.all([1, 2, 3, 4].map((number) => modes.ask(two, number)));
      await two.close();
      note();
      await one.close();
      note();
      return { counts, used, wasTaken, answers };
    });
    expect(seen.counts).toEqual([1, 2, 3, 2, 0]);
    expect(seen.used).toEqual([60, 120, 240, 120, 0]);
    expect(seen.wasTaken).toBe(true);
    expect(seen.answers).toEqual([4, 6, 8, 10]);
  });

  test('makes the replacement of a lost engine come sooner than a start', async () => {
    await using open = await openModes(browser, { one: { bias: 1 } });
    const { without, with: fast } = await open.page.evaluate(async () => {
      const recovery = async (spare: boolean): Promise<number> => {
        const endpoint = await modes.deploy('one', { spare });
        const [engine] = modes.workers;
        await modes.ask(endpoint, 1);
        if (spare) await modes.until(() => modes.workers.length === 2);
        // The spare one has started by then.
        await modes.wait(500);
        const start = performance.now();
        Worker.prototype.terminate.call(engine);
        await modes.until(() => endpoint.report.losses.length > 0);
        const answer = await modes.ask(endpoint, 5);
        const ms = performance.now() - start;
        if (answer !== 11) throw new Error(`It answered ${answer}.`);
        await endpoint.close();
        return ms;
      };
      const times: { spare: boolean; ms: number }[] = [];
      for (const spare of [false, true, false, true]) times.push({ spare, ms: await recovery(spare) });
      const best = (of: boolean): number => Math.min(...times.filter(({ spare }) => spare === of).map(({ ms }) => ms));
      return { without: best(false), with: best(true) };
    });
    console.log(
      `an engine is lost: ${without.toFixed(0)} ms until the next answer, with a spare one ${fast.toFixed(0)} ms`,
    );
    expect(fast).toBeLessThan(0.7 * without);
  });

  test('leaves first where memory is short, and in a hidden page; and comes back', async () => {
    await using open = await openModes(browser, { one: { bias: 1 }, two: { bias: 2, bytes: 40e6 } });
    const seen = await open.page.evaluate(async () => {
      const one = await modes.deploy('one', { spare: true });
      await modes.until(() => modes.workers.length === 2);
      inpoint.memory.budgetMB = 220;
      const two = await modes.deploy('two', { mode: 'serverless', idleMs: 600 });
      const answer = await modes.ask(two, 1);
      const used = inpoint.memory.usedMB;
      await modes.wait(300);
      const short = modes.workers.length;
      const isThere = [one.metrics().replicaCount, two.metrics().replicaCount];
      await modes.until(() => two.metrics().replicaCount === 0);
      await modes.until(() => modes.workers.length === 2);
      modes.setVisibility('hidden');
      await modes.until(() => modes.workers.length === 1);
      modes.setVisibility('visible');
      await modes.until(() => modes.workers.length === 2);
      await one.close();
      return { answer, used, short, isThere, workers: modes.workers.length };
    });
    expect(seen).toMatchObject({ answer: 4, short: 2, isThere: [1, 1], workers: 0 });
    expect(seen.used).toBeLessThanOrEqual(220);
  });
});
