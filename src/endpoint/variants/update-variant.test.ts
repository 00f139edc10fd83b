import { expect, test } from 'vitest';
import type { ServedCall } from '../dispatch.ts';
import { asItIs } from '../send-input.ts';
import { FakeClock, turns } from './fake-clock.ts';
import { fakeDeployed, type FakeDeployed } from './fake-deployed.ts';
import { updateVariant, type UpdatePolicy, type UpdateReport } from './update-variant.ts';
import { Target } from './target.ts';
import { VariantRouter } from './variant-router.ts';

/** An endpoint that is called, and the update of its one variant. */
class Update {
  readonly clock = new FakeClock();
  readonly old: FakeDeployed = fakeDeployed('old');
  readonly fresh: FakeDeployed = fakeDeployed('new');
  readonly router: VariantRouter = new VariantRouter('digits', [new Target('A', this.old, 1)], [], 0);
  readonly abort: AbortController = new AbortController();
  ended: UpdateReport | Error | undefined;

  start(policy: UpdatePolicy): void {
    const { router, clock, fresh } = this;
    const start = async (): Promise<FakeDeployed> => fresh;
    const parts = { name: 'digits', router, variantName: 'A', policy, signal: this.abort.signal, start, clock };
    updateVariant(parts).then(
      (report) => (this.ended = report),
      (error: Error) => (this.ended = error),
    );
  }

  /** Calls the endpoint as it does, and gives how many answers there are of each. */
  async call(count: number, session?: string): Promise<Record<string, number>> {
    const answers = await Promise.all(Array.from({ length: count }, () => this.one(session)));
    return Object.fromEntries(Object.entries(Object.groupBy(answers, String)).map(([key, all]) => [key, all!.length]));
  }

  async one(session?: string): Promise<unknown> {
    const target = this.router.choose(session, undefined, 0);
    target.began();
    const call: ServedCall = {
      sent: asItIs(1),
      options: {},
      signal: undefined,
      timeoutMs: 1000,
      sessionId: session,
      priority: 'interactive',
      madeAt: 0,
    };
    try {
      return (await target.route.invoke(call)).answer;
    } finally {
      target.ended();
    }
  }
}

test('updateVariant() all at once changes over between two calls, and gives the old one back', async () => {
  const update = new Update();
  expect(await update.call(10)).toEqual({ old: 10 });
  update.start({});
  await turns();
  expect(update.ended).toMatchObject({ status: 'Succeeded', reason: undefined, share: 1 });
  expect(await update.call(10)).toEqual({ new: 10 });
  expect(update.old.done).toEqual(['release', 'close']);
  expect(update.fresh.done).toEqual([]);
  expect(update.router.reports).toMatchObject([{ variantName: 'A', model: 'new', currentWeight: 1, invocations: 20 }]);
});

test('updateVariant() waits for the calls of the old one before it gives that back', async () => {
  const update = new Update();
  const held = Promise.withResolvers<string>();
  update.old.answer = () => held.promise;
  const open = update.one();
  update.start({});
  await turns();
  expect(await update.call(3)).toEqual({ new: 3 });
  expect([update.ended, update.old.done]).toEqual([undefined, []]);
  held.resolve('late');
  expect(await open).toBe('late');
  await turns();
  expect(update.ended).toMatchObject({ status: 'Succeeded' });
  expect(update.old.done).toEqual(['release', 'close']);
});

test('updateVariant() linear shifts by the plan, on time, and its figures are of both', async () => {
  const update = new Update();
  update.start({ trafficRouting: { type: 'linear', stepPercent: 25, waitIntervalMs: 100 }, terminationWaitMs: 50 });
  for (const share of [0.25, 0.5, 0.75]) {
    await turns();
    const { new: fresh = 0 } = await update.call(1000);
    expect(Math.abs(fresh - 1000 * share)).toBeLessThanOrEqual(5);
    expect(update.router.reports[0]!.updateShare).toBeCloseTo(share);
    update.clock.pass(99);
    await turns();
    expect(update.router.reports[0]!.updateShare).toBeCloseTo(share);
    update.clock.pass(1);
  }
  await turns();
  expect(await update.call(100)).toEqual({ new: 100 });
  expect(update.ended).toBeUndefined();
  update.clock.pass(50);
  await turns();
  expect(update.ended).toMatchObject({
    status: 'Succeeded',
    before: { invocations: expect.closeTo(1500, -1), errors: 0 },
    after: { invocations: expect.closeTo(1600, -1), errors: 0 },
  });
  expect(update.clock.waiting).toBe(0);
});

