import { InferenceError } from '../errors.ts';

/**
 * Sees that none of what a model gave, or of what became of it, is NaN. Infinite logits are none: a softmax takes -∞.
 *
 * @throws {InferenceError} `inference-failed`
 */
export function checkNumbers<T extends ArrayLike<number>>(values: T): T {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) throw notNumbers();
  return values;
}

function notNumbers(): InferenceError {
  return new InferenceError(
    'inference-failed',
    'The model gave NaN, which is no answer. A float16 variant that overflows gives it, and so does an input outside of what the model was trained on. Deploy the full-precision variant ({ dtype: \'fp32\' }), and compare "preprocess" of inference.json with the training.',
  );
}
