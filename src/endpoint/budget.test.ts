import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { memory, MemoryBudget, type Claim, type Resident } from './budget.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What a page's models would be: each takes room, is called, and leaves when it is asked to and has nothing to do. */
class Model implements Resident {
  isBusy = false;
  readonly isHeld = false;
  lastUsedAt = 0;
  rests = 0;
  restMs = 0;
  giveBack: (() => void) | undefined;
  readonly #budget: MemoryBudget;
  readonly #claim: Claim;

  constructor(budget: MemoryBudget, bytes: number, isPinned = false) {
    this.#budget = budget;
    this.#claim = { bytes, isPinned };
  }

  get isIn(): boolean {
    return this.giveBack !== undefined;
  }

  get mayRest(): boolean {
    return this.isIn && !this.isBusy;
  }

  async enter(signal: AbortSignal = new AbortController().signal): Promise<void> {
    this.giveBack = await this.#budget.admit(this, this.#claim, signal);
    this.lastUsedAt = performance.now();
  }

  async rest(): Promise<void> {
    if (!this.mayRest) return;
    this.rests++;
    const { giveBack } = this;
    this.giveBack = undefined;
    if (this.restMs > 0) await new Promise((resolve) => setTimeout(resolve, this.restMs));
    giveBack?.();
  }
}

test('MemoryBudget lets in what has room, at once and without anybody leaving', async () => {
  const budget = new MemoryBudget(300);
  const models = [100, 120, 80].map((bytes) => new Model(budget, bytes));
  for (const model of models) await model.enter();
  expect(budget.used).toBe(300);
  expect(budget.free).toBe(0);
  expect(models.map(({ rests }) => rests)).toEqual([0, 0, 0]);
});

test('MemoryBudget makes room by whoever was not called for longest', async () => {
  const budget = new MemoryBudget(300);
  const [a, b, c, d] = [100, 100, 100, 100].map((bytes) => new Model(budget, bytes)) as [Model, Model, Model, Model];
  for (const model of [a, b, c]) await model.enter();
  [a.lastUsedAt, b.lastUsedAt, c.lastUsedAt] = [30, 10, 20];
  await d.enter();
  expect([a, b, c, d].map(({ isIn }) => isIn)).toEqual([true, false, true, true]);
  expect(budget.used).toBe(300);
});

test('MemoryBudget lets as many leave as it takes, and no more', async () => {
  const budget = new MemoryBudget(300);
  const small = Array.from({ length: 3 }, () => new Model(budget, 100));
  for (const [place, model] of small.entries()) {
    await model.enter();
    model.lastUsedAt = place;
  }
  await new Model(budget, 200).enter();
  expect(small.map(({ isIn }) => isIn)).toEqual([false, false, true]);
});

test('MemoryBudget asks nobody to leave who is at work, and lets one in when that ends', async () => {
  const budget = new MemoryBudget(200);
  const [a, b, c] = [100, 100, 100].map((bytes) => new Model(budget, bytes)) as [Model, Model, Model];
  await a.enter();
  await b.enter();
  a.isBusy = b.isBusy = true;
  const entering = c.enter();
  await vi.advanceTimersByTimeAsync(5000);
  expect(c.isIn).toBe(false);
  expect([a.rests, b.rests]).toEqual([0, 0]);
  b.isBusy = false;
  await vi.advanceTimersByTimeAsync(30);
  await entering;
  expect([a.isIn, b.isIn, c.isIn]).toEqual([true, false, true]);
});

test('MemoryBudget prefers an idle one that was called last to a busy one that was not', async () => {
  const budget = new MemoryBudget(200);
  const [a, b, c] = [100, 100, 100].map((bytes) => new Model(budget, bytes)) as [Model, Model, Model];
  await a.enter();
  await b.enter();
  [a.lastUsedAt, b.lastUsedAt] = [1, 1000];
  a.isBusy = true;
  await c.enter();
  expect([a.isIn, b.isIn, c.isIn]).toEqual([true, false, true]);
});

test('MemoryBudget never asks one that is pinned', async () => {
  const budget = new MemoryBudget(200);
  const pinned = new Model(budget, 100, true);
  const other = new Model(budget, 100);
  await pinned.enter();
  await other.enter();
  [pinned.lastUsedAt, other.lastUsedAt] = [0, 1000];
  await new Model(budget, 100).enter();
  expect([pinned.isIn, other.isIn]).toEqual([true, false]);
});

test('MemoryBudget goes over its bytes where all others are to stay, for nobody waits for ever', async () => {
  const budget = new MemoryBudget(100);
  const pinned = new Model(budget, 100, true);
  await pinned.enter();
  const other = new Model(budget, 50);
  await other.enter();
  expect(pinned.isIn).toBe(true);
  expect(budget.used).toBe(150);
  expect(budget.free).toBe(-50);
});

test('MemoryBudget lets one in as soon as another goes, without a look between', async () => {
  const budget = new MemoryBudget(100);
  const [a, b] = [new Model(budget, 100), new Model(budget, 100)];
  await a.enter();
  a.isBusy = true;
  const entering = b.enter();
  await vi.advanceTimersByTimeAsync(1);
  expect(b.isIn).toBe(false);
  a.giveBack!();
  await entering;
  expect(b.isIn).toBe(true);
});

