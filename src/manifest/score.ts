import * as v from 'valibot';
import { count, finite } from './base.ts';

/**
 * From a model's numbers, one a label, to scores. In the order given:
 *
 * - `softmax`: `exp(x_i - max x) / sum_j exp(x_j - max x)`, one label holds; a single number gets the sigmoid.
 * - `sigmoid`: `1 / (1 + exp(-x))`, any number of labels holds.
 * - `complement`: one probability `p` becomes the two `[1 - p, p]`.
 * - `threshold`: leaves out scores under `min`.
 * - `top-k`: keeps the `k` highest; the option `topK` of a call goes first.
 *
 * None at all: the numbers themselves, as regressions and models that end in a softmax want it.
 */
export type ScoreStep =
  | { readonly step: 'softmax' }
  | { readonly step: 'sigmoid' }
  | { readonly step: 'complement' }
  | { readonly step: 'threshold'; readonly min: number }
  | { readonly step: 'top-k'; readonly k: number };

export const scoreStep: v.GenericSchema<unknown, ScoreStep> = v.variant('step', [
  v.strictObject({ step: v.literal('softmax') }),
  v.strictObject({ step: v.literal('sigmoid') }),
  v.strictObject({ step: v.literal('complement') }),
  v.strictObject({ step: v.literal('threshold'), min: finite }),
  v.strictObject({ step: v.literal('top-k'), k: count }),
]);

/** Names by index. A model with more outputs than names gives the rest as `LABEL_n`. */
export const labels: v.GenericSchema<unknown, readonly string[]> = v.array(v.string());
