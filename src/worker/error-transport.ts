import { transferHandlers } from 'comlink';
import {
  ArtifactError,
  EndpointError,
  InferenceError,
  InpointError,
  InputError,
  ManifestError,
  QuotaError,
  StoreError,
  WorkerError,
} from '../errors.ts';
import type { ErrorCode, QuotaFigures } from '../errors.ts';

/** An error as plain data. Structured cloning alone would lose its class, `code`, `field` and `cause`. */
export interface EncodedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
  readonly field: string | undefined;
  readonly room: QuotaFigures | undefined;
  readonly cause: EncodedError | undefined;
}

/** Causes of causes that are carried along. */
const maxDepth = 4;

export function encodeError(error: unknown, depth: number = 0): EncodedError {
  if (typeof error !== 'object' || error === null) {
    return {
      name: 'Error',
      message: String(error),
      stack: undefined,
      code: undefined,
      field: undefined,
      room: undefined,
      cause: undefined,
    };
  }
  const { name, message, stack, code, field, cause } = error as Record<string, unknown>;
  return {
    name: String(name ?? 'Error'),
    message: String(message ?? ''),
    stack: stack === undefined ? undefined : String(stack),
    code: typeof code === 'string' ? code : undefined,
    field: typeof field === 'string' ? field : undefined,
    room: error instanceof QuotaError ? roomOf(error) : undefined,
    cause: cause === undefined || depth >= maxDepth ? undefined : encodeError(cause, depth + 1),
  };
}

export function decodeError(encoded: EncodedError): Error {
  const options = encoded.cause && { cause: decodeError(encoded.cause) };
  const error = construct(encoded, options);
  if (encoded.stack) error.stack = encoded.stack;
  return error;
}

function roomOf({ neededBytes, availableBytes, usageBytes, quotaBytes }: QuotaError): QuotaFigures {
  return { neededBytes, availableBytes, usageBytes, quotaBytes };
}

function construct({ name, message, code, field, room }: EncodedError, options: ErrorOptions | undefined): Error {
  if (name === 'InputError') return new InputError(field ?? '', message, options);
  if (room) return new QuotaError(message, room, options);
  const ofOurs = ours.get(name);
  if (ofOurs) return new ofOurs(code as ErrorCode, message, options);
  const ofPlatform = platform.get(name);
  if (ofPlatform) return new ofPlatform(message, options);
  const error = new Error(message, options);
  error.name = name;
  return error;
}

const ours = new Map<string, typeof InpointError>(
  Object.entries({
    ArtifactError,
    EndpointError,
    InferenceError,
    InpointError,
    ManifestError,
    StoreError,
    WorkerError,
  }),
);

const platform = new Map<string, ErrorConstructor>(Object.entries({ RangeError, SyntaxError, TypeError }));

/** Makes comlink carry errors whole, on the side that calls this. */
export function carryErrors(): void {
  const handler = transferHandlers.get('throw')!;
  transferHandlers.set('throw', {
    canHandle: handler.canHandle,
    serialize: (thrown) => [encodeError((thrown as { value: unknown }).value), []],
    deserialize: (encoded) => {
      throw decodeError(encoded as EncodedError);
    },
  });
}
