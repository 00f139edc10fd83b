/** Waits between attempts, in milliseconds. */
export interface Backoff {
  /** Before the second attempt; each later one waits up to twice as long. */
  readonly baseMs: number;
  readonly mostMs: number;
}

/** Longest time that a server may ask a visitor to wait. */
const mostRetryAfterMs = 120_000;

/**
 * How long to wait before an attempt: a random part of a span that doubles each time, so that many pages which lost the
 * same server do not come back at once.
 * Source: "Exponential Backoff and Jitter" (Brooker, 2015), full jitter.
 *
 * @param attempt 1 for the first that is made again
 * @param askedMs what the server asked for
 */
export function waitMs(
  { baseMs, mostMs }: Backoff,
  attempt: number,
  askedMs: number | undefined,
  random: () => number = Math.random,
): number {
  if (askedMs !== undefined) return Math.min(askedMs, mostRetryAfterMs);
  return random() * Math.min(mostMs, baseMs * 2 ** (attempt - 1));
}

/** `Retry-After` in milliseconds: seconds, or a date (RFC 9110, 10.2.3). */
export function retryAfterMs(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** Waits, or until the device is online again where it is not now. An abort rejects with its reason. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      globalThis.removeEventListener?.('online', done);
      resolve();
    };
    const onAbort = (): void => {
      // The first to settle it counts.
      reject(signal!.reason);
      done();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
    // A worker may lack any of these.
    const { navigator, addEventListener } = globalThis as Partial<typeof globalThis>;
    if (navigator?.onLine === false) addEventListener?.('online', done);
  });
}
