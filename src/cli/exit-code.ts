import { ArtifactError, InpointError } from '../errors.ts';
import { UnreadableFileError } from '../pack/index.ts';

/** What scripts may rely on. A signal ends a command with 128 and its number, as shells count it. */
export const exitCode = {
  ok: 0,
  /** The model or the data are not right: a check failed, a record was refused, nothing here can be served. */
  wrong: 1,
  /** The command itself: an unknown option, a missing argument. */
  usage: 2,
  /** Files: an archive that could not be read (not there, broken, or unsafe), or output that could not be written. */
  unreadable: 3,
} as const;

/** A command that cannot be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What is to be unpacked or read is not there, or may not be read. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** What was to be written could not be. */
export class UnwritableError extends Error {
  override readonly name = 'UnwritableError';
}

/** The exit code for what a command threw. */
export function exitCodeFor(error: unknown): number {
  if (error instanceof UsageError) return exitCode.usage;
  return ofFiles.some((kind) => error instanceof kind) ? exitCode.unreadable : exitCode.wrong;
}

const ofFiles = [ArtifactError, UnreadableError, UnwritableError, UnreadableFileError];

/** An error for people: what was thrown on purpose says all in its message. */
export function shownError(error: unknown, debug: boolean): string {
  if (!(error instanceof Error)) return String(error);
  if (debug) return shownCauses(error);
  const isOurs = [InpointError, UsageError, ...ofFiles].some((kind) => error instanceof kind);
  return isOurs ? error.message : `${error.message} (run it with --debug to see where)`;
}

function shownCauses(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${shownCauses(error.cause)}` : own;
}
