/** How what a model is fed lies over the image that it came from. */
export interface ImageGeometry {
  readonly x: AxisGeometry;
  readonly y: AxisGeometry;
}

/** Along one axis, in pixels. The middle of a pixel is half a pixel past its index. */
export interface AxisGeometry {
  /** Length of the original image. */
  readonly original: number;
  /** Length of what the model is fed. */
  readonly input: number;
  /** The place `p` of the input is the place `p * scale + offset` of the original. */
  readonly scale: number;
  readonly offset: number;
  /** Where the image begins and ends in the input; beyond is padding. */
  readonly start: number;
  readonly end: number;
}

/** An image as it is. */
export function unchanged(length: number): AxisGeometry {
  return { original: length, input: length, scale: 1, offset: 0, start: 0, end: length };
}

/** The same, stretched to `length`. */
export function stretched(axis: AxisGeometry, length: number): AxisGeometry {
  const { original, input, offset } = axis;
  return {
    original,
    input: length,
    scale: (axis.scale * input) / length,
    offset,
    start: (axis.start * length) / input,
    end: (axis.end * length) / input,
  };
}

/** The same, moved by `by` to the right (to the left where it is negative), and cut or padded to `length`. */
export function moved(axis: AxisGeometry, by: number, length: number): AxisGeometry {
  const inside = (place: number): number => Math.min(length, Math.max(0, place));
  return {
    ...axis,
    input: length,
    offset: axis.offset - by * axis.scale,
    start: inside(axis.start + by),
    end: inside(axis.end + by),
  };
}

/** Where a place of the input is in the original, cut to the original. */
export function toOriginal({ original, scale, offset }: AxisGeometry, place: number): number {
  return Math.min(original, Math.max(0, place * scale + offset));
}
