import type { Tensor } from '../tensor.ts';
import { cornersOf, scaled, type Candidate } from './candidate.ts';
import { likeliest, sigmoid, softmax } from './softmax.ts';

/** A rectangle in pixels of a model's input. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Reads the head of DETR and its kin, as `post_process_object_detection` of Transformers does.
 *
 * With `softmax` a query has the likeliest of its labels but for the last, which is "nothing": one candidate a query.
 * With `sigmoid` each label of a query is a candidate of its own.
 *
 * @param logits `[1, queries, labels (+ 1)]`
 * @param boxes `[1, queries, 4]`: middle and size, from 0 to 1 of `area`
 * @param min the score that a candidate is above
 */
export function readDetr(
  logits: { values: ArrayLike<number>; dims: Tensor['dims'] },
  boxes: ArrayLike<number>,
  area: Area,
  min: number,
  scores: 'softmax' | 'sigmoid',
): Candidate[] {
  const labels = logits.dims.at(-1)!;
  const queries = logits.dims.at(-2)!;
  const candidates: Candidate[] = [];
  for (let query = 0; query < queries; query++) {
    const box = scaled(cornersOf(boxes, query * 4, 'cxcywh'), area);
    const row = Array.from({ length: labels }, (_, label) => logits.values[query * labels + label]!);
    if (scores === 'sigmoid') {
      for (const [label, logit] of row.entries()) {
        const score = sigmoid(logit);
        if (score > min) candidates.push({ box, label, score });
      }
    } else {
      const probabilities = softmax(row);
      const label = likeliest(probabilities.slice(0, -1));
      const score = probabilities[label]!;
      if (score > min) candidates.push({ box, label, score });
    }
  }
  return candidates;
}
