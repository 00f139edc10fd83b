import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MemoryBudget } from './budget.ts';
import { keepScale } from './keep-scale.ts';
import { ScaleKeeper, type Scaled, type ScalingRoom } from './scale-keeper.ts';
import type { ScalingPolicy } from './target-tracking.ts';

let page: EventTarget & { visibilityState: string };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  vi.stubGlobal('document', page);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function show(visibilityState: 'visible' | 'hidden'): void {
  page.visibilityState = visibilityState;
  page.dispatchEvent(new Event('visibilitychange'));
}

const policy: ScalingPolicy = {
  min: 1,
  max: 4,
  targetInFlight: 4,
  scaleOutCooldownMs: 500,
  scaleInCooldownMs: 10_000,
  idleMs: 60_000,
};

/** An endpoint whose replicas come at once, and whose calls are answered when the test says so. */
class Endpoint implements Scaled {
  openCalls = 0;
  answersPerMs = 0;
  lastUsedAt = performance.now();
  replicaCount = 1;
  isStateful = false;
  device: 'wasm' | 'webgpu' = 'wasm';
  threads = 1;
  /** Replicas that can be made at the most. */
  available = Infinity;
  onUse: (() => void) | undefined;
  readonly asked: number[] = [];
  rests = 0;
  readonly isHeld = false;
  budget: MemoryBudget | undefined;
  #wanted = 1;
  readonly #rooms: (() => void)[] = [];

  get mayRest(): boolean {
    return this.openCalls === 0 && this.replicaCount > 0 && !this.isStateful;
  }

  get report(): Scaled['report'] {
    return {
      device: this.device,
      threads: this.threads,
      reason: 'it is a test',
      status: 'InService',
      selfTest: undefined,
      verdict: undefined,
      losses: [],
      failure: undefined,
    };
  }

  scaleTo(replicas: number): void {
    this.asked.push(replicas);
    this.#wanted = replicas;
    if (this.replicaCount > 0) this.replicaCount = Math.min(replicas, this.available);
    this.#take();
  }

  /** Each replica but the first takes room of its own. */
  #take(): void {
    while (this.#rooms.length > Math.max(0, this.replicaCount - 1)) this.#rooms.pop()!();
    while (this.#rooms.length < this.replicaCount - 1) {
      const beside = { mayRest: false, isHeld: false, lastUsedAt: 0, rest: () => Promise.resolve() };
      this.#rooms.push(this.budget?.tryAdmit(beside, { bytes: replicaBytes, isPinned: false }) ?? (() => {}));
    }
  }

  async rest(): Promise<void> {
    if (!this.mayRest) return;
    this.rests++;
    this.replicaCount = 0;
    this.#take();
  }

