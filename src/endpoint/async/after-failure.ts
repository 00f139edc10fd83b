import { isInputError } from '../../errors.ts';

/**
 * What comes after an execution that failed: the request has failed for good; it is executed again; or it is put back, since
 * this endpoint answers nothing any more, and waits for another.
 */
export type AfterFailure = 'fail' | 'retry' | 'put-back';

/** Codes that tell of the runtime's state, and not of the input. */
const passing: ReadonlySet<string> = new Set([
  'worker-lost',
  'worker-boot-failed',
  'device-lost',
  'device-unavailable',
  'out-of-memory',
  'timed-out',
  'runtime-failed',
]);

/** Says what comes after an execution that failed. */
export function afterFailure(error: unknown): AfterFailure {
  if (isInputError(error)) return 'fail';
  const { name, code = '' } = error as { name?: string; code?: string };
  if (code === 'endpoint-closed' || code === 'endpoint-failed') return 'put-back';
  // An endpoint that has too much to do says so.
  if (name === 'EndpointError' || name === 'QuotaExceededError') return 'retry';
  return passing.has(code) ? 'retry' : 'fail';
}
