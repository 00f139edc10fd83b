import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { openLab } from '../runtime-faults/open-lab.ts';
import { expectEngines } from './expect-engines.ts';

vi.setConfig({ testTimeout: 60_000 });

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe('endpoint.update()', () => {
  test.each(['all-at-once', 'canary', 'linear'] as const)(
    '%s, under 32 callers in a closed loop: none fails, and none is answered by the old one afterwards',
    async (type) => {
      await using open = await openLab(browser);
      const end = await open.page.evaluate(async (how) => {
        const endpoint = await lab.deploy('version-1', { device: 'wasm' });
        const before = lab.loop(endpoint, 32, () => 3);
        await lab.wait(200);
        const routing = {
          'all-at-once': { type: how },
          canary: { type: how, canaryPercent: 10, waitIntervalMs: 400 },
          linear: { type: how, stepPercent: 25, waitIntervalMs: 150 },
        }[how] as { type: 'all-at-once' };
        const report = await endpoint.update('/version-2.tar.gz', { trafficRouting: routing });
        const after = lab.loop(endpoint, 32, () => 3);
        await lab.wait(200);
        const loops = [await before.stop(), await after.stop()];
        const { variants } = endpoint;
        const { replicaCount } = endpoint.metrics();
        return { report, loops, variants, replicaCount };
      }, type);
      const [before, after] = end.loops;
      expect(before!.failures).toEqual([]);
      expect(Object.keys(before!.answers).toSorted()).toEqual(['3 → 10', '3 → 7']);
      expect(after!.failures).toEqual([]);
      expect(Object.keys(after!.answers)).toEqual(['3 → 10']);
      expect(end.report).toMatchObject({ status: 'Succeeded', reason: undefined, share: 1 });
      expect(end.variants).toMatchObject([
        { variantName: 'AllTraffic', model: 'version-2.tar.gz', currentWeight: 1, errors: 0, concurrentInvocations: 0 },
      ]);
      expect(end.replicaCount).toBe(1);
      await expectEngines(open.page, 1);
      console.log(`update ${type}: ${before!.calls} calls, the longest ${before!.longestMs.toFixed(0)} ms`);
      if (type === 'all-at-once') return;
      // While both served, the shares were those of the steps, which have more or less calls each.
      const { before: old, after: fresh } = end.report;
      const [a, b] = [old.invocations, fresh.invocations];
      expect(fresh.errors).toBe(0);
      expect(b / (a + b)).toBeGreaterThan(type === 'canary' ? 0.08 : 0.3);
      expect(b / (a + b)).toBeLessThan(type === 'canary' ? 0.12 : 0.7);
    },
  );

  test('calls that are with the old one end there, and then its engine is gone', async () => {
    await using open = await openLab(browser);
    const found = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('version-2-slow', { device: 'wasm' });
      // Above 100 each takes its time.
      const old = [101, 102, 103].map((number) => lab.versionOf(endpoint, number));
      await lab.wait(0);
      let isUpdated = false;
      const update = endpoint.update('/version-1.tar.gz').then(({ status }) => {
        isUpdated = true;
        return status;
      });
      const answers = await Promise.all(old);
      return { answers, status: await update, isUpdated, next: await lab.versionOf(endpoint, 101) };
    });
    expect(found).toEqual({ answers: [304, 307, 310], status: 'Succeeded', isUpdated: true, next: 203 });
    await expectEngines(open.page, 1);
  });

  test.each([
    ['/not-there.tar.gz', { name: 'ArtifactError', code: 'download-failed' }],
    ['/costly.tar.gz', { name: 'EndpointError', code: 'update-refused', message: expect.stringContaining('rounds') }],
    ['/image-nchw.tar.gz', { code: 'update-refused', message: expect.stringContaining('for image-classification') }],
    ['/tally.tar.gz', { name: 'EndpointError', code: 'update-refused' }],
    ['/version-2-wrong.tar.gz', { name: 'InferenceError', code: 'self-test-failed' }],
    ['/package.json', { name: 'ArtifactError', code: 'not-an-archive' }],
  ])('to %s is refused, and the old one serves on', async (address, expected) => {
    await using open = await openLab(browser);
    const found = await open.page.evaluate(async (source) => {
      const endpoint = await lab.deploy('version-1', { device: 'wasm' });
      const loop = lab.loop(endpoint, 8, () => 3);
      const { error } = await lab.outcome(endpoint.update(source));
      const { failures, answers } = await loop.stop();
      return { error, failures, answers: Object.keys(answers), variants: endpoint.variants.length };
    }, address);
    expect(found).toMatchObject({ error: expected, failures: [], answers: ['3 → 7'], variants: 1 });
    await expectEngines(open.page, 1);
  });

  test('of a serverless endpoint that rests shows the new archive to be sound, and lets it rest too', async () => {
    await using open = await openLab(browser);
    const found = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('version-1', { device: 'wasm', mode: 'serverless', idleMs: 500 });
      const { status } = await endpoint.update('/version-2.tar.gz');
      const answer = await lab.versionOf(endpoint, 3);
      await lab.until(() => endpoint.variants[0]!.replicaCount === 0);
      const { error } = await lab.outcome(endpoint.update('/version-2-wrong.tar.gz'));
      return { status, answer, code: error?.code, again: await lab.versionOf(endpoint, 3) };
    });
    expect(found).toEqual({ status: 'Succeeded', answer: 10, code: 'self-test-failed', again: 10 });
    await expectEngines(open.page, 0);
  });

  test('onReport tells how the new one is once it serves, and of the old one no more', async () => {
    await using open = await openLab(browser);
    const found = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('version-1', { device: 'wasm', selfTest: 'off' });
      const before = endpoint.report.selfTest;
      await endpoint.update('/version-2.tar.gz', { selfTest: 'strict' });
      return { before, last: lab.reports.at(-1)!.selfTest, now: endpoint.report.selfTest };
    });
    const passed = { device: 'wasm', by: 'golden', samples: 2 };
    expect(found).toMatchObject({ before: undefined, last: passed, now: passed });
  });

  test('a second one is refused while the first has not ended, and a third goes through', async () => {
    await using open = await openLab(browser);
    const found = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('version-1', { device: 'wasm' });
      const first = endpoint.update('/version-2.tar.gz');
      const { error } = await lab.outcome(endpoint.update('/version-2.tar.gz'));
      await first;
      const between = await lab.versionOf(endpoint, 3);
      await endpoint.update('/version-1.tar.gz');
      return { code: error?.code, between, after: await lab.versionOf(endpoint, 3) };
    });
    expect(found).toEqual({ code: 'update-in-progress', between: 10, after: 7 });
    await expectEngines(open.page, 1);
  });

  test.each(['load', 'canary'])('an abort during its %s takes the new one back', async (when) => {
    await using open = await openLab(browser);
    const found = await open.page.evaluate(async (moment) => {
      const endpoint = await lab.deploy('version-1', { device: 'wasm' });
      const loop = lab.loop(endpoint, 8, () => 3);
      const abort = new AbortController();
      const update = lab.outcome(
        endpoint.update('/version-2.tar.gz', {
          signal: abort.signal,
          trafficRouting: { type: 'canary', canaryPercent: 50, waitIntervalMs: 60_000 },
        }),
      );
      if (moment === 'canary') await lab.until(() => (endpoint.variants[0]!.updateShare ?? 0) > 0);
      abort.abort(new Error('enough'));
      const { error } = await update;
      const after = await lab.versionOf(endpoint, 3);
      const { failures } = await loop.stop();
      return { message: error?.message, failures, after, update: endpoint.variants[0]!.updateShare };
    }, when);
    expect(found).toEqual({ message: 'enough', failures: [], after: 7, update: undefined });
    await expectEngines(open.page, 1);
  });

  test.each(['load', 'canary'])('close() during its %s ends both', async (when) => {
    await using open = await openLab(browser);
    const found = await open.page.evaluate(async (moment) => {
      const endpoint = await lab.deploy('version-1', { device: 'wasm' });
      const update = lab.outcome(
        endpoint.update('/version-2.tar.gz', {
          trafficRouting: { type: 'canary', canaryPercent: 50, waitIntervalMs: 60_000 },
        }),
      );
      if (moment === 'canary') await lab.until(() => (endpoint.variants[0]!.updateShare ?? 0) > 0);
      const calls = [1, 2, 3, 4].map((number) => lab.outcome(lab.versionOf(endpoint, number)));
      await endpoint.close();
      const codes = (await Promise.all([update, ...calls])).map(({ error }) => error?.code);
      return {
        codes: [...new Set(codes)],
        later: (await lab.outcome(endpoint.update('/version-2.tar.gz'))).error?.code,
      };
    }, when);
    expect(found).toEqual({ codes: ['endpoint-closed'], later: 'endpoint-closed' });
    await expectEngines(open.page, 0);
  });
});

