import { isInputError, type InpointError } from './errors.ts';

/** Code, field and message of an error: what a script needs to know which part of a record is at fault. */
export function errorJson(error: unknown): object {
  return {
    code: (error as Partial<InpointError> | undefined)?.code ?? 'internal',
    ...(isInputError(error) && { field: error.field }),
    message: error instanceof Error ? error.message : String(error),
  };
}
