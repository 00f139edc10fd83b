/** A vector of the same direction and length 1: `x / max(|x|, 1e-12)`, so zeros stay zeros. */
export function l2Normalize(vector: Float32Array): Float32Array<ArrayBuffer> {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.max(Math.sqrt(squares), 1e-12);
  return vector.map((value) => value / length);
}
