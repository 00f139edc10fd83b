import { freshUntil } from './freshness.ts';
import { areSame, validatorsOf, type Validators } from './validators.ts';

/** What an answer says beside its bytes. */
export interface AnswerInfo {
  readonly validators: Validators;
  /** Milliseconds since 1970 by this device's clock; undefined where the server does not say. */
  readonly freshUntil: number | undefined;
  /** A `Content-Encoding` is undone on the way, so that no byte's place in the file is known. */
  readonly encoded: boolean;
  /** A web page, as servers send where they have nothing else. */
  readonly isPage: boolean;
}

/** A place in a file, and what is known of that file. */
export interface Place {
  readonly bytes: number;
  readonly validators: Validators;
  readonly totalBytes: number | undefined;
}

/** The whole file or a part of it, from a byte on. */
export interface Body {
  readonly kind: 'body';
  readonly response: Response;
  readonly at: number;
}

/** What a server says to who asks for a file, or for what has changed of it. */
export type Answer = Body | { readonly kind: 'not-modified'; readonly response: Response };

/**
 * Reads the head of an answer.
 *
 * @param before what was known already: what the answer leaves out is as it was
 */
export function infoOf(response: Response, before: Validators): AnswerInfo {
  const { etag, lastModified } = validatorsOf(response);
  return {
    validators: { etag: etag ?? before.etag, lastModified: lastModified ?? before.lastModified },
    freshUntil: freshUntil(response, Date.now()),
    encoded: isEncoded(response),
    isPage: isPage(response),
  };
}

/** The byte that a part begins with; undefined where it is another than was asked for. */
export function startOf(response: Response, from: Place | undefined): number | undefined {
  const asked = from?.bytes ?? 0;
  // Other origins need not show it.
  const [, start] = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '') ?? [];
  return start === undefined || Number(start) === asked ? asked : undefined;
}

/** Bytes of the whole file, where an answer says it. */
export function totalOf({ response, at }: Body): number | undefined {
  const [, total] = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '') ?? [];
  if (total) return Number(total);
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  return Number.isSafeInteger(length) && !isEncoded(response) ? at + length : undefined;
}

/** Whether a part can be of the file that was begun. */
export function isGoingOn({ response }: Body, from: Place, totalBytes: number | undefined): boolean {
  const isOther = areSame(from.validators, validatorsOf(response)) === false;
  return !isOther && (totalBytes ?? from.totalBytes) === from.totalBytes;
}

/**
 * Whether an answer can be of a file of which bytes are there already. Without anything to compare, only a part of a file of
 * the same length may be.
 *
 * @param loaded bytes that are there
 */
export function isSameFile(answer: Body, place: Place, loaded: number): boolean {
  const { response, at } = answer;
  const isSame = areSame(place.validators, validatorsOf(response));
  const total = totalOf(answer);
  if (isSame === false || (total ?? place.totalBytes) !== (place.totalBytes ?? total)) return false;
  return isSame === true || (!isPage(response) && (at > 0 || loaded === 0));
}

/** Whether it is a web page, which no archive is. */
function isPage({ headers }: Response): boolean {
  return /^text\/html\b/i.test(headers.get('content-type') ?? '');
}

function isEncoded({ headers }: Response): boolean {
  return (headers.get('content-encoding') ?? 'identity') !== 'identity';
}
