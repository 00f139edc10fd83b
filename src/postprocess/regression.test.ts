import { expect, test } from 'vitest';
import { undoScaling } from './regression.ts';

test('undoScaling() does the steps in their order', () => {
  const scale = { step: 'inverse-scale', mean: [1, 0], scale: [2, 3] } as const;
  expect(undoScaling([0, 1], [scale, { step: 'exp' }])).toEqual([Math.E, Math.exp(3)]);
  expect(undoScaling([0, 1], [{ step: 'exp' }, scale])).toEqual([3, 3 * Math.E]);
  expect(undoScaling([1e-12], [{ step: 'expm1' }])[0]).toBe(Math.expm1(1e-12));
  expect(undoScaling(new Float32Array([0.5]), [])).toEqual([0.5]);
});
