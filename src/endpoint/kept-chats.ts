import type { DBSchema, IDBPDatabase } from 'idb';
import type { ChatExport } from './chat.ts';

/** A place for one conversation on this device. */
export interface KeptChat {
  get(): Promise<ChatExport | undefined>;
  /** Keeps it as it is now; the last one to be put is what is kept. */
  put(chat: ChatExport): Promise<void>;
  delete(): Promise<void>;
}

interface Schema extends DBSchema {
  chats: { key: [endpoint: string, name: string]; value: ChatExport };
}

/** Versions of the library that keep conversations in another way have another name. */
const databaseName = 'inpoint/1/chats';

/**
 * Where a conversation is kept: in IndexedDB, under the names of the endpoint and its own.
 *
 * @throws (each of its functions) what the browser's database says, as where a page may keep nothing
 */
export function keptChat(endpoint: string, name: string): KeptChat {
  const key: [string, string] = [endpoint, name];
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other, in a connection of its own: none stands in the way of a newer version, or of clearing. */
  const turn = <T>(work: (db: IDBPDatabase<Schema>) => Promise<T>): Promise<T> => {
    const next = last.then(async () => {
      // Fetched where something is kept.
      const { openDB } = await import('idb');
      const db = await openDB<Schema>(databaseName, 1, { upgrade: (made) => void made.createObjectStore('chats') });
      try {
        return await work(db);
      } finally {
        db.close();
      }
    });
    last = next.catch(() => {});
    return next;
  };
  return {
    get: () => turn((db) => db.get('chats', key)),
    put: (chat) => turn(async (db) => void (await db.put('chats', chat, key))),
    delete: () => turn((db) => db.delete('chats', key)),
  };
}
