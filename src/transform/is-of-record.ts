import { isInputError, type InpointError } from '../errors.ts';

/** Whether an error is one of a record, which has no answer for it; what else goes wrong goes wrong for all of them. */
export function isOfRecord(error: unknown): error is Error {
  if (isInputError(error)) return true;
  return error instanceof Error && error.name === 'InferenceError' && ofOne.has((error as InpointError).code);
}

const ofOne: ReadonlySet<string> = new Set(['inference-failed', 'timed-out', 'out-of-memory']);
