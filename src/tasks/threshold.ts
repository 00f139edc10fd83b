import { InputError } from '../errors.ts';
import { shown } from '../shown.ts';

/** What a call may ask of a model that finds things. */
export interface ThresholdOptions {
  /** Leaves out what is not surer than this, from 0 to 1. @default what the archive says, else 0.5 */
  threshold?: number;
}

/** @throws {InputError} on `threshold`. */
export function checkThreshold({ threshold }: ThresholdOptions): void {
  if (threshold !== undefined && !(typeof threshold === 'number' && threshold >= 0 && threshold <= 1))
    throw new InputError('threshold', `The option threshold is a number from 0 to 1, not ${shown(threshold)}.`);
}
