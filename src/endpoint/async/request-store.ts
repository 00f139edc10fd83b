import type { DBSchema, IDBPDatabase, IDBPTransaction } from 'idb';
import { TurnLostError } from '../../turn.ts';
import type { EncodedError } from '../../worker/error-transport.ts';
import type { KeptInput } from './keep-input.ts';
import { longestWaitMs } from './retry-wait.ts';

/** What a request is for, and how far it is; without its input and its answer, which are kept beside it. */
export interface RequestRecord extends NewRequest {
  /** Those of one database in the order they were made. */
  readonly sequence: number;
  readonly state: RequestState;
  /** Times that its execution began. */
  readonly attempts: number;
  /** Times that whoever executed it went away in the middle of it. */
  readonly interruptions: number;
  /** Milliseconds since 1970 from which on it may be executed; only of those that are queued. */
  readonly dueAt?: number;
  /** That of the server which executes it; only of those in progress. */
  readonly token?: number;
  /** Those of one queue in the order they were settled; only of those that are. */
  readonly settled?: number;
  /** Milliseconds since 1970. */
  readonly settledAt?: number;
  /** Why it was not answered; why it was not answered the last time, of one that is tried again. */
  readonly error?: EncodedError;
}

/** How far a request is. */
export type RequestState = 'Queued' | 'InProgress' | SettledState;

/** How a request can end. */
export type SettledState = 'Completed' | 'Failed' | 'Expired';

/** A request as it is made. */
export interface NewRequest {
  readonly queue: string;
  readonly inferenceId: string;
  /** Digest of the model that answers it, and no other. */
  readonly version: string;
  /** Of the call itself. */
  readonly options: object;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  /** Milliseconds since 1970 from which on its execution does not begin any more. */
  readonly expiresAt?: number;
  /** Executions after the first that may follow a failure of the runtime. */
  readonly retries: number;
  /** What the visitor is notified with once it is settled. */
  readonly notify?: { readonly title: string; readonly body?: string };
  /** Files of its input, by their names. */
  readonly files: readonly string[];
}

/** What became of an execution. */
export type Outcome =
  | { readonly state: 'Completed'; readonly answer: unknown }
  | { readonly state: 'Failed' | 'Expired'; readonly error: EncodedError }
  /** It is executed once more. `error` is why; undefined where that was nobody's fault, and it does not count. */
  | { readonly state: 'Queued'; readonly dueAt: number; readonly error: EncodedError | undefined };

/** Requests that a server has to execute now. */
export interface Claim {
  readonly claimed: readonly { readonly record: RequestRecord; readonly input: KeptInput }[];
  /** Milliseconds since 1970 at which there is something to do again, if nothing is told before. */
  readonly nextAt: number;
}

interface Schema extends DBSchema {
  requests: {
    key: number;
    value: Omit<RequestRecord, 'sequence'> & { sequence?: number };
    indexes: {
      id: [queue: string, inferenceId: string];
      due: [queue: string, version: string, dueAt: number];
      running: [queue: string, version: string, token: number];
      expiring: [queue: string, expiresAt: number, dueAt: number];
      settled: [queue: string, settled: number];
    };
  };
  inputs: { key: number; value: KeptInput };
  answers: { key: number; value: unknown };
  counters: { key: [of: string, ...names: string[]]; value: number };
}

type StoreName = 'requests' | 'inputs' | 'answers' | 'counters';
type Writing = IDBPTransaction<Schema, StoreName[], 'readwrite'>;

/** Versions of the library that keep requests in another way have another name. */
const databaseName = 'inpoint/1/async';

const stores: StoreName[] = ['requests', 'inputs', 'answers', 'counters'];

/** Times that a request may be interrupted: one that brings the page down would do so for ever. */
export const mostInterruptions = 10;