  call(count = 1): void {
    for (let i = 0; i < count; i++) {
      this.lastUsedAt = performance.now();
      this.onUse?.();
      if (this.replicaCount === 0) this.replicaCount = Math.min(this.#wanted, this.available);
      this.openCalls++;
    }
  }

  answer(count = this.openCalls): void {
    this.openCalls -= count;
  }
}

const replicaBytes = 100;

async function roomFor(
  endpoint: Endpoint,
  bytes = 10_000,
  cores = 16,
): Promise<ScalingRoom & { budget: MemoryBudget }> {
  const budget = new MemoryBudget(bytes);
  await budget.admit(endpoint, { bytes: replicaBytes, isPinned: true }, new AbortController().signal);
  endpoint.budget = budget;
  return { cores, replicaBytes, budget };
}

async function kept(given: Partial<ScalingPolicy> = {}, bytes?: number, cores?: number) {
  const endpoint = new Endpoint();
  const room = await roomFor(endpoint, bytes, cores);
  const keeper = new ScaleKeeper(endpoint, { ...policy, ...given }, room);
  return { endpoint, end: () => keeper.end(), budget: room.budget };
}

describe('ScaleKeeper costs nothing', () => {
  test('while nobody calls: no timer', async () => {
    const { endpoint } = await kept();
    expect(vi.getTimerCount()).toBe(0);
    endpoint.call();
    expect(vi.getTimerCount()).toBe(1);
    endpoint.answer();
    await vi.advanceTimersByTimeAsync(200);
    expect(vi.getTimerCount()).toBe(0);
    expect(endpoint.asked).toEqual([]);
  });

  test('at rest: no timer, until a call comes', async () => {
    const { endpoint } = await kept({ min: 0, max: 1 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(endpoint.rests).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
    endpoint.call();
    endpoint.answer();
    expect(vi.getTimerCount()).toBe(1);
  });

  test('while it waits for a model to be idle: one timer, set once', async () => {
    const { endpoint } = await kept({ min: 0, max: 1 });
    const set = vi.spyOn(globalThis, 'setTimeout');
    for (let i = 0; i < 1000; i++) {
      endpoint.call();
      endpoint.answer();
    }
    await vi.advanceTimersByTimeAsync(50_000);
    expect(set).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(1);
  });

  test('once it ended', async () => {
    const { endpoint, end } = await kept({ min: 0 });
    endpoint.call(40);
    await vi.advanceTimersByTimeAsync(100);
    end();
    end();
    expect(vi.getTimerCount()).toBe(0);
    const { asked } = endpoint;
    const before = asked.length;
    endpoint.call(10);
    show('hidden');
    await vi.advanceTimersByTimeAsync(100_000);
    expect(asked).toHaveLength(before);
    expect(endpoint.rests).toBe(0);
  });
});

describe('ScaleKeeper scales', () => {
  test('out under a load that lasts, and in again when it is over', async () => {
    const { endpoint } = await kept();
    endpoint.call(12);
    await vi.advanceTimersByTimeAsync(1500);
    expect(endpoint.replicaCount).toBe(3);
    endpoint.answer();
    await vi.advanceTimersByTimeAsync(9000);
    expect(endpoint.replicaCount, 'it may come again').toBe(3);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(endpoint.replicaCount).toBe(1);
    expect(endpoint.asked).toEqual([...endpoint.asked.slice(0, -2), 2, 1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('not for a burst that is answered between two looks', async () => {
    const { endpoint } = await kept();
    for (let i = 0; i < 50; i++) {
      endpoint.call(64);
      await vi.advanceTimersByTimeAsync(30);
      endpoint.answer();
      await vi.advanceTimersByTimeAsync(970);
    }
    expect(endpoint.asked).toEqual([]);
  });

  test('not for one glance at many calls', async () => {
    const { endpoint } = await kept();
    endpoint.call(15);
    await vi.advanceTimersByTimeAsync(110);
    endpoint.answer();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(endpoint.asked).toEqual([]);
  });

  test('not in the wake of a load with a long pause, of which nobody looked', async () => {
    const { endpoint } = await kept();
    endpoint.call();
    endpoint.answer();
    await vi.advanceTimersByTimeAsync(30_000);
    endpoint.call(6);
    await vi.advanceTimersByTimeAsync(100);
    // A tenth of a second of six calls, and before that none.
    expect(endpoint.asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(400);
    expect(endpoint.asked).toEqual([2]);
  });

  test('never beyond max, under any load', async () => {
    const { endpoint } = await kept({ max: 3 });
    endpoint.call(500);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(Math.max(...endpoint.asked)).toBe(3);
  });

  test('again where a replica did not come', async () => {
    const { endpoint } = await kept();
    endpoint.available = 2;
    endpoint.call(12);
    await vi.advanceTimersByTimeAsync(1500);
    expect(endpoint.replicaCount).toBe(2);
    endpoint.available = Infinity;
    await vi.advanceTimersByTimeAsync(6000);
    expect(endpoint.replicaCount).toBe(3);
  });

  test('without flapping, under calls that come and go', async () => {
    const { endpoint } = await kept();
    for (let second = 0; second < 60; second++) {
      endpoint.call(10);
      await vi.advanceTimersByTimeAsync(700);
      endpoint.answer();
      await vi.advanceTimersByTimeAsync(300);
    }
    expect(endpoint.asked).toEqual(endpoint.asked.toSorted((a, b) => a - b));
    expect(endpoint.replicaCount).toBe(3);
  });
});

describe('ScaleKeeper keeps to the device', () => {
  test('with no more replicas than cores', async () => {
    const { endpoint } = await kept({ max: 8 }, undefined, 2);
    endpoint.call(100);
    await vi.advanceTimersByTimeAsync(5000);
    expect(endpoint.replicaCount).toBe(2);
  });

  test('with no more threads than cores', async () => {
    const { endpoint } = await kept({ max: 8 }, undefined, 8);
    endpoint.threads = 4;
    endpoint.call(100);
    await vi.advanceTimersByTimeAsync(5000);
    expect(endpoint.replicaCount).toBe(2);
  });

  test('with one replica on a graphics card', async () => {
    const { endpoint } = await kept({ max: 8 });
    endpoint.device = 'webgpu';
    endpoint.call(100);
    await vi.advanceTimersByTimeAsync(5000);
    expect(endpoint.asked).toEqual([]);
  });

  test('with no more than the memory budget has room for, which it counts', async () => {
    const { endpoint, budget } = await kept({ max: 8 }, 350);
    endpoint.call(100);
    await vi.advanceTimersByTimeAsync(5000);
    expect(endpoint.replicaCount).toBe(3);
    expect(budget.used).toBe(300);
    budget.bytes = 520;
    await vi.advanceTimersByTimeAsync(1000);
    expect(endpoint.replicaCount).toBe(5);
    budget.bytes = 250;
    await vi.advanceTimersByTimeAsync(100);
    expect(endpoint.replicaCount, 'others need it').toBe(2);
    expect(budget.used).toBe(200);
    endpoint.answer();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(budget.used).toBe(100);
  });

  test('but for min, which was asked for by name', async () => {
    const { endpoint } = await kept({ min: 3, max: 8 }, 100, 1);
    endpoint.replicaCount = 3;
    endpoint.call(100);
    await vi.advanceTimersByTimeAsync(5000);
    expect(endpoint.asked).toEqual([]);
  });
});

describe('ScaleKeeper lets a model rest', () => {
  test('after idleMs without a call, where min is 0', async () => {
    const { endpoint } = await kept({ min: 0, max: 1, idleMs: 5000 });
    await vi.advanceTimersByTimeAsync(4000);
    endpoint.call();
    endpoint.answer();
    await vi.advanceTimersByTimeAsync(4900);
    expect(endpoint.rests).toBe(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(endpoint.rests).toBe(1);
  });

  test('counted from the end of a call, however long that takes', async () => {
    const { endpoint } = await kept({ min: 0, max: 1, idleMs: 5000 });
    endpoint.call();
    await vi.advanceTimersByTimeAsync(24_900);
    endpoint.answer();
    await vi.advanceTimersByTimeAsync(3900);
    expect(endpoint.rests).toBe(0);
    await vi.advanceTimersByTimeAsync(2100);
    expect(endpoint.rests).toBe(1);
  });

  test('again after each time it was called back', async () => {
    const { endpoint } = await kept({ min: 0, idleMs: 5000 });
    for (let times = 1; times <= 3; times++) {
      await vi.advanceTimersByTimeAsync(7000);
      expect(endpoint.rests).toBe(times);
      endpoint.call();
      endpoint.answer();
    }
  });

  test('with all replicas it had, and comes back as one', async () => {
    const { endpoint } = await kept({ min: 0, idleMs: 5000, scaleInCooldownMs: 60_000 });
    endpoint.call(16);
    await vi.advanceTimersByTimeAsync(3000);
    expect(endpoint.replicaCount).toBe(4);
    endpoint.answer();
    await vi.advanceTimersByTimeAsync(6000);
    expect(endpoint.replicaCount).toBe(0);
    endpoint.call();
    expect(endpoint.replicaCount).toBe(1);
  });

  test('not while it may not, and soon after it may', async () => {
    const { endpoint } = await kept({ min: 0, max: 1, idleMs: 5000 });
    endpoint.isStateful = true;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(endpoint.rests).toBe(0);
    endpoint.isStateful = false;
    await vi.advanceTimersByTimeAsync(1000);
    expect(endpoint.rests).toBe(1);
  });

  test('in a page that was hidden for 30 s, but for a real-time endpoint with min 1', async () => {
    const { endpoint } = await kept({ min: 0, max: 1, idleMs: Infinity });
    const { endpoint: stays } = await kept({ min: 1, max: 4 });
    await vi.advanceTimersByTimeAsync(1e6);
    show('hidden');
    await vi.advanceTimersByTimeAsync(29_000);
    expect(endpoint.rests).toBe(0);
    await vi.advanceTimersByTimeAsync(2000);
    expect(endpoint.rests).toBe(1);
    expect(stays.rests).toBe(0);
  });

  test('not in a page that was shown again, nor one with a job to do', async () => {
    const { endpoint } = await kept({ min: 0, max: 1, idleMs: Infinity });
    show('hidden');
    await vi.advanceTimersByTimeAsync(20_000);
    show('visible');
    await vi.advanceTimersByTimeAsync(50_000);
    show('hidden');
    for (let i = 0; i < 100; i++) {
      endpoint.call();
      await vi.advanceTimersByTimeAsync(900);
      endpoint.answer();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(endpoint.rests).toBe(0);
  });

  test('from the beginning, in a page that is hidden from the beginning', async () => {
    page.visibilityState = 'hidden';
    const { endpoint } = await kept({ min: 0, max: 1, idleMs: Infinity });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(endpoint.rests).toBe(1);
  });

  test('and begins with least again where the memory budget had it leave', async () => {
    const { endpoint } = await kept();
    endpoint.call(16);
    await vi.advanceTimersByTimeAsync(3000);
    endpoint.answer();
    await vi.advanceTimersByTimeAsync(100);
    expect(endpoint.replicaCount).toBe(4);
    await endpoint.rest();
    await vi.advanceTimersByTimeAsync(100);
    endpoint.call();
    expect(endpoint.replicaCount).toBe(1);
  });
});

describe('keepScale()', () => {
  async function scaled(given: Partial<ScalingPolicy>) {
    const endpoint = new Endpoint();
    const end = keepScale(endpoint, { ...policy, ...given }, await roomFor(endpoint));
    return { endpoint, end };
  }

  test('costs nothing where there is nothing to choose: no timer, no listener, not told of calls', async () => {
    const listens = vi.spyOn(page, 'addEventListener');
    const { endpoint } = await scaled({ min: 1, max: 1 });
    await vi.dynamicImportSettled();
    endpoint.call(100);
    expect(listens).not.toHaveBeenCalled();
    expect(endpoint.onUse).toBe(undefined);
    expect(vi.getTimerCount()).toBe(0);
    expect(endpoint.asked).toEqual([]);
  });

  test('has min replicas at once', async () => {
    expect((await scaled({ min: 2, max: 2 })).endpoint.asked).toEqual([2]);
    expect((await scaled({ min: 3, max: 4 })).endpoint.asked).toEqual([3]);
    expect((await scaled({ min: 0, max: 4 })).endpoint.asked).toEqual([]);
    await vi.dynamicImportSettled();
  });

  test('follows the load, that of before it could too', async () => {
    const { endpoint, end } = await scaled({ min: 1, max: 4 });
    endpoint.call(12);
    await vi.dynamicImportSettled();
    await vi.advanceTimersByTimeAsync(1500);
    expect(endpoint.replicaCount).toBe(3);
    end();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('ends before it began', async () => {
    const { endpoint, end } = await scaled({ min: 1, max: 4 });
    end();
    await vi.dynamicImportSettled();
    endpoint.call(12);
    expect(endpoint.onUse).toBe(undefined);
    expect(vi.getTimerCount()).toBe(0);
  });
});
