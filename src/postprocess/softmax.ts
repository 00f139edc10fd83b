/** `exp(x_i - max x) / sum_j exp(x_j - max x)`. */
export function softmax(values: readonly number[]): number[] {
  const highest = values.reduce((max, value) => Math.max(max, value), -Infinity);
  const powers = values.map((value) => Math.exp(value - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** `1 / (1 + exp(-x))`. */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** The place of the highest value, the first of equal ones. */
export function likeliest(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value > values[best]! ? index : best), 0);
}
