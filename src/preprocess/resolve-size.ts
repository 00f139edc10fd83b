import type { SizeRule } from '../manifest/index.ts';

/**
 * Gives the size that an image of `width` × `height` is to be resized to under `rule`, rounded as Hugging Face
 * transformers rounds it.
 *
 * - `{ height, width }`: that, whatever the image.
 * - `{ shortest_edge }`: the shorter side becomes that, the longer keeps the ratio and is cut to an integer
 *   (`get_resize_output_image_size` of `src/transformers/image_transforms.py`).
 * - `{ shortest_edge, longest_edge }`: the same, and smaller where the longer side would pass `longest_edge`
 *   (`get_size_with_aspect_ratio`, same file).
 * - `{ longest_edge }`: the longer side becomes that, the other is rounded (`_get_preprocess_shape` of
 *   `models/sam/image_processing_sam.py`; other processors with such a rule have roundings of their own).
 *
 * A side of a very narrow image may come out as 0, which `resize()` refuses as Pillow does.
 */
export function resolveSize(rule: SizeRule, width: number, height: number): { width: number; height: number } {
  if ('height' in rule) return { width: rule.width, height: rule.height };
  if ('shortest_edge' in rule) return fitShortest(rule.shortest_edge, rule.longest_edge, width, height);
  const scale = rule.longest_edge / Math.max(width, height);
  return { width: Math.floor(width * scale + 0.5), height: Math.floor(height * scale + 0.5) };
}

function fitShortest(
  edge: number,
  limit: number | undefined,
  width: number,
  height: number,
): { width: number; height: number } {
  const shorter = Math.min(width, height);
  const longer = Math.max(width, height);
  let short = edge;
  let exact = edge;
  if (limit !== undefined && (longer / shorter) * edge > limit) {
    exact = (limit * shorter) / longer;
    short = roundHalfToEven(exact);
  }
  // An image whose shorter side is right already keeps its longer side.
  const long = shorter === short ? longer : Math.trunc((exact * longer) / shorter);
  return width <= height ? { width: short, height: long } : { width: long, height: short };
}

/** Python's `round`. */
function roundHalfToEven(x: number): number {
  const nearest = Math.round(x);
  return nearest - x === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}
