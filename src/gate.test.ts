import { expect, test } from 'vitest';
import { createGate } from './gate.ts';

test('createGate() does so many works at a time, in their order, and goes on after one that failed', async () => {
  const gate = createGate(2);
  const begun: number[] = [];
  let atOnce = 0;
  let most = 0;
  const all = [0, 1, 2, 3, 4].map((id) =>
    gate(async () => {
      begun.push(id);
      most = Math.max(most, ++atOnce);
      await new Promise((resolve) => setTimeout(resolve, id === 0 ? 5 : 1));
      atOnce--;
      if (id === 1) throw new Error('one of them');
      return id;
    }),
  );
  const settled = await Promise.allSettled(all);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  expect(most).toBe(2);
});
