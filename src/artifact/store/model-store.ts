import { StoreError } from '../../errors.ts';
import { isSound } from '../chunk-hasher.ts';
import { sha256Hex } from '../file-digest.ts';
import { useLock, type Hold } from '../../use-lock.ts';
import type { FileStore } from './file-store.ts';
import { jobFolder, jobFolders, lastMarkedAt, pieceIn, type JobFolder } from './incoming.ts';
import { forgetUses, lastUses, noteUse } from './last-uses.ts';
import { adopt, placeOf, removeOthers, replacePiece, type NewPiece } from './pieces.ts';
import {
  lastFence,
  publishDraft,
  readDraft,
  readRecord,
  readRecords,
  removeDraft,
  removeRecords,
  versionsOf,
  writeDraft,
  writeRecord,
  type KeptVersion,
  type ModelRecord,
} from './records.ts';
import { inTurn, TurnLostError, type Turn, type TurnOptions } from '../../turn.ts';

/** What a tab does with one key while no other tab does. */
export interface Job {
  readonly key: string;
  /** That of the next record it writes: higher than that of each job before. */
  fence: number;
  /** Where its unfinished files are. A job may go on in that of an earlier one. */
  folder: string;
  readonly turn: Turn;
}

/** What a record says but for whose it is. */
type RecordBody = Omit<ModelRecord, 'format' | 'fence' | 'key' | 'checkedAt'>;

/** What is new of a record. */
export type RecordChange = Pick<ModelRecord, 'name' | 'url' | 'validators' | 'freshUntil'>;

/**
 * The models that are kept in one namespace. A model is there whole or not at all: its files are moved to where they
 * stay when all of them are written, and count from when the record that names them is.
 */
export class ModelStore {
  readonly files: FileStore;
  readonly #root: string;
  readonly #now: () => number;

  /**
   * @param root what its locks are called by, the same for all who share `files`
   * @param now milliseconds since 1970
   */
  constructor(files: FileStore, root: string, now: () => number = Date.now) {
    this.files = files;
    this.#root = root;
    this.#now = now;
  }

  /** The record of a key; undefined where nothing is kept under it. */
  async find(key: string): Promise<ModelRecord | undefined> {
    return readRecord(this.files, await hashOf(key));
  }

  /** All records, that of the model used last first. */
  async records(): Promise<{ record: ModelRecord; lastUsedAt: number }[]> {
    const uses = await lastUses(this.files);
    const records = await readRecords(this.files);
    const dated = records.map(async (record) => ({
      record,
      lastUsedAt: uses.get(await hashOf(record.key)) ?? record.current.storedAt,
    }));
    return (await Promise.all(dated)).toSorted((a, b) => b.lastUsedAt - a.lastUsedAt);
  }

  /**
   * Does work on a key alone among all tabs.
   *
   * @throws {TurnLostError} when this tab was taken for frozen
   */
  async work<T>(key: string, work: (job: Job) => Promise<T>, options: TurnOptions = {}): Promise<T> {
    const hash = await hashOf(key);
    return inTurn(
      this.#turnOf(hash),
      async (turn) => {
        const [latest] = await this.#foldersOf(hash);
        const fence = Math.max(latest?.fence ?? 0, await lastFence(this.files, hash)) + 1;
        return work({ key, fence, folder: jobFolder(hash, fence).path, turn });
      },
      options,
    );
  }

  /** Folders that earlier jobs on the key left unfinished, the latest first. */
  async unfinished({ key, fence }: Job): Promise<string[]> {
    const folders = await this.#foldersOf(await hashOf(key));
    return folders.filter((folder) => folder.fence < fence).map(({ path }) => path);
  }

