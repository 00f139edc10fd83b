import { expect, test } from 'vitest';
import type { InpointError } from '../../errors.ts';
import { fakeDeployed } from './fake-deployed.ts';
import { SoleVariant } from './sole-variant.ts';
import { Target } from './target.ts';
import { VariantRouter } from './variant-router.ts';

/** A router of variants by their weights, `A` the first. */
function routerOf(weights: Readonly<Record<string, number>>, isStateful: boolean = false): VariantRouter {
  const targets = Object.entries(weights).map(
    ([name, weight]) => new Target(name, fakeDeployed(name, { isStateful }), weight),
  );
  return new VariantRouter('digits', targets, [], 0);
}

/** How many of 1000 calls each variant gets. */
function sharesOf(router: VariantRouter): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let call = 0; call < 1000; call++) {
    const { variantName } = router.choose(undefined, undefined, 0);
    counts[variantName] = (counts[variantName] ?? 0) + 1;
  }
  return counts;
}

test('choose() gives each variant its share, within 2 % of 1000 calls', () => {
  const { A, B, C } = sharesOf(routerOf({ A: 5, B: 4, C: 1 }));
  expect(Math.abs(A! - 500)).toBeLessThanOrEqual(20);
  expect(Math.abs(B! - 400)).toBeLessThanOrEqual(20);
  expect(Math.abs(C! - 100)).toBeLessThanOrEqual(20);
});

test('choose() gives the one that is asked for, whatever its weight, and refuses an unknown one', () => {
  const router = routerOf({ A: 1, B: 0 });
  expect(router.choose(undefined, 'B', 0).variantName).toBe('B');
  expect(sharesOf(router)).toEqual({ A: 1000 });
  expect(() => router.choose(undefined, 'C', 0)).toThrow('"digits" has no variant "C". Its variants are "A", "B".');
  expect(() => routerOf({ A: 1 }).choose(undefined, 'C', 0)).toThrow('Its variants are "A".');
});

test('choose() keeps a conversation where it began, and places it by its name', () => {
  const names = Array.from({ length: 300 }, (_, n) => `visitor ${n}`);
  const place = (router: VariantRouter): string[] => names.map((name) => router.choose(name, undefined, 0).variantName);
  const router = routerOf({ A: 1, B: 1 });
  const first = place(router);
  expect(new Set(first).size).toBe(2);
  router.setWeights({ A: 1, B: 99 });
  expect(place(router)).toEqual(first);
  // Another visit places the same names alike.
  expect(place(routerOf({ A: 1, B: 1 }))).toEqual(first);
});

test('choose() moves a conversation that asks for another variant, and it goes on there', () => {
  const router = routerOf({ A: 1, B: 0 });
  expect(router.choose('one', undefined, 0).variantName).toBe('A');
  expect(router.choose('one', 'B', 0).variantName).toBe('B');
  expect(router.choose('one', undefined, 0).variantName).toBe('B');
});

test('remove() has conversations begin anew with a model that remembers none', () => {
  const router = routerOf({ A: 0, B: 1 });
  const [, b] = router.targets;
  expect(router.choose('one', undefined, 0)).toBe(b);
  router.remove(b!);
  expect(router.choose('one', undefined, 0).variantName).toBe('A');
});

test('remove() tells the calls of a conversation that is lost, and lets those that are made later begin anew', () => {
  const router = routerOf({ A: 0, B: 1 }, true);
  const [, b] = router.targets;
  router.choose('one', undefined, 0);
  router.remove(b!);
  const madeAt = performance.now();
  const codeOf = (at: number): string => {
    try {
      return router.choose('one', undefined, at).variantName;
    } catch (error) {
      return (error as InpointError).code;
    }
  };
  // Both were made before anybody was told.
  expect([codeOf(madeAt), codeOf(madeAt)]).toEqual(['session-lost', 'session-lost']);
  expect(codeOf(performance.now() + 1)).toBe('A');
  expect(codeOf(madeAt)).toBe('A');
});

test('choose() forgets the oldest of 1000 conversations that no model remembers', () => {
  const router = routerOf({ A: 1, B: 0 });
  router.choose('first', 'B', 0);
  for (let n = 0; n < 1000; n++) router.choose(`visitor ${n}`, undefined, 0);
  expect(router.choose('first', undefined, 0).variantName).toBe('A');
});

test('setWeights() leaves those it does not name, and the share of an update', () => {
  const router = routerOf({ A: 1, B: 3 });
  const [a] = router.targets;
  router.add(new Target('A', fakeDeployed('A2'), 0), a);
  [a!.weight, router.targets[1]!.weight] = [0.75, 0.25];
  router.setWeights({ A: 8 });
  expect(router.targets.map(({ weight }) => weight)).toEqual([6, 2, 3]);
  expect(router.reports).toMatchObject([
    { variantName: 'A', model: 'A', currentWeight: 8, updateShare: 0.25 },
    { variantName: 'B', model: 'B', currentWeight: 3, updateShare: undefined },
  ]);
  expect(() => router.setWeights({ A: 0, B: 0 })).toThrow(RangeError);
  expect(() => router.setWeights({ A: -1 })).toThrow(RangeError);
  expect(() => router.setWeights({ Z: 1 })).toThrow('no variant "Z"');
  expect(router.targets.map(({ weight }) => weight)).toEqual([6, 2, 3]);
});

test('SoleVariant has one archive for all, and tells of any other name', () => {
  const target = new Target('A', fakeDeployed('A'), 1);
  const router = new SoleVariant('digits', target);
  expect([router.choose(undefined, undefined), router.choose('one', 'A')]).toEqual([target, target]);
  expect(() => router.choose(undefined, 'B')).toThrow('"digits" has no variant "B". Its variants are "A".');
  expect(() => router.setWeights({ B: 1 })).toThrow('no variant "B"');
  expect(() => router.setWeights({ A: 0 })).toThrow(RangeError);
  router.setWeights({ A: 3 });
  expect(router.reports).toMatchObject([{ variantName: 'A', currentWeight: 3 }]);
});

test('VariantRouter.after() knows where conversations began, but for those that have ended', () => {
  const sole = new SoleVariant('digits', new Target('A', fakeDeployed('A'), 1));
  for (const session of ['one', 'two']) sole.choose(session, undefined);
  sole.endSession('two');
  const router = VariantRouter.after(sole, 'digits');
  expect(VariantRouter.after(router, 'digits')).toBe(router);
  router.add(new Target('B', fakeDeployed('B'), 1));
  router.setWeights({ A: 0 });
  expect(['one', 'two', 'three'].map((name) => router.choose(name, undefined, 0).variantName)).toEqual(['A', 'B', 'B']);
});
