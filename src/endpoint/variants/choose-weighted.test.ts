import { expect, test } from 'vitest';
import { chooseWeighted, evenPoints, pointOfName } from './choose-weighted.ts';

const items = [
  { name: 'a', weight: 9 },
  { name: 'none', weight: 0 },
  { name: 'b', weight: 1 },
];

/** How many of some calls each gets. */
function shares(points: Iterable<number>): Record<string, number> {
  const counts: Record<string, number> = { a: 0, b: 0, none: 0 };
  for (const point of points) counts[chooseWeighted(items, point)!.name]!++;
  return counts;
}

/** The first points. */
function* first(count: number, next: () => number): Generator<number> {
  for (let n = 0; n < count; n++) yield next();
}

test.each([0, 0.1, 0.5, 0.9999])('chooseWeighted() gives each its share of 1000 even points from %d on', (start) => {
  const { a, b, none } = shares(first(1000, evenPoints(start)));
  expect(none).toBe(0);
  expect(Math.abs(a! - 900)).toBeLessThanOrEqual(3);
  expect(a! + b!).toBe(1000);
});

test('evenPoints() are even for whoever takes only every second, third or tenth', () => {
  for (const every of [2, 3, 10]) {
    const points = [...first(1000 * every, evenPoints(0.3))].filter((_, at) => at % every === 0);
    expect(Math.abs(shares(points)['b']! - 100)).toBeLessThanOrEqual(6);
  }
});

test('evenPoints() gives whoever is 1 in 100 its turn in every 200 calls', () => {
  const next = evenPoints(0);
  let since = 0;
  for (let n = 0; n < 10_000; n++) {
    since = next() < 0.01 ? 0 : since + 1;
    expect(since).toBeLessThan(200);
  }
});

test('pointOfName() is the same for a name, and spreads those that are alike', () => {
  expect(pointOfName('visitor 1')).toBe(pointOfName('visitor 1'));
  const points = Array.from({ length: 10_000 }, (_, n) => pointOfName(`visitor ${n}`));
  expect(points.every((point) => point >= 0 && point < 1)).toBe(true);
  for (const limit of [0.01, 0.25, 0.5]) {
    const below = points.filter((point) => point < limit).length;
    expect(Math.abs(below - 10_000 * limit)).toBeLessThan(4 * Math.sqrt(10_000 * limit * (1 - limit)));
  }
});

test('chooseWeighted() gives none where no weight is above 0, and the last one at the end of the line', () => {
  expect(chooseWeighted([{ weight: 0 }], 0.5)).toBeUndefined();
  expect(chooseWeighted([], 0.5)).toBeUndefined();
  expect(chooseWeighted(items, 1 - Number.EPSILON)!.name).toBe('b');
  const thirds = [0.1, 0.2, 0.3].map((weight) => ({ weight }));
  expect(chooseWeighted(thirds, 1 - Number.EPSILON / 2)).toBe(thirds[2]);
});
