import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { expectAnswers, openLab, tell } from './open-lab.ts';

vi.setConfig({ testTimeout: 40_000 });

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe('memory', () => {
  test.each([
    // Once in the crowd, once alone in a new engine.
    ['there is', 100_000_000, 2, 'out-of-memory'],
    // The runtime refuses it, and goes on.
    ['can be addressed', 3_000_000_000, 0, 'inference-failed'],
  ])('more than %s, asked for by one call of 200: that one is rejected, the others are answered', async (...row) => {
    await using open = await openLab(browser);
    const { outcomes, report, ms } = await open.page.evaluate(async (size) => {
      const endpoint = await lab.deploy('costly', { device: 'wasm', faults: 'little-memory' });
      const all = await lab.burst(endpoint, 200, { 100: { size } });
      return { outcomes: all, report: endpoint.report, ms: Math.round(all[100]!.at - all[99]!.at) };
    }, row[1]);
    expectAnswers(outcomes, { 100: row[3] });
    expect(report).toMatchObject({ status: 'InService', failure: undefined });
    expect(report.losses).toHaveLength(row[2]);
    tell(`more memory than ${row[0]}`, ms);
  });

  test('that an engine does not get any more: a new one answers', async () => {
    await using open = await openLab(browser);
    const { outcomes, report, ms } = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('costly', { device: 'wasm' });
      await lab.ask(endpoint, 1);
      lab.fault('no-memory');
      await lab.wait(50);
      const all = await lab.burst(endpoint, 200, { 100: { size: 50_000_000 } });
      return { outcomes: all, report: endpoint.report, ms: lab.recovery(all) };
    });
    expectAnswers(outcomes);
    expect(report).toMatchObject({ status: 'InService' });
    tell('no more memory', ms);
  });
});

describe('a run that does not end in time', () => {
  test('is ended alone: its call is rejected, the other 199 are answered', async () => {
    await using open = await openLab(browser);
    const { outcomes, report, ms } = await open.page.evaluate(async () => {
      const endpoint = await lab.deploy('costly', { device: 'wasm' });
      lab.fault(() => {});
      const all = await lab.burst(endpoint, 200, { 100: { rounds: 1e12, timeoutMs: 1500 } });
      await lab.until(() => endpoint.report.status === 'InService');
      return { outcomes: all, report: endpoint.report, ms: Math.round(all[101]!.at - all[99]!.at) };
    });
    expectAnswers(outcomes, { 100: 'timed-out' });
    expect(report).toMatchObject({
      status: 'InService',
      losses: [expect.stringContaining('did not end within 1.5 s')],
    });
    tell('a run past its 1,500 ms', ms);
  });

  test('does not have calls of another endpoint in its engine rejected', async () => {
    await using open = await openLab(browser);
    const { late, others } = await open.page.evaluate(async () => {
      const options = { device: 'wasm', share: true } as const;
      const [one, two] = await Promise.all([lab.deploy('costly', options), lab.deploy('costly', options)]);
      const endless = lab.outcome(lab.ask(one, 1, { rounds: 1e12, timeoutMs: 1500 }));
      const patient = lab.burst(two, 200, {}, { timeoutMs: 1000 });
      return { late: await endless, others: await patient };
    });
    expect(late.error).toMatchObject({ code: 'timed-out' });
    expectAnswers(others);
  });
});

describe("ONNX Runtime's files", () => {
  test.each([
    ['missing', 404, 'text/plain'],
    ['a web page', 200, 'text/html'],
  ])('%s: deploy() says so, and works once they are right', async (_, status, type) => {
    await using open = await openLab(browser);
    const path = '/dist/ort-wasm-simd-threaded.wasm';
    open.routes[path] = (__, response) =>
      void response.writeHead(status, { 'content-type': type }).end('<!doctype html>no engine');
    const first = await open.page.evaluate(() => lab.outcome(lab.deploy('costly', { device: 'wasm' })));
    expect(first.error).toMatchObject({ name: 'InferenceError', code: 'runtime-failed' });
    delete open.routes[path];
    const outcomes = await open.page.evaluate(async () =>
      lab.burst(await lab.deploy('costly', { device: 'wasm' }), 200),
    );
    expectAnswers(outcomes);
  });

  test('of WebGPU missing, in a model that an earlier visit found faster there: WASM serves it', async () => {
    await using open = await openLab(browser);
    for (const build of ['jspi', 'asyncify'])
      open.routes[`/dist/ort-wasm-simd-threaded.${build}.wasm`] = (_, response) => void response.writeHead(404).end();
    const { outcomes, report } = await open.page.evaluate(async () => {
      lab.foundFaster('costly');
      const endpoint = await lab.deploy('costly');
      return { outcomes: await lab.burst(endpoint, 200), report: endpoint.report };
    });
    expectAnswers(outcomes);
    expect(report).toMatchObject({ status: 'InService', device: 'wasm' });
    expect(report.verdict).toBeTruthy();
  });
});