test('MemoryBudget lets one in as soon as there are more bytes, or others take less', async () => {
  const budget = new MemoryBudget(100);
  const [a, b, c] = [100, 100, 100].map((bytes) => new Model(budget, bytes)) as [Model, Model, Model];
  await a.enter();
  a.isBusy = true;
  const second = b.enter();
  await vi.advanceTimersByTimeAsync(1);
  budget.bytes = 200;
  await second;
  b.isBusy = true;
  const third = c.enter();
  await vi.advanceTimersByTimeAsync(1);
  expect(c.isIn).toBe(false);
  budget.bytes = 300;
  await third;
  expect(budget.used).toBe(300);
});

test('MemoryBudget lets one in that is larger than all of it, once that is alone', async () => {
  const budget = new MemoryBudget(200);
  const [a, b] = [new Model(budget, 100), new Model(budget, 100)];
  await a.enter();
  await b.enter();
  const large = new Model(budget, 500);
  await large.enter();
  expect([a.isIn, b.isIn, large.isIn]).toEqual([false, false, true]);
  await a.enter();
  expect([a.isIn, large.isIn], 'and it leaves for the next').toEqual([true, false]);
});

test('MemoryBudget serves those that ask in their order', async () => {
  const budget = new MemoryBudget(100);
  const first = new Model(budget, 100);
  await first.enter();
  first.isBusy = true;
  const order: string[] = [];
  const large = new Model(budget, 100).enter().then(() => order.push('large'));
  const small = new Model(budget, 0).enter().then(() => order.push('small'));
  await vi.advanceTimersByTimeAsync(100);
  expect(order, 'what is small does not overtake').toEqual([]);
  first.isBusy = false;
  await vi.advanceTimersByTimeAsync(50);
  await Promise.all([large, small]);
  expect(order).toEqual(['large', 'small']);
});

test('MemoryBudget waits for one that leaves until its memory is back', async () => {
  const budget = new MemoryBudget(100);
  const [a, b] = [new Model(budget, 100), new Model(budget, 100)];
  await a.enter();
  a.restMs = 300;
  const entering = b.enter();
  await vi.advanceTimersByTimeAsync(299);
  expect(b.isIn).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await entering;
  expect(budget.used).toBe(100);
});

test('MemoryBudget rejects one that waits with the reason of its abort, at once, and goes on with the next', async () => {
  const budget = new MemoryBudget(100);
  const [a, b, c] = [100, 100, 100].map((bytes) => new Model(budget, bytes)) as [Model, Model, Model];
  await a.enter();
  a.isBusy = true;
  const [first, second] = [new AbortController(), new AbortController()];
  const waits = b.enter(first.signal);
  const waitsBehind = c.enter(second.signal);
  await vi.advanceTimersByTimeAsync(100);
  second.abort('not this one');
  await expect(waitsBehind).rejects.toBe('not this one');
  first.abort('nor that');
  await expect(waits).rejects.toBe('nor that');
  const d = new Model(budget, 100);
  const entering = d.enter();
  a.isBusy = false;
  await vi.advanceTimersByTimeAsync(60);
  await entering;
  expect([a.isIn, b.isIn, c.isIn, d.isIn]).toEqual([false, false, false, true]);
  expect(budget.used).toBe(100);
});

test('MemoryBudget keeps no room for one that was aborted in the moment it was let in', async () => {
  const budget = new MemoryBudget(100);
  const aborted = new AbortController();
  const entering = budget.admit(new Model(budget, 100), { bytes: 100, isPinned: false }, aborted.signal);
  // Let in, and not told yet.
  while (budget.used === 0) await Promise.resolve();
  aborted.abort('too late');
  await entering.then(
    (giveBack) => giveBack(),
    (error) => expect(error).toBe('too late'),
  );
  await vi.advanceTimersByTimeAsync(0);
  expect(budget.used).toBe(0);
});

test('MemoryBudget rejects what is aborted already, and lets nobody leave for it', async () => {
  const budget = new MemoryBudget(100);
  const a = new Model(budget, 100);
  await a.enter();
  await expect(new Model(budget, 100).enter(AbortSignal.abort('never mind'))).rejects.toBe('never mind');
  await vi.advanceTimersByTimeAsync(100);
  expect(a.isIn).toBe(true);
});

test('MemoryBudget takes back room once, and not that of the next claim', async () => {
  const budget = new MemoryBudget(100);
  const a = new Model(budget, 100);
  await a.enter();
  const { giveBack } = a;
  giveBack!();
  expect(budget.used).toBe(0);
  await a.enter();
  giveBack!();
  expect(budget.used).toBe(100);
});

test('MemoryBudget keeps ten models within a budget for three, each called in turn', async () => {
  const budget = new MemoryBudget(300);
  const models = Array.from({ length: 10 }, () => new Model(budget, 100));
  let cold = 0;
  for (let round = 0; round < 50; round++) {
    const model = models[(round * 7) % 10]!;
    if (!model.isIn) {
      cold++;
      await model.enter();
    }
    model.lastUsedAt = performance.now();
    await vi.advanceTimersByTimeAsync(5);
    expect(budget.used).toBeLessThanOrEqual(300);
  }
  // All ten are called between two calls of one, so that each comes anew.
  expect(cold).toBe(50);
  expect(models.filter(({ isIn }) => isIn)).toHaveLength(3);
});

test('memory.budgetMB is above 0', () => {
  expect(() => (memory.budgetMB = 0)).toThrow(RangeError);
  expect(() => (memory.budgetMB = Number.NaN)).toThrow('not NaN');
  memory.budgetMB = 512;
  expect(memory.budgetMB).toBe(512);
  expect(memory.usedMB).toBe(0);
});
