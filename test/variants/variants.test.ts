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

describe('deploy() with variants', () => {
  test('shares 1000 calls by weight, and otherwise once updateWeights() says so', async () => {
    await using open = await openLab(browser);
    const found = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('version-1', {
        device: 'wasm',
        variantName: 'A',
        initialVariantWeight: 7,
        variants: [{ variantName: 'B', source: '/version-2.tar.gz', initialVariantWeight: 3 }],
      });
      const ofB = async (): Promise<number> => {
        const answers = await Promise.all(Array.from({ length: 1000 }, () => lab.versionOf(endpoint, 3)));
        if (answers.some((answer) => answer !== 7 && answer !== 10))
          throw new Error(`Another answer: ${answers.join()}`);
        return answers.filter((answer) => answer === 10).length;
      };
      const byWeight = await ofB();
      const { variants } = endpoint;
      endpoint.updateWeights({ A: 1, B: 1 });
      const half = await ofB();
      endpoint.updateWeights({ B: 0 });
      const none = await ofB();
      const asked = await lab.versionOf(endpoint, 3, { targetVariant: 'B' });
      const { error } = await lab.outcome(lab.versionOf(endpoint, 3, { targetVariant: 'C' }));
      const metrics = endpoint.metrics();
      await endpoint.close();
      return { byWeight, variants, half, none, asked, error, metrics };
    });
    expect(Math.abs(found.byWeight - 300)).toBeLessThanOrEqual(20);
    expect(Math.abs(found.half - 500)).toBeLessThanOrEqual(20);
    expect(found).toMatchObject({ none: 0, asked: 10 });
    expect(found.metrics).toMatchObject({ invocations: 3002, invocation4xxErrors: 1, replicaCount: 2 });
    expect(found.metrics.coldStarts.count).toBe(2);
    const { A, B } = found.metrics.variants;
    const toB = found.byWeight + found.half + 1;
    expect(A).toMatchObject({ invocations: 3000 - toB + 1, invocation4xxErrors: 0, replicaCount: 1 });
    expect(B).toMatchObject({ invocations: toB, invocation4xxErrors: 0, replicaCount: 1 });
    expect(A!.modelLatency.sampleCount + B!.modelLatency.sampleCount).toBe(3001);
    expect([A!.coldStarts.count, B!.coldStarts.count]).toEqual([1, 1]);
    expect(A!.memoryBytes! + B!.memoryBytes!).toBe(found.metrics.memoryBytes);
    expect(found.error).toMatchObject({ name: 'InputError', message: expect.stringContaining('"A", "B"') });
    const [a, b] = found.variants;
    expect(a).toMatchObject({ variantName: 'A', model: 'version-1.tar.gz', currentWeight: 7, errors: 0 });
    expect(b).toMatchObject({ variantName: 'B', model: 'version-2.tar.gz', currentWeight: 3, errors: 0 });
    expect(a!.invocations + b!.invocations).toBe(1000);
    expect(b!.invocations).toBe(found.byWeight);
    expect(b!.latency.sampleCount).toBe(found.byWeight);
    await expectEngines(open.page, 0);
    console.log(`A/B 7 to 3: ${found.byWeight} of 1000; 1 to 1: ${found.half} of 1000`);
  });

  test('keeps each conversation with its variant, whatever the weights, and through an update of another', async () => {
    await using open = await openLab(browser);
    const found = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('version-1', {
        device: 'wasm',
        variants: [{ variantName: 'B', source: '/version-2.tar.gz' }],
      });
      const all = (): Promise<number[]> =>
        Promise.all(Array.from({ length: 200 }, (_, n) => lab.versionOf(endpoint, 3, { sessionId: `visitor ${n}` })));
      const first = await all();
      endpoint.updateWeights({ AllTraffic: 1, B: 9 });
      const second = await all();
      const report = await endpoint.update('/version-2.tar.gz', { targetVariant: 'AllTraffic' });
      const third = await all();
      return { first, second, third, report };
    });
    const ofB = found.first.filter((answer) => answer === 10).length;
    expect(ofB).toBeGreaterThan(60);
    expect(ofB).toBeLessThan(140);
    expect(found.second).toEqual(found.first);
    expect(new Set(found.third)).toEqual(new Set([10]));
    expect(found.report.status).toBe('Succeeded');
    await expectEngines(open.page, 2);
  });

  test('deploys all or none', async () => {
    await using open = await openLab(browser);
    const found = await open.page.evaluate(async () => {
      const deployed = async (source: string): Promise<string | undefined> => {
        const variants = [{ variantName: 'B', source }];
        return (await lab.outcome(lab.deploy('version-1', { device: 'wasm', variants }))).error?.code;
      };
      const codes = [await deployed('/not-there.tar.gz'), await deployed('/tally.tar.gz')];
      const twice = await lab.outcome(
        lab.deploy('version-1', { variants: [{ variantName: 'AllTraffic', source: '/version-2.tar.gz' }] }),
      );
      return { codes, twice: twice.error?.name };
    });
    expect(found).toEqual({ codes: ['download-failed', 'update-refused'], twice: 'RangeError' });
    await expectEngines(open.page, 0);
  });
});

