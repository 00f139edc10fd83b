import { readdir, readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { expectAnswers, openLab, tell } from './open-lab.ts';

vi.setConfig({ testTimeout: 25_000 });

/** WebGPU that a processor plays. */
const software = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium(software);
});
afterAll(() => browser.close());

/** A model that an earlier visit found to be faster on WebGPU. */
const known = { device: 'auto', softwareWebgpu: true } as const;
const forced = { device: 'webgpu' } as const;

describe.each([
  ['webgpu', forced, 'webgpu'],
  ['auto', known, 'wasm'],
] as const)('%s: a graphics device that is destroyed', (name, options, after) => {
  test('with 200 calls in flight: all are answered', async () => {
    await using open = await openLab(browser);
    const { outcomes, report, ms } = await open.page.evaluate(async (given) => {
      lab.foundFaster('costly');
      const endpoint = await lab.deploy('costly', { ...given, selfTest: 'off' });
      if (endpoint.report.device !== 'webgpu') throw new Error(`It is on ${endpoint.report.device}.`);
      const calls = lab.burst(endpoint, 200, {}, { rounds: 1 });
      await lab.until(() => lab.settled >= 20);
      lab.fault('device-destroyed');
      const all = await calls;
      return { outcomes: all, report: endpoint.report, ms: lab.recovery(all) };
    }, options);
    expectAnswers(outcomes);
    expect(report).toMatchObject({ status: 'InService', device: after });
    expect(report.losses).toEqual([expect.stringContaining('graphics device')]);
    tell(`${name}, device destroyed`, ms);
  });

  test('between two calls: those that come next are answered', async () => {
    await using open = await openLab(browser);
    const { outcomes, report } = await open.page.evaluate(async (given) => {
      lab.foundFaster('costly');
      const endpoint = await lab.deploy('costly', { ...given, selfTest: 'off' });
      await lab.ask(endpoint, 1, { rounds: 1 });
      lab.fault('device-destroyed');
      const all = await lab.burst(endpoint, 200, {}, { rounds: 1 });
      return { outcomes: all, report: endpoint.report };
    }, options);
    expectAnswers(outcomes);
    expect(report).toMatchObject({ status: 'InService', device: after });
    expect(report.losses).toHaveLength(1);
  });
});

test.each([
  ['webgpu', forced, 'webgpu'],
  ['auto', known, 'wasm'],
] as const)('%s: a killed GPU process, with 200 calls in flight: all are answered', async (name, options, after) => {
  const own = await launchChromium([...software, `--user-agent=faults-${name}-${process.pid}`]);
  try {
    await using open = await openLab(own);
    const running = open.page.evaluate(async (given) => {
      lab.foundFaster('costly');
      const endpoint = await lab.deploy('costly', { ...given, selfTest: 'off' });
      const calls = lab.burst(endpoint, 200, {}, { rounds: 1 });
      await lab.until(() => lab.settled >= 5);
      lab.fault(() => (document.title = 'kill'));
      const all = await calls;
      return { outcomes: all, report: endpoint.report, ms: lab.recovery(all) };
    }, options);
    await open.page.waitForFunction(() => document.title === 'kill');
    process.kill(await gpuProcess(`faults-${name}-${process.pid}`), 'SIGKILL');
    const { outcomes, report, ms } = await running;
    expectAnswers(outcomes);
    expect(report).toMatchObject({ status: 'InService', device: after });
    expect(report.losses.length).toBeGreaterThan(0);
    tell(`${name}, GPU process killed`, ms);
  } finally {
    await own.close();
  }
});

test('webgpu: an input that ends each engine is rejected, and the others are answered there', async () => {
  await using open = await openLab(browser);
  const { outcomes, report } = await open.page.evaluate(async (given) => {
    const endpoint = await lab.deploy('costly', { ...given, selfTest: 'off', poison: 13 });
    return { outcomes: await lab.burst(endpoint, 50, {}, { rounds: 1 }), report: endpoint.report };
  }, forced);
  expectAnswers(outcomes, { 13: 'worker-lost' });
  expect(report).toMatchObject({ status: 'InService', device: 'webgpu' });
});

