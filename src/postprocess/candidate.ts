/** What may be an object. */
export interface Candidate {
  /** Left, top, right, bottom; in pixels of the model's input. */
  readonly box: Corners;
  /** Its label's number. */
  readonly label: number;
  readonly score: number;
}

export type Corners = readonly [x1: number, y1: number, x2: number, y2: number];

/** How four numbers say where a box is: by two corners, by its middle and size, or by its upper left corner and size. */
export type BoxFormat = 'xyxy' | 'yxyx' | 'cxcywh' | 'xywh';

/** The corners of a box, in float32. */
export function cornersOf(values: ArrayLike<number>, at: number, format: BoxFormat): Corners {
  const [a, b, c, d] = [values[at]!, values[at + 1]!, values[at + 2]!, values[at + 3]!];
  switch (format) {
    case 'xyxy':
      return [a, b, c, d];
    case 'yxyx':
      return [b, a, d, c];
    case 'xywh':
      return [a, b, Math.fround(a + c), Math.fround(b + d)];
    default:
      return [Math.fround(a - c / 2), Math.fround(b - d / 2), Math.fround(a + c / 2), Math.fround(b + d / 2)];
  }
}

/** The same box in another measure: `x * width + left`, `y * height + top`. */
export function scaled(
  [x1, y1, x2, y2]: Corners,
  { left = 0, top = 0, width, height }: { left?: number; top?: number; width: number; height: number },
): Corners {
  return [x1 * width + left, y1 * height + top, x2 * width + left, y2 * height + top];
}

/** The likeliest first; equal ones as they came. */
export function bestFirst(candidates: readonly Candidate[]): Candidate[] {
  return candidates.toSorted((a, b) => b.score - a.score);
}
