import { StoreError } from '../../errors.ts';
import { isSound } from '../chunk-hasher.ts';
import { sha256Hex } from '../file-digest.ts';
import { useLock, type Hold } from '../../use-lock.ts';
import type { FileStore } from './file-store.ts';
import { forgetUses, lastUses, noteUse } from './last-uses.ts';
import {
  lastFence,
  publishDraft,
  readDraft,
  readRecord,
  readRecords,
  removeRecords,
  versionsOf,
  writeDraft,
  writeRecord,
  type KeptPiece,
  type KeptVersion,
  type ModelRecord,
} from './records.ts';
import { inTurn, TurnLostError, type Turn, type TurnOptions } from './turn.ts';

/** What a tab does with one key while no other tab does. */
export interface Job {
  readonly key: string;
  /** That of the next record it writes: higher than that of each job before. */
  fence: number;
  /** Where its unfinished files are. A job may go on in that of an earlier one. */
  folder: string;
  readonly turn: Turn;
}

/** A piece that lies in a job's folder. */
export interface NewPiece extends KeptPiece {
  readonly from: string;
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
      `${this.#root}/key/${hash}`,
      async (turn) => {
        const begun = (await this.files.list('incoming')).flatMap((name) => fenceOf(name, hash));
        const fence = Math.max(0, await lastFence(this.files, hash), ...begun) + 1;
        return work({ key, fence, folder: `incoming/${hash}.${fence}`, turn });
      },
      options,
    );
  }

  /** Folders that earlier jobs on the key left unfinished, the latest first. */
  async unfinished({ key, fence }: Job): Promise<string[]> {
    const hash = await hashOf(key);
    return (await this.files.list('incoming'))
      .filter((name) => fenceOf(name, hash).some((other) => other < fence))
      .toSorted((a, b) => fenceOf(b, hash)[0]! - fenceOf(a, hash)[0]!)
      .map((name) => `incoming/${name}`);
  }

  /**
   * Makes what a job has written the current version of its key; the one before becomes the previous one. When there is
   * no room for its record all of it stays where it was, and it can be done again.
   *
   * @throws {TurnLostError} when another tab took over meanwhile
   */
  async commit(job: Job, version: KeptVersion, change: RecordChange): Promise<ModelRecord> {
    const made = await this.#alone(async () => {
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
    await this.#tidy();
    return made;
  }

  /**
   * Finishes a commit in the middle of which an earlier tab was ended.
   *
   * @returns undefined where there is none, or what it was about is not there any more
   */
  async finishCommit(job: Job): Promise<ModelRecord | undefined> {
    const [folder] = await this.unfinished(job);
    const record = folder === undefined ? undefined : await readDraft(this.files, folder);
    if (!record) return undefined;
    return this.#alone(async () => {
      // Another tab has taken over and kept something since.
      if ((await lastFence(this.files, await hashOf(job.key))) >= record.fence) return undefined;
      for (const [index, piece] of record.current.pieces.entries()) {
        const there = (await this.files.read(pieceIn(folder!, index))) ?? (await this.files.read(placeOf(piece)));
        if (!there) return undefined;
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
      for (const piece of pieces) {
        await this.files.remove(placeOf(piece));
        await this.files.move(piece.from, placeOf(piece));
      }
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
        const was = (await lastFence(this.files, hash)) > 0;
        await removeRecords(this.files, hash);
        await forgetUses(this.files, hash);
        for (const name of await this.files.list('incoming')) {
          if (fenceOf(name, hash).length > 0) await this.files.remove(`incoming/${name}`);
        }
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
    for (const name of await this.files.list('incoming')) {
      if (`incoming/${name}` !== except?.folder) await this.#removeUnfinished(name);
    }
  }

  /** Removes unfinished downloads that cannot be gone on with, and those that nobody came back for. */
  async #tidy(): Promise<void> {
    for (const name of await this.files.list('incoming')) {
      const journal = await this.files.read(`incoming/${name}/journal`);
      const age = journal instanceof File ? this.#now() - journal.lastModified : Infinity;
      if (age > forgottenMs) await this.#removeUnfinished(name);
    }
  }

  /** Removes what a job left, unless a tab is at it. */
  async #removeUnfinished(name: string): Promise<void> {
    const lock = `${this.#root}/key/${name.split('.', 1)[0]!}`;
    await navigator.locks.request(lock, { ifAvailable: true }, async (free) => {
      if (free) await this.files.remove(`incoming/${name}`).catch(() => {});
    });
  }

  /** Moves a piece to where it stays. One that is there already, and is sound, stays: others may be reading it. */
  async #adopt(piece: NewPiece): Promise<void> {
    const place = placeOf(piece);
    const there = await this.files.open(place);
    if (there) {
      if (await isSound(there, piece)) return this.files.remove(piece.from);
      await this.files.remove(place);
    }
    await this.files.move(piece.from, place);
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
      await this.#adopt({ ...piece, from: pieceIn(folder, index) });
    }
    await this.#checkTurn(job, record.fence);
    await publishDraft(this.files, folder, await hashOf(job.key), record);
    await this.files.remove(folder);
    await this.#sweep();
  }

  #recordOf({ key, fence }: Job, change: RecordBody): ModelRecord {
    return { ...change, format: 1, key, fence, checkedAt: this.#now() };
  }

  async #checkTurn({ key, turn }: Job, fence: number): Promise<void> {
    if (turn.lost.aborted || (await lastFence(this.files, await hashOf(key))) >= fence) throw new TurnLostError();
  }

  /** Removes files that no record names. */
  async #sweep(): Promise<void> {
    const records = await readRecords(this.files);
    const pieces = records.flatMap(versionsOf).flatMap((version) => version.pieces);
    const named = new Set(pieces.map(({ address }) => address));
    for (const address of await this.files.list('files')) {
      if (!named.has(address)) await this.files.remove(`files/${address}`);
    }
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

/** Where a piece stays. */
export function placeOf({ address }: KeptPiece): string {
  return `files/${address}`;
}

/** Where the pieces of a job lie until they are kept. */
export function pieceIn(folder: string, index: number): string {
  return `${folder}/${index}`;
}

/** What a key is called in names of files. */
async function hashOf(key: string): Promise<string> {
  return (await sha256Hex(new TextEncoder().encode(key))).slice(0, 32);
}

function fenceOf(name: string, hash: string): number[] {
  return name.startsWith(`${hash}.`) ? [Number(name.slice(hash.length + 1))] : [];
}

function unlessInUse(error: unknown): false {
  if (error instanceof StoreError && error.code === 'model-in-use') return false;
  throw error;
}
