import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { expectAnswers, openLab, tell } from './open-lab.ts';

vi.setConfig({ testTimeout: 30_000 });

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe('an engine that is gone', () => {
  test.each(['terminated', 'closed'])('%s, with 200 calls in flight: all are answered', async (how) => {
    await using open = await openLab(browser);
    const { outcomes, ms, report } = await open.page.evaluate(async (what) => {
      const endpoint = await lab.deploy('costly', { device: 'wasm' });
      const calls = lab.burst(endpoint, 200);
      await lab.until(() => lab.settled >= 20);
      lab.fault(what === 'closed' ? 'closed' : () => lab.workers[0]!.terminate());
      const all = await calls;
      return { outcomes: all, ms: lab.recovery(all), report: endpoint.report };
    }, how);
    expectAnswers(outcomes);
    expect(report).toMatchObject({ status: 'InService', losses: [expect.stringContaining('gone')] });
    tell(`engine ${how}`, ms);
  });

  test('between two calls: those that come next are answered', async () => {
    await using open = await openLab(browser);
    const { outcomes, statuses } = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('costly', { device: 'wasm' });
      await lab.ask(endpoint, 1);
      lab.workers[0]!.terminate();
      const atOnce = lab.burst(endpoint, 100);
      await lab.until(() => endpoint.report.losses.length > 0);
      const later = await lab.burst(endpoint, 100);
      return { outcomes: [await atOnce, later], statuses: lab.reports.map(({ status }) => status) };
    });
    for (const all of outcomes) expectAnswers(all);
    expect(statuses.slice(0, 2)).toEqual(['Updating', 'InService']);
  });

  test('again and again, with answers between: all are answered', async () => {
    await using open = await openLab(browser);
    const { outcomes, report } = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('costly', { device: 'wasm' });
      const all = [];
      for (let round = 0; round < 7; round++) {
        const calls = lab.burst(endpoint, 50);
        await lab.until(() => lab.settled >= 2);
        lab.workers.at(-1)!.terminate();
        all.push(await calls);
      }
      return { outcomes: all, report: endpoint.report };
    });
    for (const all of outcomes) expectAnswers(all);
    expect(report).toMatchObject({ status: 'InService', failure: undefined });
  });

  test('as soon as it has come up, before the page looks at it: deploy() ends, and says why', async () => {
    await using open = await openLab(browser);
    const { error } = await open.page.evaluate(() => {
      const engineWorker = (): Worker => {
        const worker = new Worker('/dist/engine-worker.js', { type: 'module' });
        worker.addEventListener('message', ({ data }) => {
          if (data.inpoint !== 'ready') return;
          worker.terminate();
          // Until all that it held is free.
          const end = performance.now() + 300;
          while (performance.now() < end);
        });
        return worker;
      };
      return lab.outcome(lab.deploy('costly', { device: 'wasm', assets: { engineWorker } }));
    });
    expect(error).toMatchObject({ name: 'WorkerError', code: 'worker-lost' });
  });

  test('because of one input each time: that one is rejected, the others are answered', async () => {
    await using open = await openLab(browser);
    const { outcomes, report, ms } = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('costly', { device: 'wasm', poison: 13 });
      lab.fault(() => {});
      const all = await lab.burst(endpoint, 200);
      return { outcomes: all, report: endpoint.report, ms: Math.round(all[13]!.at - all[12]!.at) };
    });
    expectAnswers(outcomes, { 13: 'worker-lost' });
    // With all, and twice alone.
    expect(report.losses).toHaveLength(3);
    tell('an input that ends engines', ms);
  });

  test('whichever it is: the endpoint fails, says why, and rejects from then on', async () => {
    await using open = await openLab(browser);
    const { outcomes, later, laterMs, report } = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('costly', { device: 'wasm' });
      // None is answered before the last engine is gone.
      const calls = lab.burst(endpoint, 200, {}, { rounds: 1e12 });
      for (let lost = 0; lost < 6; lost++) {
        await lab.until(() => endpoint.report.status === 'InService');
        lab.workers.at(-1)!.terminate();
        await lab.until(() => endpoint.report.status !== 'InService');
      }
      const all = await calls;
      const start = performance.now();
      const { error } = await lab.outcome(lab.ask(endpoint, 1));
      return { outcomes: all, later: error, laterMs: performance.now() - start, report: endpoint.report };
    });
    const codes = new Set(outcomes.map(({ error }) => error?.code));
    expect(codes).toEqual(new Set(['endpoint-failed', 'worker-lost']));
    expect(outcomes.filter(({ error }) => error?.code === 'worker-lost').length).toBeLessThanOrEqual(2);
    expect(report).toMatchObject({ status: 'Failed', failure: expect.stringContaining('gone') });
    expect(report.losses).toHaveLength(6);
    expect(later).toMatchObject({ name: 'EndpointError', code: 'endpoint-failed' });
    expect(laterMs).toBeLessThan(50);
  });
});

