import type { RegressionStep } from '../manifest/index.ts';

/**
 * A regression's numbers, one a target, in the units of the training data.
 *
 * @param steps whose lists have one number a target, or one for all
 */
export function undoScaling(values: ArrayLike<number>, steps: readonly RegressionStep[]): number[] {
  return steps.reduce((numbers, step) => {
    if (step.step === 'exp') return numbers.map((x) => Math.exp(x));
    if (step.step === 'expm1') return numbers.map((x) => Math.expm1(x));
    const { mean, scale } = step;
    return numbers.map((x, i) => x * (scale[i] ?? scale[0]!) + (mean[i] ?? mean[0]!));
  }, Array.from(values));
}
