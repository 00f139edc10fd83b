/** Raised when the layout of the store changes so that older versions of the library could not read it. */
const layout = 1;

/** What a namespace's files and locks are called: another layout, and another namespace, have their own. */
export function storeRoot(namespace: string): string {
  return `inpoint/${layout}/${encodeURIComponent(namespace)}`;
}

/** The lock that everybody holds, shared, who uses what is kept under a key. */
export function useLock(root: string, key: string): string {
  return `${root}/use/${key}`;
}

/** Lets go of what is held. Twice is once. */
export type Release = () => void;

/**
 * Keeps what is kept under a key from being removed, by any tab, until it is released or this page is gone. Resolves once
 * that is so; where there are no locks nothing is kept either.
 */
export async function holdInUse(namespace: string, key: string): Promise<Release> {
  const { locks } = navigator as { locks?: LockManager };
  if (!locks) return () => {};
  let release!: Release;
  const released = new Promise<void>((resolve) => (release = resolve));
  await new Promise<void>((resolve) => {
    const hold = (): Promise<void> => {
      resolve();
      return released;
    };
    // A page that may keep nothing has no locks to give.
    locks.request(useLock(storeRoot(namespace), key), { mode: 'shared' }, hold).catch(() => resolve());
  });
  return release;
}