describe('shaders that do not compile from some moment on', () => {
  test('auto: all calls are answered, by WASM', async () => {
    await using open = await openLab(browser);
    const { outcomes, report, ms } = await open.page.evaluate(async (given) => {
      lab.foundFaster('costly');
      const endpoint = await lab.deploy('costly', { ...given, selfTest: 'off' });
      await lab.ask(endpoint, 1, { rounds: 1 });
      lab.fault('broken-shaders');
      // Another length needs other shaders.
      const all = await lab.burst(endpoint, 200, {}, { length: 4, rounds: 1 });
      return { outcomes: all, report: endpoint.report, ms: lab.recovery(all) };
    }, known);
    expectAnswers(outcomes);
    expect(report).toMatchObject({ status: 'InService', device: 'wasm' });
    tell('auto, shaders broken', ms);
  });

  test('webgpu: the calls that need them are rejected, and the others answered', async () => {
    await using open = await openLab(browser);
    const { outcomes, report } = await open.page.evaluate(async (given) => {
      const endpoint = await lab.deploy('costly', { ...given, selfTest: 'off' });
      await lab.ask(endpoint, 1, { rounds: 1 });
      lab.fault('broken-shaders');
      const all = await lab.burst(endpoint, 200, { 100: { length: 4 }, 101: { length: 4 } }, { rounds: 1 });
      return { outcomes: all, report: endpoint.report };
    }, forced);
    expectAnswers(outcomes, { 100: 'inference-failed', 101: 'inference-failed' });
    expect(report).toMatchObject({ status: 'InService', device: 'webgpu', losses: [] });
  });
});

describe('shaders that do not compile from the start', () => {
  test('on WebGPU alone: deploy() rejects and says why', async () => {
    await using open = await openLab(browser);
    const { error } = await open.page.evaluate(() =>
      lab.outcome(lab.deploy('costly', { device: 'webgpu', faults: 'broken-shaders' })),
    );
    expect(error).toMatchObject({ name: 'InferenceError' });
    expect(['device-lost', 'runtime-failed']).toContain(error!.code);
  });

  test('in a model that an earlier visit found faster there: it is served by WASM', async () => {
    await using open = await openLab(browser);
    const { outcomes, report } = await open.page.evaluate(async (given) => {
      lab.foundFaster('costly');
      const endpoint = await lab.deploy('costly', { ...given, faults: 'broken-shaders' });
      const all = await lab.burst(endpoint, 200, {}, { rounds: 1 });
      return { outcomes: all, report: endpoint.report };
    }, known);
    expectAnswers(outcomes);
    expect(report).toMatchObject({ status: 'InService', device: 'wasm' });
    expect(report.verdict).toBeTruthy();
  });
});

describe('a device that computes wrong numbers', () => {
  test('is refused before any call goes there', async () => {
    await using open = await openLab(browser);
    const { outcomes, report, devices } = await open.page.evaluate(async (given) => {
      const endpoint = await lab.deploy('costly', { ...given, faults: 'wrong-numbers' });
      const all = [];
      while (!endpoint.report.verdict) all.push(await lab.burst(endpoint, 20));
      all.push(await lab.burst(endpoint, 200));
      const used = lab.reports.map(({ device }) => device);
      return { outcomes: all, report: endpoint.report, devices: used };
    }, known);
    for (const all of outcomes) expectAnswers(all);
    expect(new Set(devices)).toEqual(new Set(['wasm']));
    expect(report).toMatchObject({ device: 'wasm', verdict: expect.stringContaining('answered wrong') });
  });

  test('is refused by deploy() with a strict test', async () => {
    await using open = await openLab(browser);
    const { error } = await open.page.evaluate(() =>
      lab.outcome(lab.deploy('costly', { device: 'webgpu', selfTest: 'strict', faults: 'wrong-numbers' })),
    );
    expect(error).toMatchObject({ name: 'InferenceError', code: 'self-test-failed' });
  });

  test('is told of by the report where it was asked for', async () => {
    await using open = await openLab(browser);
    const report = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('costly', { device: 'webgpu', faults: 'wrong-numbers' });
      await lab.until(() => endpoint.report.selfTest !== undefined);
      return endpoint.report;
    });
    expect(report).toMatchObject({
      status: 'InService',
      device: 'webgpu',
      selfTest: { by: 'golden', device: 'webgpu', failure: expect.stringContaining('answered wrong') },
    });
  });

  test('is left where an earlier visit found it faster', async () => {
    await using open = await openLab(browser);
    const { report, outcomes } = await open.page.evaluate(async (given) => {
      lab.foundFaster('costly');
      const endpoint = await lab.deploy('costly', { ...given, faults: 'wrong-numbers' });
      await lab.until(() => endpoint.report.device === 'wasm');
      return { outcomes: await lab.burst(endpoint, 200, {}, { rounds: 1 }), report: endpoint.report };
    }, known);
    expectAnswers(outcomes);
    expect(report).toMatchObject({ status: 'InService', verdict: expect.stringContaining('answered wrong') });
  });
});

/** The GPU process of the browser whose processes have this on their command line. */
async function gpuProcess(mark: string): Promise<number> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes('--type=gpu-process') && command.includes(mark)) return Number(pid);
  }
  throw new Error('There is no GPU process.');
}
