import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Progressed } from '../sink.ts';

/** What is kept of a job beside its output. */
export interface KeptJob {
  readonly name: string;
  /** Who may write to it: another that took it over has put its own here. */
  readonly owner: string;
  /** What it was begun with, as JSON: another input, other options and another model are another job. */
  readonly identity: Readonly<Record<string, string>>;
  /** Whether nobody will come back for it. */
  readonly isTemporary: boolean;
  readonly isDone: boolean;
}

/** A checkpoint: a part of the output that is on the disk, and where the job stands behind it. */
export interface KeptPart {
  /** The name of its file. */
  readonly file: string;
  readonly size: number;
  /** SHA-256 in hexadecimal digits. */
  readonly digest: string;
  readonly at: Progressed;
  /** What the writer has to know to go on. */
  readonly writer: unknown;
}

interface Schema extends DBSchema {
  jobs: { key: string; value: KeptJob };
  parts: { key: [job: string, number: number]; value: KeptPart };
}

/** Versions of the library that keep jobs in another way have another name. */
const databaseName = 'inpoint/1/transforms';

/** All jobs that are kept. */
export function listJobs(): Promise<KeptJob[]> {
  return withDatabase((db) => db.getAll('jobs'));
}

/** A job and its checkpoints in order; undefined of one that is not kept. */
export function loadJob(name: string): Promise<{ job: KeptJob; parts: KeptPart[] } | undefined> {
  return withDatabase(async (db) => {
    const transaction = db.transaction(['jobs', 'parts']);
    const job = await transaction.objectStore('jobs').get(name);
    const parts = await transaction.objectStore('parts').getAll(partsOf(name));
    return job && { job, parts };
  });
}

/** Takes a job over, or begins it: of its checkpoints only the first ones are left. */
export function putJob(job: KeptJob, partCount: number): Promise<void> {
  return withDatabase(async (db) => {
    const transaction = db.transaction(['jobs', 'parts'], 'readwrite', { durability: 'strict' });
    await Promise.all([
      transaction.objectStore('jobs').put(job),
      transaction.objectStore('parts').delete(partsOf(job.name, partCount)),
      transaction.done,
    ]);
  });
}

/** Adds a checkpoint. False where the job is somebody else's by now, and then nothing was changed. */
export function putPart(job: KeptJob, number: number, part: KeptPart): Promise<boolean> {
  return withDatabase(async (db) => {
    const transaction = db.transaction(['jobs', 'parts'], 'readwrite', { durability: 'strict' });
    const jobs = transaction.objectStore('jobs');
    const isOurs = (await jobs.get(job.name))?.owner === job.owner;
    if (isOurs) await Promise.all([jobs.put(job), transaction.objectStore('parts').put(part, [job.name, number])]);
    await transaction.done;
    return isOurs;
  });
}

export function deleteJob(name: string): Promise<void> {
  return withDatabase(async (db) => {
    const transaction = db.transaction(['jobs', 'parts'], 'readwrite');
    await Promise.all([
      transaction.objectStore('jobs').delete(name),
      transaction.objectStore('parts').delete(partsOf(name)),
      transaction.done,
    ]);
  });
}

function partsOf(name: string, from: number = 0): IDBKeyRange {
  return IDBKeyRange.bound([name, from], [name, Infinity]);
}

/** In a connection of its own: none stands in the way of a newer version, or of clearing. */
async function withDatabase<T>(work: (db: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
  const db = await openDB<Schema>(databaseName, 1, {
    upgrade(made) {
      made.createObjectStore('jobs', { keyPath: 'name' });
      made.createObjectStore('parts');
    },
  });
  try {
    return await work(db);
  } finally {
    db.close();
  }
}