  /**
   * Makes what a job has written the current version of its key; the one before becomes the previous one. When there is
   * no room for its record all of it stays where it was, and it can be done again.
   *
   * @throws {TurnLostError} when another tab took over meanwhile
   */
  async commit(job: Job, version: KeptVersion, change: RecordChange): Promise<ModelRecord> {
    return this.#alone(async () => {
      const before = await this.find(job.key);
      const previous = before?.current.digest === version.digest ? before.previous : before?.current;
      const record = this.#recordOf(job, { ...change, current: version, previous });
      await this.#checkTurn(job, record.fence);
      // Before all else: it is what needs room, and whoever finds it finishes what was begun.
      await writeDraft(this.files, job.folder, record);
      await this.#publish(job, job.folder, record);
      job.fence++;
      return record;
    });
  }

  /**
   * Finishes a commit in the middle of which an earlier tab was ended.
   *
   * @returns undefined where there is none, or what it was about is not there any more as it was written
   */
  async finishCommit(job: Job): Promise<ModelRecord | undefined> {
    const [folder] = await this.unfinished(job);
    const record = folder === undefined ? undefined : await readDraft(this.files, folder);
    if (!record) return undefined;
    return this.#alone(async () => {
      // Another tab has taken over and kept something since.
      if ((await lastFence(this.files, await hashOf(job.key))) >= record.fence) return undefined;
      for (const [index, piece] of record.current.pieces.entries()) {
        const there = (await this.files.open(pieceIn(folder!, index))) ?? (await this.files.open(placeOf(piece)));
        if (await isSound(there, piece)) continue;
        // Whoever goes on in this folder writes other bytes under the same names.
        await removeDraft(this.files, folder!);
        return undefined;
      }
      await this.#publish(job, folder!, record);
      return record;
    });
  }

  /** Notes what the server said of a version that is kept already. */
  async refresh(job: Job, record: ModelRecord, change: Partial<RecordChange>): Promise<ModelRecord> {
    return this.#alone(() => this.#write(job, { ...record, ...change }));
  }

  /** Puts sound pieces in the place of damaged ones. */
  async replace(pieces: readonly NewPiece[]): Promise<void> {
    await this.#alone(async () => {
      for (const piece of pieces) await replacePiece(this.files, piece);
    });
  }

  /** The version before becomes the current one, and the current one the version before. */
  async rollBack(key: string): Promise<ModelRecord> {
    return this.work(key, async (job) => {
      const record = await this.find(key);
      if (!record?.previous) {
        throw new StoreError(
          'not-kept',
          `Cannot roll back ${JSON.stringify(key)}: ${record ? 'no version before it is kept' : 'nothing is kept under this key'}.`,
        );
      }
      const { current, previous } = record;
      return this.#alone(() => this.#write(job, { ...record, current: previous, previous: current }));
    });
  }

  /**
   * Removes all that is kept under a key, what an unfinished download left too.
   *
   * @returns whether there was anything
   * @throws {StoreError} `model-in-use`
   */
  async remove(key: string): Promise<boolean> {
    const hash = await hashOf(key);
    const removed = await this.#unlessHeld(key, 'use', () =>
      this.#alone(async () => {
        const folders = await this.#foldersOf(hash);
        const was = folders.length > 0 || (await lastFence(this.files, hash)) > 0;
        await removeRecords(this.files, hash);
        await forgetUses(this.files, hash);
        for (const { path } of folders) await this.files.remove(path);
        await this.#sweep();
        return was;
      }),
    );
    if (removed !== undefined) return removed;
    throw new StoreError(
      'model-in-use',
      `Cannot remove ${JSON.stringify(key)}: an endpoint of this or another tab serves it, or it is being downloaded. Close that first.`,
    );
  }

  /** Says that a model was used now. A clock that was set back makes it no older than the others. */
  async touch(key: string): Promise<void> {
    await noteUse(this.files, await hashOf(key), this.#now());
  }

  /** Whether any tab holds the model of a key: serves or downloads it, or has its artifact. */
  async isHeld(key: string, hold: Hold): Promise<boolean> {
    // Asked and not tried: whoever tries takes the lock for a moment, and another tab that lists at that time would see it.
    const name = useLock(this.#root, key, hold);
    return (await navigator.locks.query()).held!.some((lock) => lock.name === name && lock.mode === 'shared');
  }

  /** Removes a model unless any tab holds it. @returns whether it did */
  async evict(key: string): Promise<boolean> {
    const evicted = await this.#unlessHeld(key, 'look', () => this.remove(key).catch(unlessInUse));
    return evicted ?? false;
  }

  /**
   * Forgets the version before the current one, unless any tab uses the model.
   *
   * @param within the job that this tab does: it has the turn of that key already, and its use does not count
   */
  async forgetPrevious({ key }: ModelRecord, within: Job): Promise<void> {
    const forget = (job: Job): Promise<void> =>
      this.#alone(async () => {
        const now = await this.find(key);
        if (!now?.previous) return;
        await this.#write(job, { ...now, previous: undefined });
        await this.#sweep();
      });
    if (key === within.key) await forget(within);
    else await this.#unlessHeld(key, 'use', () => this.work(key, forget));
  }

  /** Removes what unfinished downloads left, but that of a job and of those that a tab is at. */
  async removeAbandoned(except?: Job): Promise<void> {
    for (const folder of await jobFolders(this.files)) {
      if (folder.path !== except?.folder) await this.#removeUnfinished(folder);
    }
    // What a commit among them had moved, too.
    await this.#alone(() => this.#sweep());
  }

  /** Removes unfinished downloads that cannot be gone on with, and those that nobody came back for. */
  async #tidy(): Promise<void> {
    for (const folder of await jobFolders(this.files)) {
      const markedAt = await lastMarkedAt(this.files, folder);
      if (markedAt === undefined || this.#now() - markedAt > forgottenMs) await this.#removeUnfinished(folder);
    }
  }

  /** Removes what a job left, unless a tab is at it. */
  async #removeUnfinished({ hash, path }: JobFolder): Promise<void> {
    await navigator.locks.request(this.#turnOf(hash), { ifAvailable: true }, async (free) => {
      if (free) await this.files.remove(path).catch(() => {});
    });
  }

  async #write(job: Job, change: RecordBody): Promise<ModelRecord> {
    const hash = await hashOf(job.key);
    const record = this.#recordOf(job, change);
    await this.#checkTurn(job, record.fence);
    await writeRecord(this.files, hash, record);
    job.fence++;
    return record;
  }

  /** Moves pieces to where they stay, and has the record that names them count. */
  async #publish(job: Job, folder: string, record: ModelRecord): Promise<void> {
    for (const [index, piece] of record.current.pieces.entries()) {
      await adopt(this.files, { ...piece, from: pieceIn(folder, index) });
    }
    await this.#checkTurn(job, record.fence);
    await publishDraft(this.files, folder, await hashOf(job.key), record);
    await this.files.remove(folder);
    await this.#tidy();
    await this.#sweep();
  }

  #recordOf({ key, fence }: Job, change: RecordBody): ModelRecord {
    return { ...change, format: 1, key, fence, checkedAt: this.#now() };
  }

  async #checkTurn({ key, turn }: Job, fence: number): Promise<void> {
    if (turn.lost.aborted || (await lastFence(this.files, await hashOf(key))) >= fence) throw new TurnLostError();
  }

  /** Removes files that no record names, nor that of a commit which is yet to be finished, or made again. */
  async #sweep(): Promise<void> {
    const records = await readRecords(this.files);
    const folders = await jobFolders(this.files);
    const drafts = await Promise.all(folders.map(({ path }) => readDraft(this.files, path)));
    const versions = [...records, ...drafts.filter((draft) => draft !== undefined)].flatMap(versionsOf);
    await removeOthers(
      this.files,
      versions.flatMap(({ pieces }) => pieces),
    );
  }

  /** Folders of jobs on a key, the latest first. */
  async #foldersOf(hash: string): Promise<JobFolder[]> {
    return (await jobFolders(this.files)).filter((folder) => folder.hash === hash);
  }

  /** What the lock is called whose holder has the turn of a key. */
  #turnOf(hash: string): string {
    return `${this.#root}/key/${hash}`;
  }

  /** What changes the files that keys share is done by one at a time. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    return inTurn(`${this.#root}/commit`, work);
  }

  async #unlessHeld<T>(key: string, hold: Hold, work: () => Promise<T>): Promise<T | undefined> {
    return navigator.locks.request(useLock(this.#root, key, hold), { ifAvailable: true }, async (lock) =>
      lock ? work() : undefined,
    );
  }
}

/** Milliseconds that an unfinished download waits to be gone on with. */
const forgottenMs = 14 * 24 * 3600 * 1000;

/** What a key is called in names of files. */
async function hashOf(key: string): Promise<string> {
  return (await sha256Hex(new TextEncoder().encode(key))).slice(0, 32);
}

function unlessInUse(error: unknown): false {
  if (error instanceof StoreError && error.code === 'model-in-use') return false;
  throw error;
}
