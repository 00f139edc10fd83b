/** `exp(x_i - max x) / sum_j exp(x_j - max x)`. */
export function softmax(values: readonly number[]): number[] {
  let highest = -Infinity;
  for (const value of values) highest = Math.max(highest, value);
  const powers = values.map((value) => Math.exp(value - highest));
  let sum = 0;
  for (const power of powers) sum += power;
  for (let i = 0; i < powers.length; i++) powers[i]! /= sum;
  return powers;
}

/** `1 / (1 + exp(-x))`. */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** The place of the highest value, the first of equal ones. */
export function likeliest(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value > values[best]! ? index : best), 0);
}
