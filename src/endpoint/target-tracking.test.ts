import { describe, expect, test } from 'vitest';
import { LoadWindow } from './load-window.ts';
import { trackTarget, type ScalingMetrics, type ScalingPolicy } from './target-tracking.ts';

const policy: ScalingPolicy = {
  min: 1,
  max: 8,
  targetInFlight: 4,
  scaleOutCooldownMs: 500,
  scaleInCooldownMs: 10_000,
  idleMs: 60_000,
};

/** A moment under a steady load that nothing was done about yet. */
function metricsOf(given: Partial<ScalingMetrics>): ScalingMetrics {
  const inFlight = given.inFlight ?? 0;
  return {
    replicas: 1,
    inFlight,
    highestInFlight: inFlight,
    answersPerMs: 0,
    scaledOutAt: -Infinity,
    scaledInAt: -Infinity,
    usedAt: 100_000,
    hiddenSince: Infinity,
    ...given,
  };
}

const now = 100_000;

describe('trackTarget() scales out', () => {
  test('in proportion to the load, at once', () => {
    expect(trackTarget(metricsOf({ inFlight: 4 }), policy, now)).toBe(1);
    expect(trackTarget(metricsOf({ inFlight: 4.5 }), policy, now)).toBe(2);
    expect(trackTarget(metricsOf({ inFlight: 17 }), policy, now)).toBe(5);
    expect(trackTarget(metricsOf({ replicas: 3, inFlight: 24 }), policy, now)).toBe(6);
  });

  test('to as many as there may be, and no more', () => {
    expect(trackTarget(metricsOf({ inFlight: 1000 }), policy, now)).toBe(8);
    expect(trackTarget(metricsOf({ inFlight: 1000, replicas: 8 }), policy, now)).toBe(8);
    expect(trackTarget(metricsOf({ inFlight: 1000 }), { ...policy, max: 1 }, now)).toBe(1);
  });

  test('not for a load that is the target but for rounding', () => {
    expect(trackTarget(metricsOf({ replicas: 2, inFlight: 8 + 1e-12 }), policy, now)).toBe(2);
  });

  test('not while those that were added have not shown yet what they do', () => {
    const metrics = metricsOf({ replicas: 2, inFlight: 30, scaledOutAt: now - 499 });
    expect(trackTarget(metrics, policy, now)).toBe(2);
    expect(trackTarget(metrics, policy, now + 1)).toBe(8);
  });

  test('not for calls that are answered in a moment, however many', () => {
    const quick = metricsOf({ inFlight: 64, answersPerMs: 64 / 4.9 });
    expect(trackTarget(quick, policy, now)).toBe(1);
    expect(trackTarget({ ...quick, answersPerMs: 64 / 5 }, policy, now)).toBe(8);
    // It has those that it is to have at the least.
    expect(trackTarget(quick, { ...policy, min: 2 }, now)).toBe(2);
  });

  test('though one was taken away a moment ago', () => {
    expect(trackTarget(metricsOf({ replicas: 2, inFlight: 12, scaledInAt: now - 1 }), policy, now)).toBe(3);
  });
});

describe('trackTarget() scales in', () => {
  test('only below 90 % of what fewer replicas would have to do', () => {
    expect(trackTarget(metricsOf({ replicas: 3, inFlight: 7.2 }), policy, now)).toBe(3);
    expect(trackTarget(metricsOf({ replicas: 3, inFlight: 7.1 }), policy, now)).toBe(2);
  });

  test('only if it stayed there', () => {
    expect(trackTarget(metricsOf({ replicas: 3, inFlight: 1, highestInFlight: 7.2 }), policy, now)).toBe(3);
  });

  test('one replica after the other, with its cooldown between', () => {
    expect(trackTarget(metricsOf({ replicas: 5 }), policy, now)).toBe(4);
    const metrics = metricsOf({ replicas: 4, scaledInAt: now - 9999 });
    expect(trackTarget(metrics, policy, now)).toBe(4);
    expect(trackTarget(metrics, policy, now + 1)).toBe(3);
  });

  test('not in the cooldown of a scale-out, which ends the one of the scale-in before', () => {
    const metrics = metricsOf({ replicas: 4, scaledInAt: now - 2000, scaledOutAt: now - 400 });
    expect(trackTarget(metrics, policy, now)).toBe(4);
    expect(trackTarget(metrics, policy, now + 100), '10 s since the scale-in are not over').toBe(3);
  });

  test('to as few as there have to be, and no less', () => {
    expect(trackTarget(metricsOf({ replicas: 3 }), { ...policy, min: 3 }, now)).toBe(3);
    expect(trackTarget(metricsOf({ replicas: 1 }), policy, now)).toBe(1);
  });
});

describe('trackTarget() keeps to its limits', () => {
  test('at once, whatever cools down', () => {
    const metrics = metricsOf({ replicas: 5, inFlight: 20, scaledOutAt: now - 1, scaledInAt: now - 1 });
    expect(trackTarget(metrics, { ...policy, max: 2 }, now)).toBe(2);
    expect(trackTarget(metrics, { ...policy, min: 6 }, now)).toBe(6);
  });

  test('of which the lower one holds where they contradict', () => {
    expect(trackTarget(metricsOf({ replicas: 3, inFlight: 90 }), { ...policy, min: 3, max: 2 }, now)).toBe(3);
  });

  test('under any load', () => {
    let state = 3;
    const next = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
    for (let i = 0; i < 5000; i++) {
      const min = next(4);
      const max = Math.max(1, min) + next(5);
      const metrics = metricsOf({
        replicas: next(12),
        inFlight: next(100),
        highestInFlight: next(100),
        scaledOutAt: now - next(20_000),
        scaledInAt: now - next(20_000),
        usedAt: now - next(100_000),
        hiddenSince: next(2) === 0 ? Infinity : now - next(100_000),
      });
      const replicas = trackTarget(metrics, { ...policy, min, max }, now);
      expect(replicas).toBeLessThanOrEqual(max);
      if (min > 0 && metrics.replicas > 0) expect(replicas).toBeGreaterThanOrEqual(min);
    }
  });
});

