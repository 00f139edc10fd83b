/**
 * The cosine of the angle between two vectors, from -1 to 1: `a · b / (max(|a|, 1e-12) max(|b|, 1e-12))`; 0 where one
 * of them is all zeros.
 *
 * @throws {RangeError} when one is longer than the other.
 */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`Vectors of ${a.length} and ${b.length} numbers have no angle.`);
  let product = 0;
  let squaresOfA = 0;
  let squaresOfB = 0;
  for (let i = 0; i < a.length; i++) {
    product += a[i]! * b[i]!;
    squaresOfA += a[i]! ** 2;
    squaresOfB += b[i]! ** 2;
  }
  const similarity = product / (Math.max(Math.sqrt(squaresOfA), 1e-12) * Math.max(Math.sqrt(squaresOfB), 1e-12));
  // Rounding may carry equal directions past 1.
  return Math.min(1, Math.max(-1, similarity));
}