/**
 * The requests of one queue in IndexedDB. What is written by a server carries the number of its turn, and a later turn has a
 * higher one: whoever was overtaken is refused within the transaction.
 *
 * @throws (each of its functions) what the browser's database says; `TurnLostError` where a later turn has begun
 */
export class RequestStore {
  readonly #queue: string;
  #opening: Promise<IDBPDatabase<Schema>> | undefined;

  constructor(queue: string) {
    this.#queue = queue;
  }

  /** Opens the database, so that it shows whether there is one. */
  async open(): Promise<void> {
    await this.#database();
  }

  /** Keeps a request. It is on the disk once this resolves. Where one of its name is kept already, that is what counts. */
  async add(request: NewRequest, input: KeptInput): Promise<{ record: RequestRecord; isNew: boolean }> {
    return this.#write('strict', async (tx) => {
      const there = await tx.objectStore('requests').index('id').get([this.#queue, request.inferenceId]);
      if (there) return { record: there as RequestRecord, isNew: false };
      const made = { ...request, state: 'Queued', attempts: 0, interruptions: 0, dueAt: request.madeAt } as const;
      const sequence = await tx.objectStore('requests').add(made);
      await tx.objectStore('inputs').add(input, sequence);
      return { record: { ...made, sequence }, isNew: true };
    });
  }