test('updateVariant() rolls a canary back that fails, and nobody suffers', async () => {
  const update = new Update();
  update.fresh.answer = () => Promise.reject(new Error('it fails'));
  update.start({ trafficRouting: { type: 'canary', canaryPercent: 10, waitIntervalMs: 1000 } });
  await turns();
  expect(await update.call(80)).toEqual({ old: 80 });
  expect(update.ended).toBeUndefined();
  expect(await update.call(80)).toEqual({ old: 80 });
  await turns();
  expect(update.ended).toMatchObject({
    status: 'RolledBack',
    reason: expect.stringMatching(/^it failed at \d+ of \d+ calls, and alarms.errorRate is 0.05$/),
    share: 0.1,
    before: { errors: 0 },
  });
  expect(update.fresh.done).toEqual(['release', 'close']);
  expect(update.old.done).toEqual([]);
  expect(update.router.reports).toMatchObject([{ model: 'old', currentWeight: 1, updateShare: undefined }]);
  expect(update.clock.waiting).toBe(0);
});

test('updateVariant() rolls back while it bakes with all calls', async () => {
  const update = new Update();
  update.fresh.answer = () => Promise.reject(new Error('it fails'));
  update.start({ terminationWaitMs: 1000 });
  await turns();
  expect(await update.call(20)).toEqual({ old: 20 });
  await turns();
  expect(update.ended).toMatchObject({ status: 'RolledBack', share: 1 });
  expect(await update.call(20)).toEqual({ old: 20 });
});

test('updateVariant() has the old one answer what hangs on a canary that is taken back', async () => {
  const update = new Update();
  update.fresh.answer = () => new Promise(() => {});
  update.start({ trafficRouting: { type: 'canary', canaryPercent: 50, waitIntervalMs: 1000 } });
  await turns();
  const calls = update.call(10);
  await turns();
  update.abort.abort(new Error('enough'));
  expect(await calls).toEqual({ old: 10 });
  await turns();
  expect(update.ended).toEqual(new Error('enough'));
});

test('updateVariant() keeps the old one until what the new one fails at is answered', async () => {
  const update = new Update();
  const held = Promise.withResolvers<never>();
  update.fresh.answer = () => held.promise;
  update.start({ terminationWaitMs: 1000 });
  await turns();
  const late = update.one();
  update.clock.pass(1000);
  await turns();
  expect([update.ended, update.old.done]).toEqual([undefined, []]);
  held.reject(new Error('it fails'));
  expect(await late).toBe('old');
  await turns();
  expect(update.ended).toMatchObject({ status: 'Succeeded' });
  expect(update.old.done).toEqual(['release', 'close']);
});

test('updateVariant() leaves conversations where they began until the old one ends', async () => {
  const update = new Update();
  await update.one('visitor');
  update.start({ terminationWaitMs: 1000 });
  await turns();
  expect(await update.call(5, 'visitor')).toEqual({ old: 5 });
  expect(await update.call(5, 'another')).toEqual({ new: 5 });
  update.clock.pass(1000);
  await turns();
  expect(update.ended).toMatchObject({ status: 'Succeeded' });
  expect(await update.call(5, 'visitor')).toEqual({ new: 5 });
});

test('updateVariant() goes on after its weight was changed meanwhile', async () => {
  const update = new Update();
  update.router.add(new Target('B', fakeDeployed('b'), 1));
  update.start({ trafficRouting: { type: 'canary', canaryPercent: 20, waitIntervalMs: 1000 } });
  await turns();
  update.router.setWeights({ A: 9 });
  const { old, new: fresh, b } = await update.call(1000);
  expect([old! - 720, fresh! - 180, b! - 100].every((off) => Math.abs(off) <= 5)).toBe(true);
  update.clock.pass(1000);
  await turns();
  expect(update.router.reports).toMatchObject([
    { variantName: 'A', model: 'new', currentWeight: 9 },
    { variantName: 'B', currentWeight: 1 },
  ]);
});

test('updateVariant() refuses what callers could not go on with, and gives it back', async () => {
  const update = new Update();
  Object.assign(update.fresh.serving.model, { task: 'tabular-regression' });
  update.start({});
  await turns();
  expect(update.ended).toMatchObject({ name: 'EndpointError', code: 'update-refused' });
  expect(update.fresh.done).toEqual(['release', 'close']);
  expect(await update.call(10)).toEqual({ old: 10 });
});

test('updateVariant() rejects with the reason of an abort, and the old one serves on', async () => {
  const update = new Update();
  update.start({ trafficRouting: { type: 'canary', canaryPercent: 50, waitIntervalMs: 1000 } });
  await turns();
  update.abort.abort(new Error('enough'));
  await turns();
  expect(update.ended).toEqual(new Error('enough'));
  expect(update.fresh.done).toEqual(['release', 'close']);
  expect(await update.call(10)).toEqual({ old: 10 });
  expect(update.clock.waiting).toBe(0);
});

test('updateVariant() refuses a wrong policy before it fetches anything', async () => {
  const update = new Update();
  update.start({ alarms: { errorRate: 7 } });
  await turns();
  expect(update.ended).toBeInstanceOf(RangeError);
  expect(update.fresh.done).toEqual([]);
});
