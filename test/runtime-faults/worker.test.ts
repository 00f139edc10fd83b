import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, test, expect } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { expectAnswers, openLab, tell } from './open-lab.ts';

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
      await lab.wait(100);
      lab.fault(what === 'closed' ? 'closed' : () => lab.workers[0]!.terminate());
      const all = await calls;
      return { outcomes: all, ms: lab.recovery(all), report: endpoint.report };
    }, how);
    expectAnswers(outcomes);
    expect(report).toMatchObject({ status: 'InService', losses: [expect.stringContaining('gone')] });
    tell(`engine ${how}`, ms);
  });
});
