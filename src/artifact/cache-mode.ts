import type { ModelRecord } from './store/index.ts';

/** What is done with what is kept; the names and their sense are those of `fetch()`. */
export type CacheMode = 'default' | 'no-cache' | 'reload' | 'force-cache' | 'only-if-cached' | 'no-store';

/** What to do first. */
export type FirstStep =
  /** Take what is kept. */
  | 'use'
  /** Ask the server whether it has changed, and take what is kept if not. */
  | 'ask'
  /** Ask, and take what is kept where the server cannot be reached. */
  | 'ask-or-use'
  /** Download it, whatever is kept. */
  | 'download'
  /** Nothing is kept, and nothing may be downloaded. */
  | 'fail';

/**
 * Decides by what is kept, and by the clock. What is kept is fresh up to the time that the server stated; a clock that
 * was set back behind the last answer of the server says nothing about that.
 *
 * @param integrity that of the archive, where the caller stated one: the same bytes need not be asked for
 */
export function firstStep(
  mode: CacheMode,
  record: ModelRecord | undefined,
  now: number,
  integrity: string | undefined,
): FirstStep {
  const kept = record && (integrity === undefined || record.current.integrity === integrity) ? record : undefined;
  switch (mode) {
    case 'only-if-cached':
      return kept ? 'use' : 'fail';
    case 'force-cache':
      return kept ? 'use' : 'download';
    case 'reload':
    case 'no-store':
      return 'download';
    case 'no-cache':
      return kept ? 'ask' : 'download';
    default:
      if (!kept) return 'download';
      return integrity !== undefined || isFresh(kept, now) ? 'use' : 'ask-or-use';
  }
}

function isFresh({ freshUntil = 0, checkedAt }: ModelRecord, now: number): boolean {
  return checkedAt <= now && now < freshUntil;
}