  /** A request by its name; undefined where there is none. */
  async find(inferenceId: string): Promise<RequestRecord | undefined> {
    const db = await this.#database();
    return (await db.getFromIndex('requests', 'id', [this.#queue, inferenceId])) as RequestRecord | undefined;
  }

  /** Its answer; of one that is not completed, or was removed meanwhile, undefined. */
  async answer({ sequence }: RequestRecord): Promise<unknown> {
    return (await this.#database()).get('answers', sequence);
  }

  /** Its input, as long as it is not completed. */
  async input({ sequence }: RequestRecord): Promise<KeptInput | undefined> {
    return (await this.#database()).get('inputs', sequence);
  }

  /** Versions of the model that there are requests for which are not settled. */
  async openVersions(): Promise<Set<string>> {
    const tx = (await this.#database()).transaction('requests');
    const versions = new Set<string>();
    for (const name of ['due', 'running'] as const) {
      const all = IDBKeyRange.bound([this.#queue], [this.#queue, []]);
      let cursor = await tx.store.index(name).openKeyCursor(all);
      while (cursor) {
        const [, version] = cursor.key;
        versions.add(version);
        // To the next version at once, however many requests of this one there are.
        cursor = await cursor.continue([this.#queue, version, Infinity]);
      }
    }
    return versions;
  }

  /** Those that were settled after the one of this number, in that order. */
  async settledAfter(settled: number): Promise<RequestRecord[]> {
    const range = IDBKeyRange.bound([this.#queue, settled], [this.#queue, Infinity], true);
    return (await (await this.#database()).getAllFromIndex('requests', 'settled', range)) as RequestRecord[];
  }

  /** The number of the one that was settled last. */
  async lastSettled(): Promise<number> {
    return (await (await this.#database()).get('counters', ['settled', this.#queue])) ?? 0;
  }

  /** Names of all files that inputs need. */
  async files(): Promise<Set<string>> {
    const db = await this.#database();
    const all = IDBKeyRange.bound([this.#queue], [this.#queue, []]);
    const records = await db.getAllFromIndex('requests', 'id', all);
    return new Set(records.flatMap(({ state, files }) => (state === 'Completed' ? [] : files)));
  }

  /**
   * Begins a turn as the server of a version. What the one before had begun is queued again, in its old place; what was
   * interrupted too often has failed.
   *
   * @param failure what that is told with
   * @returns the number of the turn, and what has failed
   */
  async beginTurn(
    version: string,
    now: number,
    failure: (record: RequestRecord) => EncodedError,
  ): Promise<{ token: number; failed: RequestRecord[] }> {
    return this.#write('strict', async (tx) => {
      const failed: RequestRecord[] = [];
      const token = await count(tx, ['turn', this.#queue, version]);
      const before = IDBKeyRange.bound([this.#queue, version], [this.#queue, version, token], false, true);
      for (const found of await tx.objectStore('requests').index('running').getAll(before)) {
        const record = { ...(found as RequestRecord), token: undefined };
        const interrupted = { ...record, interruptions: record.interruptions + 1 };
        if (interrupted.interruptions >= mostInterruptions) {
          await this.#settle(tx, interrupted, { state: 'Failed', error: failure(interrupted) }, now);
          failed.push({ ...interrupted, state: 'Failed' });
        } else await tx.objectStore('requests').put({ ...interrupted, state: 'Queued', dueAt: record.madeAt });
      }
      return { token, failed };
    });
  }

  /** Takes the oldest requests that are due. That they were begun is on record when this resolves. */
  async claim(version: string, token: number, limit: number, now: number): Promise<Claim> {
    return this.#write('relaxed', async (tx) => {
      await this.#checkTurn(tx, version, token);
      const requests = tx.objectStore('requests');
      const [expiring] = await requests
        .index('expiring')
        .getAll(IDBKeyRange.bound([this.#queue], [this.#queue, []]), 1);
      const range = IDBKeyRange.bound([this.#queue, version], [this.#queue, version, []]);
      const queued = (await requests.index('due').getAll(range, limit + 1)) as RequestRecord[];
      // Nothing waits longer than that but for a clock that was set back.
      const due = queued.slice(0, limit).filter(({ dueAt }) => dueAt! <= now || dueAt! > now + longestWaitMs);
      const claimed = await Promise.all(
        due.map(async (record) => {
          const attempts = record.attempts + 1;
          // Undefined is in no index.
          const begun = { ...record, state: 'InProgress', dueAt: undefined, token, attempts } as const;
          await requests.put(begun);
          return { record: begun, input: (await tx.objectStore('inputs').get(record.sequence))! };
        }),
      );
      const next = queued[due.length];
      return { claimed, nextAt: Math.min(next?.dueAt ?? Infinity, expiring?.expiresAt ?? Infinity) };
    });
  }

  /**
   * Commits what became of an execution: all of it or nothing, and only in this very turn.
   *
   * @returns false where the request was removed meanwhile
   */
  async commit(version: string, token: number, sequence: number, outcome: Outcome, now: number): Promise<boolean> {
    return this.#write('strict', async (tx) => {
      await this.#checkTurn(tx, version, token);
      const found = await tx.objectStore('requests').get(sequence);
      if (found?.token !== token) return false;
      const record = { ...(found as RequestRecord), token: undefined };
      if (outcome.state !== 'Queued') {
        await this.#settle(tx, record, outcome, now);
        return true;
      }
      const { dueAt, error } = outcome;
      const again = error ? { error } : { attempts: record.attempts - 1 };
      await tx.objectStore('requests').put({ ...record, ...again, state: 'Queued', dueAt });
      return true;
    });
  }

  /** Settles those whose time is over before their execution began, of whichever version. @returns them */
  async expire(now: number, failure: (record: RequestRecord) => EncodedError): Promise<RequestRecord[]> {
    const range = IDBKeyRange.bound([this.#queue], [this.#queue, now, Infinity]);
    const db = await this.#database();
    if ((await db.countFromIndex('requests', 'expiring', range)) === 0) return [];
    return this.#write('strict', async (tx) => {
      const late = (await tx.objectStore('requests').index('expiring').getAll(range)) as RequestRecord[];
      for (const record of late) await this.#settle(tx, record, { state: 'Expired', error: failure(record) }, now);
      return late.map((record) => ({ ...record, state: 'Expired' }));
    });
  }

  /**
   * Removes a request with all that belongs to it, unless `mayRemove` says no.
   *
   * @returns the request; undefined where there is none
   */
  async remove(
    inferenceId: string,
    mayRemove: (record: RequestRecord) => boolean,
  ): Promise<{ record: RequestRecord; isRemoved: boolean } | undefined> {
    return this.#write('strict', async (tx) => {
      const record = (await tx.objectStore('requests').index('id').get([this.#queue, inferenceId])) as
        | RequestRecord
        | undefined;
      if (!record) return undefined;
      if (!mayRemove(record)) return { record, isRemoved: false };
      for (const name of ['requests', 'inputs', 'answers'] as const) await tx.objectStore(name).delete(record.sequence);
      return { record, isRemoved: true };
    });
  }

  /** Closes the connection. What is asked afterwards opens another one. */
  close(): void {
    const opening = this.#opening;
    this.#opening = undefined;
    opening?.then(
      (db) => db.close(),
      () => {},
    );
  }

  async #settle(
    tx: Writing,
    record: RequestRecord,
    outcome: Exclude<Outcome, { state: 'Queued' }>,
    now: number,
  ): Promise<void> {
    const settled = await count(tx, ['settled', this.#queue]);
    const { sequence } = record;
    const end = { ...record, state: outcome.state, dueAt: undefined, settled, settledAt: now };
    if (outcome.state !== 'Completed') {
      await tx.objectStore('requests').put({ ...end, error: outcome.error });
      return;
    }
    await tx.objectStore('requests').put({ ...end, error: undefined });
    await tx.objectStore('answers').put(outcome.answer, sequence);
    await tx.objectStore('inputs').delete(sequence);
  }

  async #checkTurn(tx: Writing, version: string, token: number): Promise<void> {
    if ((await tx.objectStore('counters').get(['turn', this.#queue, version])) !== token) throw new TurnLostError();
  }

  /** Does work in one transaction. What it throws undoes all of it. */
  async #write<T>(durability: IDBTransactionDurability, work: (tx: Writing) => Promise<T>): Promise<T> {
    const tx = (await this.#database()).transaction(stores, 'readwrite', { durability });
    try {
      const [done] = await Promise.all([work(tx), tx.done]);
      return done;
    } catch (error) {
      tx.done.catch(() => {});
      try {
        tx.abort();
      } catch {
        // It has ended already.
      }
      throw tx.error ?? error;
    }
  }

  #database(): Promise<IDBPDatabase<Schema>> {
    if (this.#opening) return this.#opening;
    const forget = (): void => {
      if (this.#opening === opening) this.#opening = undefined;
    };
    const opening = openRequests(forget);
    opening.catch(forget);
    this.#opening = opening;
    return opening;
  }
}

/** @param forget is told when the connection is closed by somebody else */
async function openRequests(forget: () => void): Promise<IDBPDatabase<Schema>> {
  // A file that conversations use too.
  const { openDB } = await import('idb');
  const opening: Promise<IDBPDatabase<Schema>> = openDB<Schema>(databaseName, 1, {
    upgrade(db) {
      const requests = db.createObjectStore('requests', { keyPath: 'sequence', autoIncrement: true });
      requests.createIndex('id', ['queue', 'inferenceId'], { unique: true });
      requests.createIndex('due', ['queue', 'version', 'dueAt']);
      requests.createIndex('running', ['queue', 'version', 'token']);
      requests.createIndex('expiring', ['queue', 'expiresAt', 'dueAt']);
      requests.createIndex('settled', ['queue', 'settled']);
      for (const name of ['inputs', 'answers', 'counters'] as const) db.createObjectStore(name);
    },
    // Nobody who clears the data of this site, or has a newer version, waits for this connection.
    blocking: () => {
      forget();
      opening.then((db) => db.close()).catch(() => {});
    },
    terminated: forget,
  });
  return opening;
}

/** The next number of a kind. */
async function count(tx: Writing, key: Schema['counters']['key']): Promise<number> {
  const next = ((await tx.objectStore('counters').get(key)) ?? 0) + 1;
  await tx.objectStore('counters').put(next, key);
  return next;
}
