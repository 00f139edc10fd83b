import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, launchProfile } from '../chromium.ts';
import { openModes } from './open-modes.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const two = { one: { bias: 1, bytes: 8e6 }, two: { bias: 2, bytes: 8e6 } };

describe('what has come to its end takes no room', () => {
  test('a deployment that is aborted while it waits for room sends nobody away later', async () => {
    await using open = await openModes(browser, two);
    const seen = await open.page.evaluate(async () => {
      inpoint.memory.budgetMB = 80;
      const one = await modes.deploy('one');
      const rounds = await modes.roundsFor(one, 800);
      const busy = modes.ask(one, 1, { rounds });
      const stop = new AbortController();
      let isLoading = false;
      const second = modes.timed(
        modes.deploy('two', { signal: stop.signal, onProgress: ({ phase }) => (isLoading ||= phase === 'load') }),
      );
      await modes.until(() => isLoading);
      stop.abort();
      const { error } = await second;
      const answer = await busy;
      await modes.wait(300);
      const seenLater = [one.metrics().replicaCount, inpoint.memory.usedMB > 60, modes.workers.length];
      await one.close();
      return { name: error?.name, answer, seenLater, usedMB: inpoint.memory.usedMB };
    });
    expect(seen).toEqual({ name: 'AbortError', answer: 3, seenLater: [1, true, 1], usedMB: 0 });
  });

  test('an endpoint that has failed gives its engines back, and its room to the next', async () => {
    await using open = await openModes(browser, two);
    const seen = await open.page.evaluate(async () => {
      inpoint.memory.budgetMB = 80;
      const one = await modes.deploy('one');
      const killed = new Set<Worker>();
      await modes.until(() => {
        for (const worker of modes.workers) {
          if (killed.has(worker) || one.report.status !== 'InService') continue;
          killed.add(worker);
          Worker.prototype.terminate.call(worker);
        }
        return one.report.status === 'Failed';
      });
      const left = [inpoint.memory.usedMB, modes.workers.length];
      const other = await Promise.race([modes.deploy('two'), modes.wait(8000)]);
      const answer = other && (await modes.ask(other, 1));
      await Promise.all([one.close(), other?.close()]);
      return { left, answer, after: [inpoint.memory.usedMB, modes.workers.length] };
    });
    expect(seen).toEqual({ left: [0, 0], answer: 4, after: [0, 0] });
  });

  test('close() ends the engine that a model is coming into', async () => {
    await using open = await openModes(browser, two);
    const seen = await open.page.evaluate(async () => {
      const one = await modes.deploy('one', { mode: 'serverless' });
      const call = modes.timed(modes.ask(one, 1));
      await modes.until(() => modes.workers.length === 1);
      await one.close();
      const left = [inpoint.memory.usedMB, modes.workers.length];
      return { left, code: (await call).error?.code };
    });
    expect(seen).toEqual({ left: [0, 0], code: 'endpoint-closed' });
  });
});

test('all replicas lost at once: as many come back as there were', async () => {
  await using open = await openModes(browser, two);
  const seen = await open.page.evaluate(async () => {
    const one = await modes.deploy('one', { scaling: { min: 2, max: 2 } });
    await modes.until(() => one.metrics().replicaCount === 2);
    for (const worker of modes.workers) Worker.prototype.terminate.call(worker);
    await modes.until(() => one.report.losses.length >= 2);
    const answer = await modes.ask(one, 1);
    await modes.until(() => one.metrics().replicaCount === 2, 8000);
    return { answer, workers: modes.workers.length };
  });
  expect(seen).toEqual({ answer: 3, workers: 2 });
});

test('an archive that two threads opened leaves neither of them', async () => {
  await using profile = await launchProfile({}, { extraArgs: ['--enable-blink-features=ForceEagerMeasureMemory'] });
  await using open = await openModes(profile.context, { large: { bias: 1, bytes: 24e6 } }, { isIsolated: true });
  // What did not end would keep Chromium from measuring, for good.
  const bytes = await open.page.evaluate(async () => {
    for (let i = 0; i < 20; i++) {
      await inpoint.openArtifact('/large.tar.gz');
      await inpoint.models.clear();
    }
    // One that is ending just then would, too.
    await modes.wait(500);
    return (await inpoint.measureMemory({ signal: AbortSignal.timeout(30_000) }))!.bytes;
  });
  expect(bytes).toBeLessThan(20e6);
});
