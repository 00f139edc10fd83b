import type { FileStore } from './file-store.ts';

const folder = 'used';

/** Milliseconds since 1970 when each model was last used, by the hash of its key. */
export async function lastUses(files: FileStore): Promise<Map<string, number>> {
  const read = async (hash: string): Promise<[string, number]> => {
    const text = await (await files.read(`${folder}/${hash}`))?.text().catch(() => '');
    return [hash, Number(text) || 0];
  };
  return new Map(await Promise.all((await files.list(folder)).map(read)));
}

/** Says that a model was used now. A clock that was set back makes it no older than the others. */
export async function noteUse(files: FileStore, hash: string, now: number): Promise<void> {
  const last = Math.max(0, ...(await lastUses(files)).values());
  await files.put(`${folder}/${hash}`, new TextEncoder().encode(String(Math.max(now, last + 1))));
}

export async function forgetUses(files: FileStore, hash: string): Promise<void> {
  await files.remove(`${folder}/${hash}`);
}
