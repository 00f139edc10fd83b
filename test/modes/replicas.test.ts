import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { openModes } from './open-modes.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe('replicas', () => {
  test('load from the store: of three replicas, one lost, and a wake from rest, the network sees one download', async () => {
    await using open = await openModes(browser, { one: { bias: 1, bytes: 3e6 } });
    const seen = await open.page.evaluate(async () => {
      const one = await modes.deploy('one', { scaling: { min: 3, max: 3 } });
      await modes.until(() => one.metrics().replicaCount === 3);
      const [first] = modes.workers;
      Worker.prototype.terminate.call(first);
      await modes.until(() => one.report.losses.length === 1 && one.metrics().replicaCount === 3);
      const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((number) => modes.ask(one, number)));
      await one.close();
      return answers;
    });
    expect(seen).toEqual([3, 5, 7, 9, 11, 13]);
    expect(open.requests.filter((path) => path === '/one.tar.gz')).toHaveLength(1);
    const rested = await open.page.evaluate(async () => {
      const one = await modes.deploy('one', { mode: 'serverless', idleMs: 250, cache: 'force-cache' });
      const answers = [await modes.ask(one, 1)];
      await modes.until(() => modes.workers.length === 0);
      answers.push(await modes.ask(one, 2));
      return answers;
    });
    expect(rested).toEqual([3, 5]);
    expect(open.requests.filter((path) => path === '/one.tar.gz')).toHaveLength(1);
  });

  test('one that crashes with calls in flight: all are answered by the other, and another takes its place', async () => {
    await using open = await openModes(browser, { one: { bias: 1 } });
    const seen = await open.page.evaluate(async () => {
      const one = await modes.deploy('one', { scaling: { min: 2, max: 2 } });
      await modes.until(() => one.metrics().replicaCount === 2);
      const numbers = Array.from({ length: 60 }, (_, i) => i);
      const calls = Promise.all(numbers.map((number) => modes.ask(one, number, { rounds: 5 })));
      await modes.wait(40);
      Worker.prototype.terminate.call(modes.workers[1]);
      const answers = await calls;
      await modes.until(() => one.metrics().replicaCount === 2);
      return { answers, losses: one.report.losses, status: one.report.status };
    });
    expect(seen.answers).toEqual(Array.from({ length: 60 }, (_, i) => 2 * i + 1));
    expect(seen.losses).toEqual([expect.stringContaining('gone')]);
    expect(seen.status).toBe('InService');
  });

  test('with callRetries: 0, a call is rejected with the engine it was sent to; those that wait are answered', async () => {
    await using open = await openModes(browser, { one: { bias: 1 } });
    const seen = await open.page.evaluate(async () => {
      const one = await modes.deploy('one', { callRetries: 0 });
      const rounds = await modes.roundsFor(one, 300);
      const calls = Array.from({ length: 40 }, (_, number) =>
        modes.timed(modes.ask(one, number, { rounds: number === 0 ? rounds : 0 })),
      );
      const allowed = modes.timed(modes.ask(one, 50, { retries: 1 }));
      await modes.wait(100);
      Worker.prototype.terminate.call(modes.workers[0]);
      const settled = await Promise.all([...calls, allowed]);
      return { settled, again: await modes.ask(one, 3) };
    });
    expect(seen.settled[0]?.error).toMatchObject({ name: 'WorkerError', code: 'worker-lost' });
    expect(seen.settled[0]?.error?.message).toContain('gone');
    const rejected = seen.settled.filter(({ error }) => error);
    expect(rejected.length).toBeLessThan(40);
    for (const [number, { value }] of seen.settled.slice(0, 40).entries())
      if (value !== undefined) expect(value).toBe(2 * number + 1);
    expect(seen.settled.at(-1)!.value).toBe(101);
    expect(seen.again).toBe(7);
  });

  test('one that hangs past its deadline is ended: that call says so, or is sent again, and all others are answered', async () => {
    await using open = await openModes(browser, { one: { bias: 1 } });
    const seen = await open.page.evaluate(async () => {
      const one = await modes.deploy('one', { scaling: { min: 2, max: 2 } });
      await modes.until(() => one.metrics().replicaCount === 2);
      const rounds = await modes.roundsFor(one, 1500);
      const late = modes.timed(modes.ask(one, 1, { rounds, timeoutMs: 300 }));
      const others = await Promise.all(Array.from({ length: 30 }, (_, i) => modes.ask(one, i)));
      const once = await late;
      const lost = one.report.losses.length;
      const again = await modes.timed(modes.ask(one, 1, { rounds, timeoutMs: 300, retries: 1 }));
      const lostAgain = one.report.losses.length - lost;
      return { once, others, again, lost, lostAgain, last: await modes.ask(one, 9) };
    });
    expect(seen.once.error).toMatchObject({ name: 'InferenceError', code: 'timed-out' });
    expect(seen.once.ms).toBeLessThan(1200);
    expect(seen.others).toEqual(Array.from({ length: 30 }, (_, i) => 2 * i + 1));
    expect(seen.again.error).toMatchObject({ code: 'timed-out' });
    expect([seen.lost, seen.lostAgain]).toEqual([1, 2]);
    expect(seen.last).toBe(19);
  });

  test('retries is a number of engines', async () => {
    await using open = await openModes(browser, { one: { bias: 1 } });
    const { call, deployment } = await open.page.evaluate(async () => {
      const one = await modes.deploy('one');
      return {
        call: await modes.timed(modes.ask(one, 1, { retries: -1 })),
        deployment: await modes.timed(modes.deploy('one', { callRetries: 1.5 })),
      };
    });
    expect(call.error).toMatchObject({ name: 'InputError', code: 'input-invalid' });
    expect(deployment.error).toMatchObject({ name: 'RangeError' });
  });
});
