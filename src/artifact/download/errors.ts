import { ArtifactError } from '../../errors.ts';

/** Why bytes did not come. `status` is what the server answered, if it did. */
export class DownloadError extends ArtifactError {
  readonly status: number | undefined;

  constructor(message: string, status: number | undefined, options?: ErrorOptions) {
    super('download-failed', message, options);
    this.status = status;
  }
}

/**
 * The address has other bytes than those before, or cannot go on with them: what came is of no use. Whoever catches it
 * starts over.
 */
export class SourceChanged extends ArtifactError {
  constructor() {
    super(
      'download-failed',
      'Cannot download it: the connection broke off, and the server cannot go on or has another file by now, several times in a row. Try again.',
    );
  }
}

/** Whether a server could not be asked, or was not able to answer; not whether it said no. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof DownloadError)) return false;
  const { status } = error;
  return status === undefined || status >= 500 || status === 408 || status === 429;
}
