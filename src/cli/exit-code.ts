import { ArtifactError, InpointError } from '../errors.ts';

/** What scripts may rely on. */
export const exitCode = {
  ok: 0,
  /** The model or the data are not right: a check failed, a record was refused, nothing here can be served. */
  wrong: 1,
  /** The command itself: an unknown option, a missing argument. */
  usage: 2,
  /** The archive could not be read: not there, broken, or unsafe. */
  unreadable: 3,
  /** Ctrl+C, as shells count it. */
  interrupted: 130,
} as const;

/** A command that cannot be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What is to be unpacked or read is not there, or may not be read. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** The exit code for what a command threw. */
export function exitCodeFor(error: unknown): number {
  if (error instanceof UsageError) return exitCode.usage;
  if (error instanceof ArtifactError || error instanceof UnreadableError) return exitCode.unreadable;
  return exitCode.wrong;
}

/** An error for people: what was thrown on purpose says all in its message. */
export function shownError(error: unknown, debug: boolean): string {
  if (!(error instanceof Error)) return String(error);
  if (debug) return shownCauses(error);
  const isOurs = error instanceof InpointError || error instanceof UsageError || error instanceof UnreadableError;
  return isOurs ? error.message : `${error.message} (run it with --debug to see where)`;
}

function shownCauses(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${shownCauses(error.cause)}` : own;
}