describe('a canary', () => {
  test.each(['version-2-failing', 'version-2-slow', 'version-2-hanging'])(
    'that is %s is rolled back by its alarm, and visitors are answered',
    async (archive) => {
      await using open = await openLab(browser);
      const found = await open.page.evaluate(async (name) => {
        const endpoint = await lab.deploy('version-1', { device: 'wasm' });
        // Samples are below 100: its test it passes.
        const loop = lab.loop(endpoint, 32, () => 103);
        const start = performance.now();
        const report = await endpoint.update(`/${name}.tar.gz`, {
          trafficRouting: { type: 'canary', canaryPercent: 20, waitIntervalMs: 60_000 },
          alarms: { latencyMs: name === 'version-2-failing' ? 5000 : 50, errorRate: 0.1, minCalls: 5 },
        });
        const ms = performance.now() - start;
        const rest = lab.loop(endpoint, 32, () => 103);
        await lab.wait(100);
        return { report, ms, loop: await loop.stop(), rest: await rest.stop(), variants: endpoint.variants };
      }, archive);
      const { report, loop, rest, variants } = found;
      expect(loop.failures).toEqual([]);
      expect(rest.failures).toEqual([]);
      expect(Object.keys(rest.answers)).toEqual(['103 → 207']);
      expect(report.status).toBe('RolledBack');
      expect(report.reason).toMatch(archive === 'version-2-failing' ? /failed at/ : /took longer than 50 ms/);
      expect(report.after.invocations).toBeGreaterThanOrEqual(5);
      expect(report.before.errors).toBe(0);
      expect(variants).toMatchObject([{ model: 'version-1.tar.gz', updateShare: undefined, errors: 0 }]);
      expect(loop.longestMs).toBeLessThan(1500);
      await expectEngines(open.page, 1);
      console.log(
        `canary ${archive}: rolled back after ${found.ms.toFixed(0)} ms and ${report.after.invocations} calls; ` +
          `the longest of ${loop.calls} took ${loop.longestMs.toFixed(0)} ms`,
      );
    },
  );

  test('whose engine is lost is replaced, and no call fails', async () => {
    await using open = await openLab(browser);
    const found = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('version-1', { device: 'wasm' });
      const loop = lab.loop(endpoint, 8, () => 3);
      const update = endpoint.update('/version-2.tar.gz', {
        trafficRouting: { type: 'canary', canaryPercent: 50, waitIntervalMs: 1500 },
      });
      await lab.until(() => (endpoint.variants[0]!.updateShare ?? 0) > 0);
      lab.workers[1]!.terminate();
      const { status } = await update;
      return { status, failures: (await loop.stop()).failures, after: await lab.versionOf(endpoint, 3) };
    });
    expect(found).toEqual({ status: 'Succeeded', failures: [], after: 10 });
    await expectEngines(open.page, 1);
  });
});
