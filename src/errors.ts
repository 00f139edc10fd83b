/** What went wrong, in one stable word that code may branch on. */
export type ErrorCode =
  // the artifact
  | 'download-failed'
  | 'not-an-archive'
  | 'archive-empty'
  | 'archive-truncated'
  | 'archive-corrupt'
  | 'archive-unsafe'
  | 'archive-unsupported'
  | 'archive-too-large'
  | 'integrity-mismatch'
  | 'signature-missing'
  | 'signature-invalid'
  | 'signature-unsupported'
  // what is kept
  | 'not-kept'
  | 'model-in-use'
  | 'quota-exceeded'
  | 'job-running'
  | 'job-changed'
  | 'store-failed'
  | 'queue-unavailable'
  // the manifest
  | 'model-missing'
  | 'model-ambiguous'
  | 'model-foreign'
  | 'file-missing'
  | 'file-invalid'
  | 'task-unsupported'
  // a call
  | 'input-invalid'
  | 'inference-failed'
  | 'throttled'
  // the runtime and its workers
  | 'runtime-failed'
  | 'device-unavailable'
  | 'device-lost'
  | 'timed-out'
  | 'self-test-failed'
  | 'session-lost'
  | 'model-invalid'
  | 'model-too-large'
  | 'out-of-memory'
  | 'worker-boot-failed'
  | 'worker-lost'
  | 'worker-mismatch'
  | 'origin-missing'
  | 'update-refused'
  | 'update-in-progress'
  | 'endpoint-closed'
  | 'endpoint-failed'
  | 'request-expired';

/** The base of every error that Inpoint throws on purpose, wrong arguments and aborts aside. */
export class InpointError extends Error {
  override readonly name: string = 'InpointError';
  /** What went wrong. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The archive could not be fetched, unpacked or trusted. */
export class ArtifactError extends InpointError {
  override readonly name = 'ArtifactError';
}

/** What is kept cannot be read, written or removed. */
export class StoreError extends InpointError {
  override readonly name: string = 'StoreError';
}

/** The origin may not keep so much. */
export class QuotaError extends StoreError {
  override readonly name = 'QuotaError';
  /** Bytes that were to be kept. */
  readonly neededBytes: number;
  /** Bytes that there is room for, as far as the browser says. */
  readonly availableBytes: number;
  /** Bytes that the origin keeps, whoever wrote them. */
  readonly usageBytes: number;
  /** Bytes that the browser allows the origin. */
  readonly quotaBytes: number;

  constructor(message: string, room: QuotaFigures, options?: ErrorOptions) {
    super('quota-exceeded', message, options);
    this.neededBytes = room.neededBytes;
    this.availableBytes = room.availableBytes;
    this.usageBytes = room.usageBytes;
    this.quotaBytes = room.quotaBytes;
  }
}

/** How much was asked for, and how much there is. */
export type QuotaFigures = Readonly<Record<'neededBytes' | 'availableBytes' | 'usageBytes' | 'quotaBytes', number>>;

/** The archive is sound, and what is in it cannot be served. */
export class ManifestError extends InpointError {
  override readonly name = 'ManifestError';
}

/** The input of one call does not fit the task; `field` names the part at fault, as in `image` or `feeds.x.dims`. */
export class InputError extends InpointError {
  override readonly name = 'InputError';
  /** The part of the input or the option at fault: `image`, `row.age`, `topK`. */
  readonly field: string;

  constructor(field: string, message: string, options?: ErrorOptions) {
    super('input-invalid', message, options);
    this.field = field;
  }
}

/** Whether it is an `InputError`, of this file's class or of that in a file that is fetched later. */
export function isInputError(error: unknown): error is InputError {
  return error instanceof Error && error.name === 'InputError';
}

/** The runtime refused a model, or failed while it ran one. */
export class InferenceError extends InpointError {
  override readonly name = 'InferenceError';
}

/** A worker did not start, speaks another version, or went away with calls in flight. */
export class WorkerError extends InpointError {
  override readonly name = 'WorkerError';
}

/** The endpoint is not in a state to take the call. */
export class EndpointError extends InpointError {
  override readonly name = 'EndpointError';
  /** Milliseconds after which a `throttled` call may be made again. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions & { retryAfterMs?: number }) {
    super(code, message, options);
    this.retryAfterMs = options?.retryAfterMs;
  }
}
