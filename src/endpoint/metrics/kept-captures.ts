import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

/** A place for the captured calls of one endpoint on this device. */
export interface KeptCaptures {
  /** Keeps these too, and lets the oldest go as far as there are too many. */
  add(lines: readonly CapturedLine[], most: MostCaptures): Promise<void>;
  size(): Promise<CapturesSize>;
  /** JSON Lines, the oldest first. */
  export(): Promise<Blob>;
  clear(): Promise<void>;
}

/** A captured call as one line of JSON, without the line's end. */
export interface CapturedLine {
  readonly text: string;
  /** Of its UTF-8. */
  readonly bytes: number;
}

export interface MostCaptures {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

export interface CapturesSize {
  readonly records: number;
  readonly bytes: number;
}

interface Schema extends DBSchema {
  captures: { key: number; value: CapturedLine & { endpoint: string }; indexes: { endpoint: string } };
  sizes: { key: string; value: CapturesSize };
}

/** Versions of the library that keep captures in another way have another name. */
const databaseName = 'inpoint/1/captures';

/** Captures that are read at a time. */
const page = 100;

/**
 * Where the captured calls of an endpoint are kept: in IndexedDB, under its name.
 *
 * @throws (each of its functions) what the browser's database says, as where a page may keep nothing
 */
export function keptCaptures(endpoint: string): KeptCaptures {
  return {
    add: (lines, { maxRecords, maxBytes }) =>
      withDatabase(async (db) => {
        const work = db.transaction(['captures', 'sizes'], 'readwrite');
        const captures = work.objectStore('captures');
        const sizes = work.objectStore('sizes');
        let { records, bytes } = (await sizes.get(endpoint)) ?? { records: 0, bytes: 0 };
        for (const line of lines) {
          await captures.add({ ...line, endpoint });
          records++;
          bytes += line.bytes;
        }
        let oldest = await captures.index('endpoint').openCursor(endpoint);
        while (oldest && (records > maxRecords || bytes > maxBytes)) {
          records--;
          bytes -= oldest.value.bytes;
          await oldest.delete();
          oldest = await oldest.continue();
        }
        await sizes.put({ records, bytes }, endpoint);
        await work.done;
      }),
    size: () => withDatabase(async (db) => (await db.get('sizes', endpoint)) ?? { records: 0, bytes: 0 }),
    export: () =>
      withDatabase(async (db) => {
        const parts: Blob[] = [];
        let last = -Infinity;
        for (;;) {
          // A page in a transaction of its own: what is exported needs not fit into memory at once.
          const { store } = db.transaction('captures');
          let found = await store.index('endpoint').openCursor(endpoint);
          if (found && last > -Infinity && found.primaryKey <= last)
            found = await found.continuePrimaryKey(endpoint, last + 1);
          const texts: string[] = [];
          for (; found && texts.length < page; found = await found.continue()) {
            texts.push(`${found.value.text}\n`);
            last = found.primaryKey;
          }
          if (texts.length > 0) parts.push(new Blob(texts));
          if (!found) return new Blob(parts, { type: 'application/jsonl' });
        }
      }),
    clear: () =>
      withDatabase(async (db) => {
        const work = db.transaction(['captures', 'sizes'], 'readwrite');
        for (const key of await work.objectStore('captures').index('endpoint').getAllKeys(endpoint))
          await work.objectStore('captures').delete(key);
        await work.objectStore('sizes').delete(endpoint);
        await work.done;
      }),
  };
}

/** In a connection of its own: none stands in the way of a newer version, or of clearing. */
async function withDatabase<T>(work: (db: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
  const db = await openDB<Schema>(databaseName, 1, {
    upgrade(made) {
      made.createObjectStore('captures', { autoIncrement: true }).createIndex('endpoint', 'endpoint');
      made.createObjectStore('sizes');
    },
  });
  try {
    return await work(db);
  } finally {
    db.close();
  }
}
