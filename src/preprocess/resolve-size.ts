import type { SizeRule } from '../manifest/index.ts';

interface Size {
  width: number;
  height: number;
}

/**
 * Gives the size that an image of `width` × `height` is to be resized to under `rule`, rounded as Hugging Face
 * transformers rounds it.
 *
 * - `{ height, width }`: that, whatever the image.
 * - `{ shortestEdge }`: the shorter side becomes that, the longer keeps the ratio and is cut to an integer
 *   (`get_resize_output_image_size` of `src/transformers/image_transforms.py`).
 * - `{ shortestEdge, longestEdge }`: the same, and smaller where the longer side would pass `longestEdge`
 *   (`get_size_with_aspect_ratio`, same file).
 * - `{ shortestEdge, longestEdge, multipleOf }`: likewise with a rounding of its own, then both sides up to a multiple
 *   (`get_maskformer_resize_output_image_size` of `models/maskformer/image_processing_maskformer.py`).
 * - `{ longestEdge }`: the longer side becomes that, the other is rounded (`_get_preprocess_shape` of
 *   `models/sam/image_processing_sam.py`; other processors with such a rule have roundings of their own).
 * - `{ maxHeight, maxWidth }`: as large as fits, cut to integers (`get_image_size_for_max_height_width` of
 *   `image_transforms.py`).
 * - `{ multipleOf }`: its own size, cut to a multiple (`models/glpn/image_processing_glpn.py`).
 *
 * A side of a very narrow image may come out as 0, which `resize()` refuses as Pillow does.
 */
export function resolveSize(rule: SizeRule, width: number, height: number): Size {
  if ('height' in rule) return { width: rule.width, height: rule.height };
  if ('shortestEdge' in rule) {
    const { shortestEdge, longestEdge, multipleOf } = rule;
    if (multipleOf === undefined) return fitShortest(shortestEdge, longestEdge, width, height);
    const fitted = fitThenCut(shortestEdge, longestEdge, width, height);
    const up = (side: number): number => Math.ceil(side / multipleOf) * multipleOf;
    return { width: up(fitted.width), height: up(fitted.height) };
  }
  if ('maxHeight' in rule) {
    const scale = Math.min(rule.maxHeight / height, rule.maxWidth / width);
    return { width: Math.trunc(width * scale), height: Math.trunc(height * scale) };
  }
  if ('longestEdge' in rule) {
    const scale = rule.longestEdge / Math.max(width, height);
    return { width: Math.floor(width * scale + 0.5), height: Math.floor(height * scale + 0.5) };
  }
  const down = (side: number): number => Math.floor(side / rule.multipleOf) * rule.multipleOf;
  return { width: down(width), height: down(height) };
}

function fitShortest(edge: number, limit: number | undefined, width: number, height: number): Size {
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

/** The first size that comes out is cut to integers before the limit is applied to it. */
function fitThenCut(edge: number, limit: number | undefined, width: number, height: number): Size {
  let short = edge;
  let long = Math.trunc((edge * Math.max(width, height)) / Math.min(width, height));
  if (limit !== undefined && long > limit) [short, long] = [Math.trunc((limit * short) / long), limit];
  return width <= height ? { width: short, height: long } : { width: long, height: short };
}

/** Python's `round`. */
function roundHalfToEven(x: number): number {
  const nearest = Math.round(x);
  return nearest - x === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}
