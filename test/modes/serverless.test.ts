import { setTimeout as wait } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { privateMB } from '../../bench/browser/process-memory.ts';
import { launchChromium, launchProfile } from '../chromium.ts';
import { openModes } from './open-modes.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe('a serverless endpoint', () => {
  test('has nothing in memory until it is called, and nothing after it was idle', async () => {
    // Else Chromium waits for up to half a minute before it measures.
    const eager = '--enable-blink-features=ForceEagerMeasureMemory';
    await using profile = await launchProfile({}, { extraArgs: [eager] });
    await using open = await openModes(profile.context, { one: { bias: 1, bytes: 24e6 } }, { isIsolated: true });
    const { page } = open;
    /** What the page says itself, and what its processes have for themselves once that has settled. */
    const measured = async (): Promise<{ pageMB: number; processMB: number }> => {
      // While a worker ends, Chromium waits for its answer in vain.
      await wait(500);
      const session = await page.context().newCDPSession(page);
      await session.send('HeapProfiler.collectGarbage');
      const pageMB = await page.evaluate(async () => (await inpoint.measureMemory())!.bytes / 1e6);
      await session.send('HeapProfiler.collectGarbage');
      await session.detach();
      let processMB = Infinity;
      for (let i = 0; i < 10; i++) {
        await wait(100);
        processMB = Math.min(processMB, await privateMB(profile.folder));
      }
      return { pageMB, processMB };
    };
    const cycle = async (): Promise<{ peakMB: number; workers: number[] }> => {
      const workers = await page.evaluate(async () => {
        const endpoint = await modes.deploy('one', { mode: 'serverless', idleMs: 300 });
        const before = [modes.workers.length, endpoint.metrics().coldStarts.count];
        const answer = await modes.ask(endpoint, 1);
        const during = modes.workers.length;
        Object.assign(globalThis, { endpoint });
        return [...before, answer, during];
      });
      const peakMB = await privateMB(profile.folder);
      await page.evaluate(() => modes.until(() => modes.workers.length === 0));
      return { peakMB, workers };
    };
    const fresh = await measured();
    const first = await cycle();
    const afterFirst = await measured();
    expect(first.workers).toEqual([0, 0, 3, 1]);
    // What the browser itself keeps of a first time, as compiled code, is no matter of the page: a second time adds none.
    await page.evaluate(() => (globalThis as never as { endpoint: { close(): Promise<void> } }).endpoint.close());
    await cycle();
    const afterSecond = await measured();
    const more = (a: { pageMB: number; processMB: number }, b: typeof a): string =>
      `${(a.pageMB - b.pageMB).toFixed(1)} MB of the page, ${(a.processMB - b.processMB).toFixed(1)} MB of all processes`;
    console.log(
      `a model of 24 MB: in use ${(first.peakMB - fresh.processMB).toFixed(0)} MB more; idle again ${more(afterFirst, fresh)}; a second time ${more(afterSecond, afterFirst)}`,
    );
    expect(afterFirst.pageMB - fresh.pageMB).toBeLessThan(5);
    expect(afterSecond.pageMB - fresh.pageMB).toBeLessThan(5);
    // The processes' own memory has its ups and downs, of some MB; the engine with its model is much more.
    expect(first.peakMB - fresh.processMB).toBeGreaterThan(60);
    expect(afterFirst.processMB - fresh.processMB).toBeLessThan(20);
    expect(afterSecond.processMB - afterFirst.processMB).toBeLessThan(15);
  });

  test('with a spare engine: a cold start takes at most 0.35 of the first', async () => {
    await using open = await openModes(browser, { one: { bias: 1, bytes: 4e6 } });
    const { first, wakes, without, phases, coldStarts } = await open.page.evaluate(async () => {
      const start = performance.now();
      const spared = await modes.deploy('one', { mode: 'serverless', idleMs: 250, spare: true });
      await modes.ask(spared, 1);
      const firstMs = performance.now() - start;
      const times: number[] = [];
      for (let i = 0; i < 3; i++) {
        await modes.until(() => spared.metrics().replicaCount === 0 && modes.workers.length === 1);
        await modes.wait(700);
        times.push((await modes.timed(modes.ask(spared, 2))).ms);
      }
      const {
        coldStart: lastColdStart,
        coldStarts: { count },
      } = spared.metrics();
      await spared.close();
      const plain = await modes.deploy('one', { mode: 'serverless', idleMs: 250 });
      const slow: number[] = [];
      for (let i = 0; i < 3; i++) {
        slow.push((await modes.timed(modes.ask(plain, 2))).ms);
        await modes.until(() => plain.metrics().replicaCount === 0 && modes.workers.length === 0);
      }
      await plain.close();
      return { first: firstMs, wakes: times, without: slow, phases: lastColdStart, coldStarts: count };
    });
    const shown = (times: readonly number[]): string => times.map((ms) => ms.toFixed(0)).join(', ');
    console.log(
      `the first cold start, with the download: ${first.toFixed(0)} ms; from rest with a spare engine ${shown(wakes)} ms, without ${shown(without)} ms`,
    );
    expect(coldStarts).toBe(4);
    expect(phases.map(({ phase }) => phase)).toEqual(['room', 'runtime', 'load', 'firstInvocation']);
    // The first call waits for all of it.
    expect(phases[3]!.endMs).toBeGreaterThanOrEqual(phases[2]!.endMs);
    for (const [i, { startMs, endMs }] of phases.slice(0, 3).entries()) {
      expect(endMs).toBeGreaterThanOrEqual(startMs);
      expect(startMs).toBe(i === 0 ? 0 : phases[i - 1]!.endMs);
    }
    // What else the machine is at takes its time from some of them.
    expect(Math.min(...wakes)).toBeLessThan(0.35 * first);
  });

  test('refuses calls beyond maxConcurrency, and says when to come again', async () => {
    await using open = await openModes(browser, { one: { bias: 1 } });
    const { all, later } = await open.page.evaluate(async () => {
      const endpoint = await modes.deploy('one', { mode: 'serverless', maxConcurrency: 2 });
      const calls = [1, 2, 3, 4].map((number) => modes.timed(modes.ask(endpoint, number, { rounds: 20 })));
      const settled = await Promise.all(calls);
      return { all: settled, later: await modes.ask(endpoint, 5) };
    });
    expect(all.map(({ value, error }) => value ?? error?.code)).toEqual([3, 5, 'throttled', 'throttled']);
    expect(all[3]!.error!.name).toBe('EndpointError');
    expect(all[3]!.error!.retryAfterMs).toBeGreaterThan(0);
    expect(all[3]!.error!.message).toContain('maxConcurrency');
    expect(later).toBe(11);
  });

  test('refuses a model that takes more than memoryLimitMB before an engine starts for it', async () => {
    await using open = await openModes(browser, { one: { bias: 1, bytes: 20e6 } });
    const { refused, workers, used } = await open.page.evaluate(async () => ({
      refused: await modes.timed(modes.deploy('one', { mode: 'serverless', memoryLimitMB: 90 })),
      workers: modes.workers.length,
      used: inpoint.memory.usedMB,
    }));
    expect(refused.error).toMatchObject({ name: 'InferenceError', code: 'model-too-large' });
    expect(refused.error!.message).toContain('memoryLimitMB is 90');
    expect({ workers, used }).toEqual({ workers: 0, used: 0 });
  });

  test('provisioned: is in an engine from the beginning, and leaves it like any other', async () => {
    await using open = await openModes(browser, { one: { bias: 1 } });
    const seen = await open.page.evaluate(async () => {
      const endpoint = await modes.deploy('one', { mode: 'serverless', provisioned: true, idleMs: 300 });
      const counts = [modes.workers.length, endpoint.metrics().coldStarts.count];
      const answer = await modes.ask(endpoint, 1);
      counts.push(endpoint.metrics().coldStarts.count);
      await modes.until(() => modes.workers.length === 0);
      await modes.ask(endpoint, 2);
      counts.push(endpoint.metrics().coldStarts.count);
      const starts = endpoint.metrics().coldStarts.last;
      return { counts, answer, phases: starts.map(({ phases }) => phases.map(({ phase }) => phase).join()) };
    });
    expect(seen).toEqual({
      counts: [1, 1, 1, 2],
      answer: 3,
      phases: ['download,runtime,load,firstInvocation', 'room,runtime,load,firstInvocation'],
    });
  });
});