describe('a shadow variant', () => {
  test('gets copies of the calls, and its differences are told, without anybody else noticing', async () => {
    await using open = await openLab(browser);
    const found = await open.page.evaluate(async () => {
      const told: { difference: string; input?: unknown }[] = [];
      const endpoint = await lab.deploy('version-1', {
        device: 'wasm',
        shadow: {
          source: '/version-2.tar.gz',
          maxConcurrency: 1000,
          onDifference(difference) {
            told.push(difference);
            throw new Error('Nobody is to hear of this.');
          },
        },
      });
      const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => lab.versionOf(endpoint, n % 2)));
      await lab.until(() => endpoint.shadow!.invocations === 100);
      const { shadow, variants } = endpoint;
      await endpoint.close();
      return { answers, shadow, told, variants };
    });
    expect(found.answers).toEqual(Array.from({ length: 100 }, (_, n) => 2 * (n % 2) + 1));
    // 2 x + 1 and 3 x + 1 are the same for 0.
    expect(found.shadow).toMatchObject({ matches: 50, differences: 50, errors: 0, skipped: 0, invocations: 100 });
    expect(found.told).toHaveLength(50);
    expect(found.told[0]).toMatchObject({ difference: 'answer.y.data[0] is 4, not 3 (± 0.001)' });
    expect(found.told[0]).not.toHaveProperty('input');
    expect(found.variants).toMatchObject([{ variantName: 'AllTraffic', invocations: 100 }]);
    await expectEngines(open.page, 0);
  });

  test('gets a part of them by samplingPercentage, with the input where it is asked for', async () => {
    await using open = await openLab(browser);
    const found = await open.page.evaluate(async () => {
      const inputs: unknown[] = [];
      const endpoint = await lab.deploy('version-1', {
        device: 'wasm',
        shadow: {
          source: '/version-2.tar.gz',
          samplingPercentage: 10,
          maxConcurrency: 1000,
          includeInput: true,
          onDifference: ({ input }) => void inputs.push(input),
        },
      });
      for (let n = 0; n < 10; n++) await Promise.all(Array.from({ length: 100 }, () => lab.versionOf(endpoint, 3)));
      await lab.wait(200);
      return { shadow: endpoint.shadow!, input: (inputs[0] as { x: { data: Float32Array } }).x.data[0] };
    });
    expect(Math.abs(found.shadow.invocations - 100)).toBeLessThanOrEqual(5);
    expect(found.input).toBe(3);
  });

  test.each(['version-2-failing', 'version-2-hanging'])('that is %s harms no call', async (archive) => {
    await using open = await openLab(browser);
    const found = await open.page.evaluate(async (name) => {
      const endpoint = await lab.deploy('version-1', { device: 'wasm', shadow: { source: `/${name}.tar.gz` } });
      const loop = lab.loop(endpoint, 16, () => 103);
      await lab.wait(1000);
      const { failures, answers, longestMs, calls } = await loop.stop();
      const { shadow } = endpoint;
      await endpoint.close();
      return { failures, answers: Object.keys(answers), longestMs, calls, shadow };
    }, archive);
    expect(found).toMatchObject({ failures: [], answers: ['103 → 207'] });
    expect(found.longestMs).toBeLessThan(500);
    expect(found.shadow!.skipped).toBeGreaterThan(0);
    if (archive === 'version-2-failing') expect(found.shadow!.errors).toBeGreaterThan(10);
    else expect(found.shadow).toMatchObject({ invocations: 0, errors: 0 });
    await expectEngines(open.page, 0);
    console.log(`shadow ${archive}: ${found.calls} calls, the longest ${found.longestMs.toFixed(0)} ms`);
  });
});

describe('a conversation with a model that remembers it', () => {
  test('goes on with the old model while that is there, and is lost with it once', async () => {
    await using open = await openLab(browser);
    const found = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('tally', { device: 'wasm' });
      const say = async (number: number): Promise<number | string> => {
        const x = inpoint.tensor('float32', Float32Array.of(number), [1]);
        const call = endpoint.invoke({ x }, { sessionId: 'one' });
        return call.then(
          ({ y }) => y!.data[0] as number,
          ({ code }: { code: string }) => code,
        );
      };
      const told = [await say(1), await say(2)];
      const update = endpoint.update('/tally.tar.gz?new', { terminationWaitMs: 500 });
      await lab.until(() => endpoint.variants[0]!.updateShare === 1);
      told.push(await say(3));
      await update;
      told.push(await say(4), await say(5), await say(6));
      return told;
    });
    expect(found).toEqual([1, 3, 6, 'session-lost', 5, 11]);
  });
});