describe('while an engine is replaced', () => {
  test('an abort rejects at once with its reason, of calls that were sent and of those that wait', async () => {
    await using open = await openLab(browser);
    const { early, late, beside, ms } = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('costly', { device: 'wasm' });
      const abort = new AbortController();
      const { signal } = abort;
      const sent = lab.burst(endpoint, 100, {}, { signal });
      const others = lab.burst(endpoint, 10);
      await lab.wait(20);
      lab.workers[0]!.terminate();
      await lab.until(() => endpoint.report.status === 'Updating');
      const waiting = lab.burst(endpoint, 100, {}, { signal });
      await lab.wait(0);
      const start = performance.now();
      abort.abort(new Error('enough'));
      const all = await Promise.all([sent, waiting]);
      const status = endpoint.report.status;
      return {
        early: all[0].map(({ value, error }) => value ?? error!.message),
        late: all[1].map(({ error }) => `${status} ${error!.message}`),
        ms: performance.now() - start,
        beside: await others,
      };
    });
    expect(early).toContain('enough');
    expect(early.filter((what) => typeof what === 'string' && what !== 'enough')).toEqual([]);
    expect(new Set(late)).toEqual(new Set(['Updating enough']));
    expect(ms).toBeLessThan(100);
    expectAnswers(beside);
  });

  test('close() rejects all that waits, and leaves no engine behind', async () => {
    await using open = await openLab(browser);
    const { outcomes, later } = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('costly', { device: 'wasm' });
      const sent = lab.burst(endpoint, 100, {}, { rounds: 1e5 });
      await lab.wait(20);
      lab.workers[0]!.terminate();
      await lab.until(() => endpoint.report.status === 'Updating');
      const waiting = lab.burst(endpoint, 100);
      await lab.wait(0);
      await endpoint.close();
      const all = [...(await sent), ...(await waiting)];
      await lab.wait(1500);
      return { outcomes: all, later: { ...endpoint.report, locks: (await navigator.locks.query()).held! } };
    });
    expect(outcomes).toHaveLength(200);
    expect(new Set(outcomes.map(({ error }) => error?.code))).toEqual(new Set(['endpoint-closed']));
    expect(later.status).toBe('Deleting');
    expect(later.locks.filter(({ name }) => name!.startsWith('inpoint-')).length).toBeLessThanOrEqual(1);
  });
});

describe('what is sent again', () => {
  test('is what was given, though the caller changed it since', async () => {
    await using open = await openLab(browser);
    const values = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('costly', { device: 'wasm' });
      const one = { type: 'int64' as const, data: BigInt64Array.of(500n), dims: [] };
      const size = { type: 'int64' as const, data: BigInt64Array.of(1n), dims: [1] };
      const data = new Float32Array(1);
      const calls = Array.from({ length: 200 }, (_, number) => {
        data[0] = number;
        return endpoint.invoke({ x: { type: 'float32', data, dims: [1] }, rounds: one, size });
      });
      data[0] = -1;
      await lab.wait(20);
      lab.workers[0]!.terminate();
      return Promise.all(calls.map(async (call) => (await call)['y']!.data[0] as number));
    });
    expect(values).toEqual(values.map((_, number) => 2 * number + 1));
  });

  test('is a canvas as it was when it was given', async () => {
    await using open = await openLab(browser);
    const { before, after, losses } = await open.page.evaluate(async () => {
      const { promise, resolve } = Promise.withResolvers<Worker>();
      const endpoint = await inpoint.deploy('/public/models/digits/model.tar.gz', {
        task: 'image-classification',
        device: 'wasm',
        assets: {
          engineWorker: () => {
            const worker = new Worker('/dist/engine-worker.js', { type: 'module' });
            resolve(worker);
            return worker;
          },
        },
      });
      const canvas = new OffscreenCanvas(28, 28);
      const context = canvas.getContext('2d')!;
      const draw = (digit: number): void => {
        context.fillStyle = 'black';
        context.fillRect(0, 0, 28, 28);
        context.fillStyle = 'white';
        context.font = '26px sans-serif';
        context.fillText(String(digit), 7, 24);
      };
      const ask = (digit: number): Promise<string> => {
        draw(digit);
        return endpoint.invoke(canvas, { topK: 10 }).then(({ labels }) => JSON.stringify(labels));
      };
      const digits = Array.from({ length: 200 }, (_, at) => at % 10);
      const first = await Promise.all(digits.slice(0, 10).map(ask));
      const calls = digits.map(ask);
      const worker = await promise;
      await new Promise((later) => setTimeout(later, 20));
      worker.terminate();
      draw(0);
      return { before: first, after: await Promise.all(calls), losses: endpoint.report.losses };
    });
    expect(losses).toHaveLength(1);
    expect(new Set(before).size).toBe(10);
    expect(after).toEqual(after.map((_, at) => before[at % 10]));
  });

  test('is not what was given away: what the engine had of it is rejected, and all else answered', async () => {
    await using open = await openLab(browser);
    const outcomes = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('costly', { device: 'wasm' });
      // What is given away takes longer to be made ready, and comes last: the engine is at the first of both by then.
      const calls = lab.burst(endpoint, 200, { 0: { transfer: true, rounds: 1e9 }, 150: { transfer: true } });
      await lab.until(() => lab.settled >= 190);
      await lab.wait(200);
      lab.workers[0]!.terminate();
      return calls;
    });
    expectAnswers(outcomes, { 0: 'worker-lost', 150: 'worker-lost' });
  });
});

