import { cacheStore } from '../artifact/store/cache-storage.ts';
import type { FileStore } from '../artifact/store/file-store.ts';
import { opfsStore } from '../artifact/store/opfs.ts';
import type { StorageFindings } from './device-report.ts';
import { inTime, tried } from './tried.ts';

/** Tries where something can be kept, under a name that is nobody else's, and leaves nothing. Only for a worker. */
export async function probeStorage(): Promise<StorageFindings> {
  const name = `device-${Math.random().toString(36).slice(2)}`;
  const { storage, locks } = navigator as { storage?: StorageManager; locks?: LockManager };
  const [opfs, cacheStorage, indexed, webLocks, estimate, isPersisted] = await Promise.all([
    tried(() => tryFiles(name)),
    tried(() => tryCache(name)),
    tried(() => tryDatabase(`inpoint-${name}`)),
    tried(() => locks?.request(`inpoint/${name}`, () => true) ?? false),
    inTime(async () => storage?.estimate?.()).catch(() => undefined),
    inTime(async () => storage?.persisted?.()).catch(() => undefined),
  ]);
  return {
    opfs,
    cacheStorage,
    indexedDB: indexed,
    webLocks,
    usageBytes: estimate?.usage,
    quotaBytes: estimate?.quota,
    isPersisted,
  };
}

async function tryFiles(name: string): Promise<boolean> {
  if (!navigator.storage?.getDirectory) return false;
  try {
    await tryStore(await opfsStore(`inpoint/${name}`));
  } finally {
    const own = await (await navigator.storage.getDirectory()).getDirectoryHandle('inpoint');
    await own.removeEntry(name, { recursive: true });
  }
  return true;
}

async function tryCache(name: string): Promise<boolean> {
  if (typeof caches === 'undefined') return false;
  try {
    await tryStore(await cacheStore(`inpoint/${name}`));
  } finally {
    await caches.delete(`inpoint/${name}`);
  }
  return true;
}

/** Does with a few bytes what is done with a model. */
async function tryStore(files: FileStore): Promise<void> {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  await files.put('written', bytes);
  await files.move('written', 'moved');
  const file = await files.open('moved');
  if (!file) throw new Error('what was written is not there');
  try {
    const read = await file.read(0, new Uint8Array(bytes.length));
    if (read.length !== bytes.length || read.some((byte, index) => byte !== bytes[index]))
      throw new Error('what was read is not what was written');
  } finally {
    file.close();
  }
}

async function tryDatabase(name: string): Promise<boolean> {
  if (typeof indexedDB === 'undefined') return false;
  try {
    (await answered(indexedDB.open(name))).close();
  } finally {
    await answered(indexedDB.deleteDatabase(name));
  }
  return true;
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the database cannot be opened'));
  });
}
