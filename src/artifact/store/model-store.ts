import { QuotaError, StoreError } from '../../errors.ts';
import { formatBytes } from '../../format-bytes.ts';
import { isSound } from '../chunk-hasher.ts';
import { sha256Hex } from '../file-digest.ts';
import { useLock, type Hold } from '../../use-lock.ts';
import type { FileStore } from './file-store.ts';
import {
  lastFence,
  readRecord,
  readRecords,
  removeRecords,
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
    const uses = await this.#lastUses();
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
   * Makes what a job has written the current version of its key; the one before becomes the previous one.
   *
   * @throws {TurnLostError} when another tab took over meanwhile
   */
  async commit(
    job: Job,
    pieces: readonly NewPiece[],
    version: KeptVersion,
    change: RecordChange,
  ): Promise<ModelRecord> {
    const made = await this.#alone(async () => {
      for (const piece of pieces) await this.#adopt(piece);
      const before = await this.find(job.key);
      const isSame = before?.current.digest === version.digest;
      const record = await this.#write(job, {
        ...change,
        current: version,
        previous: isSame ? before.previous : before?.current,
      });
      await this.files.remove(job.folder);
      await this.#sweep();
      return record;
    });
    await this.#tidy();
    return made;
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
    const removed = await this.#unlessInUse(key, () =>
      this.#alone(async () => {
        const was = (await lastFence(this.files, hash)) > 0;
        await removeRecords(this.files, hash);
        await this.files.remove(`used/${hash}`);
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
    const last = Math.max(0, ...(await this.#lastUses()).values());
    const used = new TextEncoder().encode(String(Math.max(this.#now(), last + 1)));
    await this.files.put(`used/${await hashOf(key)}`, used);
  }

  /** Milliseconds since 1970 when each model was last used, by the hash of its key. */
  async #lastUses(): Promise<Map<string, number>> {
    const hashes = await this.files.list('used');
    const read = async (hash: string): Promise<[string, number]> => {
      const text = await (await this.files.read(`used/${hash}`))?.text().catch(() => '');
      return [hash, Number(text) || 0];
    };
    return new Map(await Promise.all(hashes.map(read)));
  }

  /** Whether any tab serves the model of a key, or is downloading it. */
  async isInUse(key: string): Promise<boolean> {
    // Asked and not tried: whoever tries takes the lock for a moment, and another tab that lists at that time would see it.
    const name = useLock(this.#root, key, 'use');
    return (await navigator.locks.query()).held!.some((lock) => lock.name === name && lock.mode === 'shared');
  }

  /**
   * Makes room for so many bytes: what unfinished downloads left goes first, then versions before the current ones, then
   * the models that were used longest ago, and never one that is in use.
   *
   * @param job whose model's version before may go, and nothing else of it
   * @param onEvict is told of each model that went
   * @param isEnough is asked first, and after each removal; by itself what the browser says
   * @throws {QuotaError}
   */
  async makeRoom(
    neededBytes: number,
    job: Job,
    onEvict: (record: ModelRecord) => void,
    isEnough: () => Promise<boolean> = async () => (await roomNow()).availableBytes >= neededBytes,
  ): Promise<void> {
    if (await isEnough()) return;
    const oldest = (await this.records()).toReversed().map(({ record }) => record);
    const steps: (() => Promise<void>)[] = [
      () => this.#removeAbandoned(job),
      ...oldest.flatMap((record) => (record.previous ? [() => this.#forgetPrevious(record, job)] : [])),
      ...oldest.flatMap((record) =>
        record.key === job.key
          ? []
          : [
              async () => {
                const evict = (): Promise<boolean> => this.remove(record.key).catch(unlessInUse);
                if (await this.#unlessHeld(record.key, 'look', evict)) onEvict(record);
              },
            ],
      ),
    ];
    for (const step of steps) {
      await step();
      if (await isEnough()) return;
    }
    throw await noRoom(neededBytes);
  }

  /** Removes unfinished downloads that cannot be gone on with, and those that nobody came back for. */
  async #tidy(): Promise<void> {
    for (const name of await this.files.list('incoming')) {
      const journal = await this.files.read(`incoming/${name}/journal`);
      const age = journal instanceof File ? this.#now() - journal.lastModified : Infinity;
      if (age > forgottenMs) await this.#removeUnfinished(name);
    }
  }

  async #removeAbandoned({ folder }: Job): Promise<void> {
    for (const name of await this.files.list('incoming')) {
      if (`incoming/${name}` !== folder) await this.#removeUnfinished(name);
    }
  }

  /** Removes what a job left, unless a tab is at it. */
  async #removeUnfinished(name: string): Promise<void> {
    const lock = `${this.#root}/key/${name.split('.', 1)[0]!}`;
    await navigator.locks.request(lock, { ifAvailable: true }, async (free) => {
      if (free) await this.files.remove(`incoming/${name}`).catch(() => {});
    });
  }

  /** @param within the job that this tab does; it has the turn of its own key already */
  async #forgetPrevious(record: ModelRecord, within: Job): Promise<void> {
    const forget = (job: Job): Promise<void> =>
      this.#alone(async () => {
        const now = await this.find(record.key);
        if (!now?.previous) return;
        await this.#write(job, { ...now, previous: undefined });
        await this.#sweep();
      });
    if (record.key === within.key) await forget(within);
    else await this.#unlessInUse(record.key, () => this.work(record.key, forget));
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

  async #write(job: Job, change: Omit<ModelRecord, 'format' | 'fence' | 'key' | 'checkedAt'>): Promise<ModelRecord> {
    const hash = await hashOf(job.key);
    if (job.turn.lost.aborted || (await lastFence(this.files, hash)) >= job.fence) throw new TurnLostError();
    const { key, fence } = job;
    const record: ModelRecord = { ...change, format: 1, key, fence, checkedAt: this.#now() };
    await writeRecord(this.files, hash, record);
    job.fence++;
    return record;
  }

  /** Removes files that no record names. */
  async #sweep(): Promise<void> {
    const records = await readRecords(this.files);
    const versions = records.flatMap(({ current, previous }) => (previous ? [current, previous] : [current]));
    const named = new Set(versions.flatMap(({ pieces }) => pieces.map(({ address }) => address)));
    for (const address of await this.files.list('files')) {
      if (!named.has(address)) await this.files.remove(`files/${address}`);
    }
  }

  /** What changes the files that keys share is done by one at a time. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    return inTurn(`${this.#root}/commit`, work);
  }

  async #unlessInUse<T>(key: string, work: () => Promise<T>): Promise<T | undefined> {
    return this.#unlessHeld(key, 'use', work);
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

/** How much the origin may still keep. */
export interface Room {
  readonly availableBytes: number;
  readonly usageBytes: number;
  readonly quotaBytes: number;
}

/** A browser that does not say is taken at its word when it refuses. */
export async function roomNow(): Promise<Room> {
  const { usage = 0, quota = Infinity } = (await navigator.storage?.estimate?.()) ?? {};
  return { availableBytes: Math.max(0, quota - usage), usageBytes: usage, quotaBytes: quota };
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

/** An error with what there is room for now. @param cause what the browser said, if it was the one to refuse */
export async function noRoom(neededBytes: number, cause?: unknown): Promise<QuotaError> {
  const room = await roomNow();
  const [needed, available, quota] = [neededBytes, room.availableBytes, room.quotaBytes].map(formatBytes);
  const why =
    room.availableBytes < neededBytes
      ? `this browser allows the site ${quota}, of which ${available} are free`
      : `the browser refused to, though it says that ${available} are free`;
  return new QuotaError(
    `There is no room to keep ${needed}: ${why}. Remove what is not needed, ask for more with models.persist(), or use it without keeping it: { cache: 'no-store' }.`,
    { neededBytes, ...room },
    { cause },
  );
}
