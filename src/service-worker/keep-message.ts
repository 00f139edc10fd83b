/** What a page asks of its service worker, with a port for the replies. */
export interface KeepMessage {
  readonly type: typeof keepType;
  /** Absolute addresses; what is not the service worker's to keep is passed over. */
  readonly addresses: readonly string[];
  /** The page is not controlled yet, and wants to be. */
  readonly claim: boolean;
}

export const keepType = 'inpoint/keep';

/** First that there is somebody, then, when all is fetched, what is kept. */
export type KeepReply = { readonly kind: 'taken' } | ({ readonly kind: 'kept' } & KeptReport);

/** What a service worker has for visits without a network. */
export interface KeptReport {
  /** The addresses of all files that are kept now. */
  readonly files: readonly string[];
  /** What could not be kept since the service worker was started, and why: no room, no network, no such file. */
  readonly failures: readonly { readonly address: string; readonly reason: string }[];
}