describe('conversations', () => {
  test('end with their engine, which is told once, and begin anew with the next call', async () => {
    await using open = await openLab(browser);
    const told = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('tally', { device: 'wasm' });
      const add = (sessionId: string, x: number): Promise<string | number> =>
        lab
          .outcome(
            endpoint
              .invoke({ x: inpoint.tensor('float32', Float32Array.of(x), [1]) }, { sessionId })
              .then(({ y }) => y!.data[0]),
          )
          .then(({ value, error }) => value ?? error!.code!);
      const begun = [await add('idle', 1), await add('idle', 2), await add('busy', 10), await add('busy', 20)];
      const inFlight = [add('busy', 30), add('busy', 40), add('new', 100), add('new', 200)];
      lab.workers[0]!.terminate();
      const settled = await Promise.all(inFlight);
      return {
        begun,
        settled,
        busy: [await add('busy', 5), await add('busy', 6)],
        idle: [await add('idle', 3), await add('idle', 4), await add('idle', 5)],
        fresh: await add('new', 300),
      };
    });
    expect(told.begun).toEqual([1, 3, 10, 30]);
    // What was in flight when the engine went may have been answered just before.
    expect(told.settled).toEqual(['session-lost', 'session-lost', 100, 300]);
    expect(told.busy).toEqual([5, 11]);
    expect(told.idle).toEqual(['session-lost', 4, 9]);
    expect(told.fresh).toBe(600);
  });
});

describe('two endpoints on one engine', () => {
  test('both recover, and one that ends engines does not have calls of the other rejected', async () => {
    await using open = await openLab(browser);
    const { outcomes, single, other } = await open.page.evaluate(async () => {
      const options = { device: 'wasm', share: true, poison: 13 } as const;
      const [one, two] = await Promise.all([lab.deploy('costly', options), lab.deploy('costly', options)]);
      const calls = lab.burst(one, 200);
      const alone = lab.outcome(lab.ask(two, 7, { rounds: 5e5 }));
      const all = await calls;
      return { outcomes: all, single: await alone, other: two.report };
    });
    expectAnswers(outcomes, { 13: 'worker-lost' });
    expect(single).toMatchObject({ value: 15 });
    expect(other.losses.length).toBeGreaterThan(0);
    expect(other.status).toBe('InService');
  });
});

test('a store that was emptied does not keep an engine from being replaced', async () => {
  await using open = await openLab(browser);
  const { outcomes, ms } = await open.page.evaluate(async () => {
    const endpoint = await lab.deploy('costly', { device: 'wasm' });
    const calls = lab.burst(endpoint, 200);
    const root = await navigator.storage.getDirectory();
    for await (const name of root.keys()) await root.removeEntry(name, { recursive: true });
    lab.fault(() => lab.workers[0]!.terminate());
    const all = await calls;
    return { outcomes: all, ms: lab.recovery(all) };
  });
  expectAnswers(outcomes);
  tell('with an emptied store', ms);
});
