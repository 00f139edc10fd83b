/** Milliseconds before the first execution that is made again; each later one waits up to twice as long. */
const baseMs = 500;

/** The longest wait in milliseconds. */
export const longestWaitMs = 60_000;

/**
 * Milliseconds to wait before an execution that is made again: a random part of the later half of a span that doubles each time.
 * Source: "Exponential Backoff and Jitter" (Brooker, 2015), equal jitter.
 *
 * @param attempts that there were, 1 or more
 */
export function retryWaitMs(attempts: number, random: () => number = Math.random): number {
  const span = Math.min(longestWaitMs, baseMs * 2 ** (attempts - 1));
  return span / 2 + (random() * span) / 2;
}