describe('trackTarget() goes to zero', () => {
  const serverless = { ...policy, min: 0 };

  test('after idleMs without a call, where min is 0', () => {
    const metrics = metricsOf({ replicas: 3, usedAt: now - 60_000, scaledOutAt: now - 1, scaledInAt: now - 1 });
    expect(trackTarget(metrics, serverless, now - 1)).toBe(3);
    expect(trackTarget(metrics, serverless, now)).toBe(0);
    expect(trackTarget(metrics, { ...policy, min: 1 }, now + 1e6)).toBeGreaterThan(0);
  });

  test('after 30 s without a call in a page that is hidden, where min is 0', () => {
    const metrics = metricsOf({ usedAt: now - 50_000, hiddenSince: now - 30_000 });
    expect(trackTarget(metrics, serverless, now - 1)).toBe(1);
    expect(trackTarget(metrics, serverless, now)).toBe(0);
    expect(trackTarget(metrics, policy, now)).toBe(1);
  });

  test('not while a hidden page has a job to do', () => {
    expect(trackTarget(metricsOf({ usedAt: now - 1000, hiddenSince: now - 500_000 }), serverless, now)).toBe(1);
  });

  test('and stays there until a call brings the model back', () => {
    expect(trackTarget(metricsOf({ replicas: 0, inFlight: 12 }), serverless, now)).toBe(0);
  });
});

/** Plays a load of calls in flight, looked at every 100 ms, and tells the replicas at each change. */
function play(inFlightAt: (ms: number) => number, ms: number, played: ScalingPolicy = policy): [number, number][] {
  const load = new LoadWindow(500, played.scaleInCooldownMs);
  const changes: [number, number][] = [];
  let [replicas, scaledOutAt, scaledInAt, usedAt] = [Math.max(1, played.min), -Infinity, -Infinity, 0];
  for (let at = 0; at <= ms; at += 100) {
    const inFlight = inFlightAt(at);
    load.add(inFlight, at);
    if (inFlight > 0) usedAt = at;
    const wanted = trackTarget(
      {
        replicas,
        inFlight: load.average,
        highestInFlight: load.highest,
        answersPerMs: 0,
        scaledOutAt,
        scaledInAt,
        usedAt,
        hiddenSince: Infinity,
      },
      played,
      at,
    );
    if (wanted > replicas) scaledOutAt = at;
    if (wanted < replicas) scaledInAt = at;
    if (wanted !== replicas) changes.push([at, wanted]);
    replicas = wanted;
  }
  return changes;
}

describe('trackTarget() follows', () => {
  test('a ramp upwards, without a step back', () => {
    const changes = play((at) => at / 1000, 40_000);
    const counts = changes.map(([, replicas]) => replicas);
    expect(counts).toEqual([2, 3, 4, 5, 6, 7, 8]);
    // At 4, 8, 12 calls and so on: as soon as the average of the last half second says so.
    for (const [at, replicas] of changes) expect(at - (replicas - 1) * 4000).toBeLessThanOrEqual(500);
  });

  test('a ramp down again, one replica at a time', () => {
    const changes = play((at) => Math.max(0, 32 - at / 1000), 90_000);
    const down = changes.slice(changes.findIndex(([, replicas]) => replicas === 8) + 1);
    expect(down.map(([, replicas]) => replicas)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    for (const [place, [at]] of down.entries()) {
      if (place > 0) expect(at - down[place - 1]![0]).toBeGreaterThanOrEqual(policy.scaleInCooldownMs);
    }
  });

  test('a burst within a second, and forgets it', () => {
    const changes = play((at) => (at >= 5000 && at < 8000 ? 30 : 0), 120_000);
    const [first, second] = changes;
    expect(first![0]).toBeLessThanOrEqual(5200);
    expect([first![1], second![1]]).toEqual([2, 8]);
    expect(second![0]).toBeLessThanOrEqual(5800);
    expect(changes.at(-1)![1]).toBe(1);
    expect(changes.slice(2).map(([, replicas]) => replicas)).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });

  test('nothing that is over in one glance', () => {
    expect(play((at) => (at === 5000 ? 15 : 0), 20_000)).toEqual([]);
  });

  test('a sawtooth with what its peaks need, and does not flap', () => {
    const changes = play((at) => (at % 5000) / 250, 120_000);
    const counts = changes.map(([, replicas]) => replicas);
    expect(counts, 'upwards only').toEqual(counts.toSorted((a, b) => a - b));
    expect(counts.at(-1)).toBe(5);
    expect(changes.at(-1)![0]).toBeLessThan(6000);
  });

  test('a load that swings about its target, and does not flap', () => {
    const changes = play((at) => 8 + 3 * Math.sin(at / 700), 300_000);
    expect(changes.map(([, replicas]) => replicas)).toEqual([2, 3]);
  });

  test('a load at any level to a number of replicas that stays', () => {
    for (let level = 0; level <= 40; level++) {
      const changes = play(() => level, 60_000);
      const expected = Math.min(8, Math.max(1, Math.ceil(level / 4)));
      expect(changes.at(-1)?.[1] ?? 1, `${level} calls in flight`).toBe(expected);
      expect(changes.at(-1)?.[0] ?? 0).toBeLessThan(1500);
    }
  });
});
