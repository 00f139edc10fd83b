import { QuotaError } from '../../errors.ts';
import { formatBytes } from '../../format-bytes.ts';
import type { FileStore, FileWriter } from './file-store.ts';
import type { Job, ModelStore } from './model-store.ts';
import { versionsOf, type ModelRecord } from './records.ts';

/**
 * The room that one job takes. Where there is none, what unfinished downloads left goes first, then versions before the
 * current ones, then the models that were used longest ago: only as far as needed, never one that is in use, and none at
 * all where all of them would not do.
 */
export class Room {
  /** The store's files: what is written is tried again after each removal, until there is room for it. */
  readonly files: FileStore;
  readonly #store: ModelStore;
  readonly #job: Job;
  readonly #onEvict: (record: ModelRecord) => void;
  /** Bytes that will come at the least. */
  #planned = 0;
  /** Bytes of them that have their place. */
  #placed = 0;

  /**
   * @param job whose model's version before may go, and nothing else of it
   * @param onEvict is told of each model that went
   */
  constructor(store: ModelStore, job: Job, onEvict: (record: ModelRecord) => void) {
    this.#store = store;
    this.#job = job;
    this.#onEvict = onEvict;
    const { files } = store;
    this.files = {
      ...files,
      create: async (path, size, from) => {
        const writer = await this.retried(this.#atLeast(size), () => files.create(path, size, from));
        this.#placed += size;
        return this.#retrying(writer, size);
      },
      put: (path, bytes) => this.retried(this.#atLeast(bytes.length), () => files.put(path, bytes)),
    };
  }

  /**
   * Says how many bytes will come at the least, and makes room for them as far as the browser says how much there is.
   *
   * @throws {QuotaError}
   */
  async plan(bytes: number): Promise<void> {
    this.#planned = this.#placed + bytes;
    const isEnough = async (): Promise<boolean> => (await roomNow()).availableBytes >= bytes;
    if (!(await isEnough())) await this.#make(bytes, isEnough);
  }

  /**
   * Does work, and does it again after each removal as long as the browser says that there is no room. Only so it shows
   * whether there is enough: Chromium tells every page of 10 GiB that are free, however few there are.
   *
   * @param bytes that are still to come: it, and what is known to follow
   * @throws {QuotaError}
   */
  async retried<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    let done: { readonly value: T } | undefined;
    const isEnough = async (): Promise<boolean> => {
      done = await unlessFull(async () => ({ value: await work() }));
      return done !== undefined;
    };
    if (!(await isEnough())) await this.#make(bytes, isEnough);
    return done!.value;
  }

  /** Bytes still to come: those that are planned and have no place yet; these, where less is planned. */
  #atLeast(bytes: number): number {
    return Math.max(bytes, this.#planned - this.#placed);
  }

  /** @param size bytes that have their place already */
  #retrying(writer: FileWriter, size: number): FileWriter {
    let written = 0;
    return {
      ...writer,
      write: async (bytes) => {
        await this.retried(this.#atLeast(bytes.length), () => writer.write(bytes));
        written += bytes.length;
        this.#placed += Math.max(0, Math.min(bytes.length, written - size));
      },
      finish: () => this.retried(this.#atLeast(written), () => writer.finish()),
    };
  }

  /** @param bytes that are still to come */
  async #make(bytes: number, isEnough: () => Promise<boolean>): Promise<void> {
    const store = this.#store;
    await store.removeAbandoned(this.#job);
    if (await isEnough()) return;
    const oldest = (await store.records()).toReversed().map(({ record }) => record);
    const freeableBytes = await this.#freeableBytes(oldest);
    if (!(await this.#couldHave(bytes - freeableBytes)))
      throw await noRoom(Math.max(bytes, this.#planned), freeableBytes);
    for (const record of oldest) {
      if (!record.previous) continue;
      // A disk without any room takes no record, either.
      await unlessFull(() => store.forgetPrevious(record, this.#job));
      if (await isEnough()) return;
    }
    for (const record of oldest) {
      if (record.key === this.#job.key || !(await store.evict(record.key))) continue;
      this.#onEvict(record);
      if (await isEnough()) return;
    }
    throw await noRoom(Math.max(bytes, this.#planned), 0);
  }

  /** Bytes of all that may go. */
  async #freeableBytes(records: readonly ModelRecord[]): Promise<number> {
    const going = new Map<string, number>();
    const staying = new Set<string>();
    for (const record of records) {
      const isOwn = record.key === this.#job.key;
      const isUsed = !isOwn && (await this.#store.isHeld(record.key, 'use'));
      const isLookedAt = await this.#store.isHeld(record.key, 'look');
      for (const version of versionsOf(record)) {
        const stays = isUsed || (version === record.current && (isOwn || isLookedAt));
        for (const { address, size } of version.pieces) {
          if (stays) staying.add(address);
          else going.set(address, size);
        }
      }
    }
    return [...going].reduce((sum, [address, size]) => sum + (staying.has(address) ? 0 : size), 0);
  }

  /** Whether there is that much, as far as can be told: a file of this size is begun, without a byte in it. */
  async #couldHave(bytes: number): Promise<boolean> {
    if ((await roomNow()).availableBytes < bytes) return false;
    if (bytes < leastProbeBytes) return true;
    const path = `${this.#job.folder}/probe`;
    const { files } = this.#store;
    try {
      const writer = await unlessFull(() => files.create(path, probeBytes(bytes)));
      await writer?.abandon();
      return writer !== undefined;
    } finally {
      await files.remove(path);
    }
  }
}

/** Chromium (156) takes room for open files in powers of two from 1 MiB on, and from 128 MiB on in multiples of that. */
const leastProbeBytes = 2 ** 20;
const largeProbeBytes = 128 * 2 ** 20;

/** The most up to `bytes` for which Chromium takes no more room than that. */
function probeBytes(bytes: number): number {
  return bytes < largeProbeBytes ? 2 ** Math.floor(Math.log2(bytes)) : bytes - (bytes % largeProbeBytes);
}

/** How much the origin may still keep. */
interface RoomNow {
  readonly availableBytes: number;
  readonly usageBytes: number;
  readonly quotaBytes: number;
}

/** A browser that does not say is taken at its word when it refuses. */
export async function roomNow(): Promise<RoomNow> {
  const { usage = 0, quota = Infinity } = (await navigator.storage?.estimate?.()) ?? {};
  return { availableBytes: Math.max(0, quota - usage), usageBytes: usage, quotaBytes: quota };
}

/** What work gives; undefined where the browser says that there is no room. */
export async function unlessFull<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if ((error as DOMException).name === 'QuotaExceededError') return undefined;
    throw error;
  }
}

/** @param freeableBytes of models that were left, since that would not have been enough */
async function noRoom(neededBytes: number, freeableBytes: number): Promise<QuotaError> {
  const room = await roomNow();
  const [needed, available, quota, freeable] = [neededBytes, room.availableBytes, room.quotaBytes, freeableBytes].map(
    formatBytes,
  );
  const why =
    room.availableBytes < neededBytes
      ? `this browser allows the site ${quota}, of which ${available} are free`
      : `the browser refused to, though it says that ${available} are free`;
  const left =
    freeableBytes > 0 ? ` Other models were left, since removing all of them would free only ${freeable}.` : '';
  return new QuotaError(
    `There is no room to keep ${needed}: ${why}.${left} Remove what is not needed, ask for more with models.persist(), or use it without keeping it: { cache: 'no-store' }.`,
    { neededBytes, ...room },
  );
}
