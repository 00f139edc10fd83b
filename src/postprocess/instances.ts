import type { ImageGeometry } from '../image-geometry.ts';
import type { LabelledMask } from './masks.ts';
import { likeliest, sigmoid, softmax } from './softmax.ts';
import { upsample, type Grid } from './upsample.ts';

/** What decides which queries become segments. */
export interface InstanceRules {
  /** The score that a query is above. */
  readonly min: number;
  /** The score times mask from which on a pixel counts into a query's own area. */
  readonly maskMin: number;
  /** The share of its own area that a query must get more of than this. */
  readonly overlapMin: number;
  /** Numbers of labels whose segments become one. */
  readonly fuse: readonly number[];
}

/**
 * Puts the queries of MaskFormer, Mask2Former or DETR together to segments that do not overlap, as
 * `post_process_panoptic_segmentation` of Transformers does (`compute_segments` in
 * `models/detr/image_processing_detr.py`): a pixel belongs to the query with the highest score times probability, and a
 * query that loses too much of its own area to others falls away. Segments that are fused have the first one's score.
 *
 * @param logits `[queries, labels + 1]`, the last label being none
 * @param masks `[queries, height, width]`, logits
 */
export function instanceMasks(
  logits: { values: ArrayLike<number>; labels: number },
  masks: ArrayLike<number>,
  grid: Grid,
  geometry: ImageGeometry,
  { min, maskMin, overlapMin, fuse }: InstanceRules,
): LabelledMask[] {
  const area = grid.width * grid.height;
  const queries = queriesOf(logits, masks.length / area).filter(({ score }) => score > min);
  const [width, height] = [geometry.x.original, geometry.y.original];
  const owners = new Int32Array(width * height).fill(-1);
  const areas = queries.map(() => ({ own: 0, kept: 0 }));
  const best = new Float32Array(width);
  const probabilities = queries.map(({ query }) => ({
    values: Float32Array.from({ length: area }, (_, cell) => sigmoid(masks[query * area + cell]!)),
    start: 0,
  }));
  upsample(probabilities, grid, geometry, (row, seen, y, index) => {
    if (index === 0) best.fill(-Infinity);
    const { score } = queries[index]!;
    for (let x = 0; x < width; x++) {
      if (!seen[x]) continue;
      const value = Math.fround(row[x]! * score);
      if (value >= maskMin) areas[index]!.own++;
      if (value > best[x]!) {
        best[x] = value;
        owners[y * width + x] = index;
      }
    }
  });
  for (const owner of owners) if (owner >= 0) areas[owner]!.kept++;
  const segments = new Map<number, LabelledMask>();
  const segmentOf = queries.map(({ label, score }, index) => {
    const { own, kept } = areas[index]!;
    if (kept === 0 || own === 0 || !(kept / own > overlapMin)) return undefined;
    // A label that is fused has one key; all else has one of its own.
    const key = fuse.includes(label) ? -1 - label : index;
    const segment = segments.get(key) ?? {
      label,
      score,
      mask: { width, height, data: new Uint8Array(width * height) },
    };
    segments.set(key, segment);
    return segment;
  });
  for (const [pixel, owner] of owners.entries()) {
    const segment = owner < 0 ? undefined : segmentOf[owner];
    if (segment) segment.mask.data[pixel] = 255;
  }
  return [...segments.values()];
}

interface Query {
  readonly query: number;
  readonly label: number;
  readonly score: number;
}

/** The likeliest label of each query with its softmax; queries whose likeliest is none are left out. */
function queriesOf({ values, labels }: { values: ArrayLike<number>; labels: number }, count: number): Query[] {
  return Array.from({ length: count }, (_, query) => {
    const row = Array.from({ length: labels }, (_unused, label) => values[query * labels + label]!);
    const probabilities = softmax(row);
    const label = likeliest(probabilities);
    return { query, label, score: Math.fround(probabilities[label]!) };
  }).filter(({ label }) => label !== labels - 1);
}
