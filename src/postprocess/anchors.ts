import type { Candidate } from './candidate.ts';
import { sigmoid, softmax } from './softmax.ts';

/** Fixed boxes that a detector's numbers are offsets from. */
export interface Anchors {
  /** Middle and size of each, from 0 to 1 of the model's input. */
  readonly boxes: readonly (readonly number[])[];
  /** By which the offsets of middle and size were multiplied. */
  readonly variances: readonly [middle: number, size: number];
}

/**
 * Reads the head of SSD, RetinaNet and their kin (Liu et al. 2016, "SSD: Single Shot MultiBox Detector", equation 2):
 * `cx = x v_0 w_a + cx_a`, `cy = y v_0 h_a + cy_a`, `w = w_a exp(v_1 w)`, `h = h_a exp(v_1 h)`. Each label of an anchor
 * is a candidate of its own.
 *
 * @param scores `[anchors, labels]`
 * @param offsets `[anchors, 4]`
 * @param background whether the first label is none
 * @param size of the model's input, in pixels
 * @param min the score that a candidate is above
 */
export function readAnchors(
  scores: { values: ArrayLike<number>; labels: number; as: 'softmax' | 'sigmoid' | 'none' },
  offsets: ArrayLike<number>,
  { boxes, variances }: Anchors,
  background: boolean,
  size: { width: number; height: number },
  min: number,
): Candidate[] {
  const candidates: Candidate[] = [];
  for (const [index, anchor] of boxes.entries()) {
    const row = Array.from({ length: scores.labels }, (_, label) => scores.values[index * scores.labels + label]!);
    const likely = probabilities(row, scores.as);
    for (let label = background ? 1 : 0; label < scores.labels; label++) {
      if (likely[label]! > min)
        candidates.push({ box: decode(offsets, index * 4, anchor, variances, size), label, score: likely[label]! });
    }
  }
  return candidates;
}

function decode(
  offsets: ArrayLike<number>,
  at: number,
  anchor: readonly number[],
  [middle, size]: Anchors['variances'],
  { width, height }: { width: number; height: number },
): Candidate['box'] {
  const [cx, cy, w, h] = anchor as [number, number, number, number];
  const x = offsets[at]! * middle * w + cx;
  const y = offsets[at + 1]! * middle * h + cy;
  const halfWidth = (w * Math.exp(offsets[at + 2]! * size)) / 2;
  const halfHeight = (h * Math.exp(offsets[at + 3]! * size)) / 2;
  const { fround } = Math;
  return [
    fround((x - halfWidth) * width),
    fround((y - halfHeight) * height),
    fround((x + halfWidth) * width),
    fround((y + halfHeight) * height),
  ];
}

function probabilities(row: readonly number[], as: 'softmax' | 'sigmoid' | 'none'): readonly number[] {
  if (as === 'none') return row;
  return as === 'sigmoid' ? row.map(sigmoid) : softmax(row);
}
