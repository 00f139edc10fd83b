import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { privateMB } from '../../bench/browser/process-memory.ts';
import type { Endpoint } from '../../src/index.ts';
import { launchProfile, type Profile } from '../chromium.ts';
import type { GrinderOptions } from './grinder.ts';
import { openModes } from './open-modes.ts';

let profile: Profile;

beforeAll(async () => {
  profile = await launchProfile({}, { extraArgs: ['--enable-blink-features=ForceEagerMeasureMemory'] });
});
afterAll(() => profile[Symbol.asyncDispose]());

/** Models of 8 MB, of which each is estimated to take 76 MB with its engine. */
const ten: Record<string, GrinderOptions> = Object.fromEntries(
  Array.from({ length: 10 }, (_, i) => [`m${i}`, { bias: i, bytes: 8e6 }]),
);

describe('ten models under a budget for three', () => {
  test.each(['real-time', 'serverless'] as const)(
    '%s: all answer, one after the other and at once, and memory stays within it',
    async (mode) => {
      await using open = await openModes(profile.context, ten, { isIsolated: true });
      const { page } = open;
      await page.evaluate(() => {
        inpoint.memory.budgetMB = 240;
        const endpoints: Endpoint<'tensor'>[] = [];
        const most = { MB: 0, inUse: 0 };
        setInterval(() => {
          const inUse = endpoints.filter((one) => one.metrics().replicaCount > 0).length;
          Object.assign(most, { MB: Math.max(most.MB, inpoint.memory.usedMB), inUse: Math.max(most.inUse, inUse) });
        }, 1);
        Object.assign(globalThis, { endpoints, most });
      });
      /** Deploys models up to a count, asks all, and gives what the browser's processes have once garbage is collected. */
      const grownTo = async (count: number): Promise<number> => {
        const wrong = await page.evaluate(
          async ([models, of]) => {
            const { endpoints } = globalThis as never as { endpoints: Endpoint<'tensor'>[] };
            for (let i = endpoints.length; i < models; i++)
              endpoints.push(await modes.deploy(`m${i}`, { mode: of, idleMs: 60_000 }));
            const answers: string[] = [];
            const ask = async (i: number, number: number, rounds = 0): Promise<void> => {
              const answer = await modes.ask(endpoints[i]!, number, { rounds });
              if (answer !== 2 * number + i) answers.push(`${i}: ${answer} of ${number}`);
            };
            for (let i = 0; i < models; i++) await ask(i, 3);
            const all = Array.from({ length: models }, (_, i) => i);
            await Promise.all(all.flatMap((i) => [ask(i, 5, 2), ask(i, 6, 2), ask(i, 7, 2)]));
            const { losses } = endpoints.map(({ report }) => report).find((one) => one.losses.length > 0) ?? {};
            await inpoint.measureMemory();
            return [...answers, ...(losses ?? [])];
          },
          [count, mode] as const,
        );
        expect(wrong).toEqual([]);
        return settledMB(profile.folder);
      };
      const before = await settledMB(profile.folder);
      const three = (await grownTo(3)) - before;
      const all = (await grownTo(10)) - before;
      const { MB, inUse } = await page.evaluate(
        () => (globalThis as never as { most: { MB: number; inUse: number } }).most,
      );
      console.log(
        `${mode}: three models take ${three.toFixed(0)} MB, ten under the same budget ${all.toFixed(0)} MB; estimated at the most ${MB.toFixed(0)} of 240 MB`,
      );
      expect(MB).toBeLessThanOrEqual(240);
      expect(inUse).toBe(3);
      // Seven more in memory would be 60 MB in an engine that they share, and 300 MB in engines of their own.
      expect(all).toBeLessThan(three + (mode === 'serverless' ? 100 : 30));
      const left = await page.evaluate(async () => {
        const { endpoints } = globalThis as never as { endpoints: Endpoint<'tensor'>[] };
        await Promise.all(endpoints.map((one) => one.close()));
        return [inpoint.memory.usedMB, modes.workers.length];
      });
      expect(left).toEqual([0, 0]);
    },
  );

  test('under calls that never end, each has its turn', async () => {
    await using open = await openModes(profile.context, ten);
    const { counts, mostMB } = await open.page.evaluate(async () => {
      inpoint.memory.budgetMB = 240;
      const endpoints: Endpoint<'tensor'>[] = [];
      for (let i = 0; i < 5; i++) endpoints.push(await modes.deploy(`m${i}`, { mode: 'serverless' }));
      const over = new AbortController();
      let most = 0;
      const answered = endpoints.map(() => 0);
      const caller = async (i: number): Promise<void> => {
        while (!over.signal.aborted) {
          const answer = await modes.ask(endpoints[i]!, 2, { rounds: 2 });
          if (answer !== 4 + i) throw new Error(`${i} answered ${answer}.`);
          answered[i]!++;
          most = Math.max(most, inpoint.memory.usedMB);
        }
      };
      const callers = endpoints.flatMap((_, i) => [caller(i), caller(i)]);
      await modes.until(() => answered.every((count) => count > 20), 30_000);
      over.abort();
      await Promise.all(callers);
      return { counts: answered, mostMB: most };
    });
    expect(Math.min(...counts)).toBeGreaterThan(20);
    expect(mostMB).toBeLessThanOrEqual(240);
  });

  test('a conversation that a model keeps the state of is not lost; once it has ended the model makes room', async () => {
    const given = { ...ten, tally: { bias: 0, bytes: 8e6, isStateful: true } };
    await using open = await openModes(profile.context, given);
    const seen = await open.page.evaluate(async () => {
      inpoint.memory.budgetMB = 160;
      const tally = await modes.deploy('tally');
      const sessionId = 'a';
      const sums = [await modes.ask(tally, 1, { sessionId })];
      const others = [];
      for (let i = 0; i < 3; i++) others.push(await modes.deploy(`m${i}`));
      const answers = [];
      for (const one of others) answers.push(await modes.ask(one, 1));
      const kept = tally.metrics().replicaCount;
      sums.push(await modes.ask(tally, 2, { sessionId }), await modes.ask(tally, 3, { sessionId, endSession: true }));
      for (const one of others) answers.push(await modes.ask(one, 2));
      const left = tally.metrics().replicaCount;
      sums.push(await modes.ask(tally, 4, { sessionId }));
      return { sums, answers, kept, left };
    });
    expect(seen).toEqual({ sums: [2, 6, 12, 8], answers: [2, 3, 4, 4, 5, 6], kept: 1, left: 0 });
  });
});

/** The least that the browser's processes have for themselves in a second: compilers come and go. */
async function settledMB(folder: string): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < 5; i++) {
    await wait(250);
    least = Math.min(least, await privateMB(folder));
  }
  return least;
}
