/** Raised when the layout of the store changes so that older versions of the library could not read it. */
const layout = 1;

/** What a namespace's files and locks are called: another layout, and another namespace, have their own. */
export function storeRoot(namespace: string): string {
  return `inpoint/${layout}/${encodeURIComponent(namespace)}`;
}

/**
 * What a kept model is held for: `use` keeps it from being removed by anybody, `look` only from having to make room for
 * others.
 */
export type Hold = 'use' | 'look';

/** The lock that everybody holds, shared, who needs what is kept under a key. */
export function useLock(root: string, key: string, hold: Hold): string {
  return `${root}/${hold}/${key}`;
}

/** Lets go of what is held. Twice is once. */
export type Release = () => void;

/**
 * Holds what is kept under a key until it is released or this page is gone. Resolves once that is so; where there are no
 * locks nothing is kept either.
 */
export async function holdModel(namespace: string, key: string, hold: Hold): Promise<Release> {
  const { locks } = navigator as { locks?: LockManager };
  if (!locks) return () => {};
  let release!: Release;
  const released = new Promise<void>((resolve) => (release = resolve));
  await new Promise<void>((resolve) => {
    const held = (): Promise<void> => {
      resolve();
      return released;
    };
    // A page that may keep nothing has no locks to give.
    locks.request(useLock(storeRoot(namespace), key, hold), { mode: 'shared' }, held).catch(() => resolve());
  });
  return release;
}
