import { StoreError } from '../errors.ts';
import type { CacheMode } from './cache-mode.ts';
import { shownUrl, type ArtifactSource, type HttpOptions } from './download/index.ts';
import type { Limits } from './limits.ts';
import type { Resume } from './receipt.ts';
import type { SecondThread } from './second-thread.ts';
import { Room, type Job, type ModelStore } from './store/index.ts';
import type { UnpackArtifactOptions } from './unpack.ts';

/** How an archive is fetched, checked and kept. */
export interface KeepOptions extends Omit<UnpackArtifactOptions, 'files'> {
  /** What it is kept under. @default its address */
  key?: string;
  /** Gives a new address when the server says that this one has expired. */
  refreshUrl?: () => Promise<string>;
  /** Whether what is kept is used, and the server asked, as `fetch()` names it. @default 'default' */
  cache?: CacheMode;
  /** `sha256-` and the digest of the archive in base64. */
  integrity?: string;
  /** Whether a download that broke off goes on in a later visit. @default 'auto' */
  resume?: Resume;
  /** Attempts in a row that bring no byte, before it gives up. @default 5, and 2 of a server that never answered */
  retries?: number;
  /** Milliseconds without a byte after which a connection is made anew. @default 30_000 */
  stallMs?: number;
  /** What it is kept in: that of one app among several of an origin. @default 'default' */
  namespace?: string;
  onEvent?: (event: StoreEvent) => void;
  /** Inflates and hashes what is large. @default this thread */
  thread?: SecondThread;
}

/** What became of a kept model. */
export type StoreEvent =
  | { readonly kind: 'update'; readonly key: string; readonly version: string }
  | { readonly kind: 'heal'; readonly key: string; readonly files: readonly string[] }
  | { readonly kind: 'evict'; readonly key: string };

/** One opening of one key: what is opened, how, and what it is kept in. */
export interface Opening {
  readonly store: ModelStore;
  /** Why it is no better store. */
  readonly reason: string | undefined;
  readonly key: string;
  readonly source: ArtifactSource;
  readonly options: KeepOptions;
  /** The SHA-256 that the archive must have, in base64. */
  readonly digest: string | undefined;
  readonly limits: Limits;
}

/** Times that a download starts over because the file changed meanwhile, or what was kept of it is no good. */
export const mostStarts = 4;

/** Where it comes from; undefined of a file or a stream. */
export function urlOf({ source }: Opening): string | undefined {
  return typeof source === 'string' || source instanceof URL ? String(source) : undefined;
}

/** How a job asks the server: until another tab takes over. */
export function httpOf({ options }: Opening, { turn }: Job): HttpOptions {
  const { request, refreshUrl, retries, stallMs, signal } = options;
  const { lost } = turn;
  return { request, refreshUrl, retries, stallMs, signal: signal ? AbortSignal.any([signal, lost]) : lost };
}

/** The room for what a job writes. */
export function roomOf({ store, options }: Opening, job: Job): Room {
  return new Room(store, job, ({ key }) => options.onEvent?.({ kind: 'evict', key }));
}

/** Notes that a model was used. Where that cannot be written, it is only found older than it is. */
export async function touch({ store, key }: Opening): Promise<void> {
  await store.touch(key).catch(() => {});
}

export function nothingKept(key: string): StoreError {
  return new StoreError(
    'not-kept',
    `Nothing is kept under ${shownKey(key)}, and { cache: 'only-if-cached' } downloads nothing. Call models.prefetch() while there is a connection.`,
  );
}

/** A key that is an address is shown without its query, which may be secret. */
export function shownKey(key: string): string {
  try {
    return shownUrl(new URL(key));
  } catch {
    return JSON.stringify(key);
  }
}
