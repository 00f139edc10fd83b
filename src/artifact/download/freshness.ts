/**
 * Up to when an answer holds without asking again, in milliseconds since 1970 by the clock of this device; undefined
 * where the server does not say.
 * Source: RFC 9111, section 4.2. A private cache takes no notice of `s-maxage`.
 *
 * @param now when the answer came
 */
export function freshUntil({ headers }: Response, now: number): number | undefined {
  const control = headers.get('cache-control')?.toLowerCase() ?? '';
  if (/\bno-(cache|store)\b/.test(control)) return now;
  const age = Math.max(Number(headers.get('age') ?? 0) || 0, 0);
  const maxAge = /(?:^|[\s,])max-age\s*=\s*"?(\d+)/.exec(control)?.[1];
  if (maxAge !== undefined) return now + (Math.min(Number(maxAge), mostSeconds) - age) * 1000;
  if (/\bimmutable\b/.test(control)) return now + yearMs;
  const expires = Date.parse(headers.get('expires') ?? '');
  const date = Date.parse(headers.get('date') ?? '');
  // The server's clock may differ from this one, so only the span between its two times counts.
  if (!Number.isNaN(expires) && !Number.isNaN(date)) return now + Math.max(0, expires - date) - age * 1000;
  return undefined;
}

/** The most that a server can state, in seconds (RFC 9111, 1.2.2). */
const mostSeconds = 2 ** 31;

const yearMs = 365 * 24 * 3600 * 1000;
