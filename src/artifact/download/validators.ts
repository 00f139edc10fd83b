/** What a server says by which a later answer is known to be the same file. As sent; weak tags keep their `W/`. */
export interface Validators {
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

export function validatorsOf({ headers }: Response): Validators {
  return { etag: headers.get('etag') ?? undefined, lastModified: headers.get('last-modified') ?? undefined };
}

/**
 * Whether two answers are of the same bytes, as far as both say it: undefined where they have nothing in common to
 * compare. Another origin shows its tag only where it says so, and its date always.
 */
export function areSame(one: Validators, other: Validators): boolean | undefined {
  if (one.etag && other.etag) return strong(one.etag) === strong(other.etag);
  if (one.lastModified && other.lastModified) return one.lastModified === other.lastModified;
  return undefined;
}

/** Headers that ask for a file only if it has changed. */
export function ifChanged({ etag, lastModified }: Validators): Record<string, string> {
  if (etag) return { 'if-none-match': etag };
  return lastModified ? { 'if-modified-since': lastModified } : {};
}

/** Headers that ask for the rest only if the file has not changed; weak tags do not do for that (RFC 9110, 13.1.5). */
export function ifUnchanged({ etag, lastModified }: Validators): Record<string, string> {
  if (etag && !etag.startsWith('W/')) return { 'if-range': etag };
  return lastModified ? { 'if-range': lastModified } : {};
}

/** Servers that compress on the way mark their tag: `W/"x"`, or `"x-gzip"`. */
function strong(etag: string): string {
  return etag.replace(/^W\//, '').replace(/-gzip"$/, '"');
}
