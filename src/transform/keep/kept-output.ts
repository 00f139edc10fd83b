import { StoreError } from '../../errors.ts';
import { shorten } from '../../shown.ts';
import type { ResultWriter } from '../output/result-writer.ts';
import { start } from '../input/open-input.ts';
import type { Progressed, Sink } from '../sink.ts';
import { deleteJob, listJobs, loadJob, putJob, putPart, type KeptJob, type KeptPart } from './kept-jobs.ts';
import { partFiles, sha256, type PartFiles } from './part-files.ts';

/** Bytes of a part, about: what waits in memory until it is on the disk. */
const partBytes = 2 ** 20;

/** Milliseconds between two checkpoints, and the share of the time so far: longer jobs have fewer parts a minute. */
const leastIntervalMs = 1000;
const intervalShare = 0.01;

/** Milliseconds that another tab has to let go, as one that was closed a moment ago does. */
const lockMs = 3000;

/** What a job was begun with; see {@link KeptJob}. */
type Identity = KeptJob['identity'];

/**
 * A job's output that outlives its tab: parts in files, and a checkpoint behind each. A part is on the disk before the
 * checkpoint that names it; what has none is removed when the job goes on.
 */
export class KeptOutput {
  /** Where the job goes on. */
  readonly from: Progressed;
  /** What its writer goes on with; undefined at the beginning. */
  readonly writerState: unknown;
  readonly #files: PartFiles;
  readonly #release: () => void;
  #job: KeptJob;
  #parts: KeptPart[];

  private constructor(job: KeptJob, parts: KeptPart[], files: PartFiles, release: () => void) {
    const last = parts.at(-1);
    this.from = last?.at ?? { end: start, failed: 0 };
    this.writerState = last?.writer;
    this.#job = job;
    this.#parts = parts;
    this.#files = files;
    this.#release = release;
  }

  /**
   * Opens a job under its name, which no other tab can run meanwhile.
   *
   * @throws {StoreError} `job-running` where another does, `job-changed` where it was begun with something else and is not
   * to begin anew, `store-failed` where nothing can be kept
   */
  static async open(
    name: string,
    { identity, restart, isTemporary }: { identity: Identity; restart: boolean; isTemporary: boolean },
  ): Promise<KeptOutput> {
    const release = await hold(name, lockMs);
    if (!release) throw isRunning(name);
    try {
      return await stored(name, async () => {
        const kept = restart ? undefined : await loadJob(name);
        if (kept) checkSame(name, kept.job.identity, identity);
        const files = await partFiles(name);
        const parts = await soundParts(kept?.parts ?? [], files);
        const isDone = kept?.job.isDone === true && parts.length === kept.parts.length;
        const job = { name, owner: crypto.randomUUID(), identity, isTemporary, isDone };
        await putJob(job, parts.length);
        await files.keepOnly(parts.map(({ file }) => file));
        return new KeptOutput(job, parts, files, release);
      });
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Whether all of the output is there. */
  get isDone(): boolean {
    return this.#job.isDone;
  }

  /** The output so far, as one file whose bytes are on the disk. */
  async file(fileName: string, type: string): Promise<File> {
    const parts = await Promise.all(this.#parts.map(({ file }) => this.#files.read(file)));
    return new File(parts as File[], fileName, { type });
  }

  /** Adds a part. */
  async commit(bytes: Uint8Array, at: Progressed, writer: unknown, isDone: boolean): Promise<void> {
    const { name, owner } = this.#job;
    await stored(name, async () => {
      const number = this.#parts.length;
      const part = { file: `${number}-${owner}`, size: bytes.length, digest: await sha256(bytes), at, writer };
      await this.#files.write(part.file, bytes);
      const job = { ...this.#job, isDone };
      if (!(await putPart(job, number, part))) throw isRunning(name);
      this.#parts = [...this.#parts, part];
      this.#job = job;
    });
  }

  /** Lets others run the job. Twice is once. */
  release(): void {
    this.#release();
  }

  async remove(): Promise<void> {
    const { name } = this.#job;
    const release = await hold(name, lockMs);
    if (!release) throw isRunning(name);
    try {
      await stored(name, async () => {
        await deleteJob(name);
        await this.#files.remove();
      });
    } finally {
      release();
    }
  }

  /** Where the results go. */
  sink(writer: ResultWriter, fileName: string, type: string, now: () => number = () => performance.now()): Sink {
    const began = now();
    let committedAt = began;
    let committing: Promise<void> = Promise.resolve();
    let waiting: Uint8Array[] = [];
    let size = 0;
    let ready: { readonly count: number; readonly at: Progressed; readonly state: unknown } | undefined;
    /** Commits up to the last place that the writer can go on from. */
    const commit = async (isDone: boolean): Promise<void> => {
      if (!ready) return;
      const { count, at, state } = ready;
      const bytes = joined(waiting.slice(0, count));
      waiting = waiting.slice(count);
      size = waiting.reduce((sum, { length }) => sum + length, 0);
      ready = undefined;
      await this.commit(bytes, at, state, isDone);
    };
    return {
      write: async (results, at) => {
        const bytes = writer.write(results);
        waiting.push(bytes);
        size += bytes.length;
        if (writer.isClean) ready = { count: waiting.length, at, state: writer.state };
        if (!ready) return;
        const passed = now() - committedAt;
        if (size < partBytes && passed < Math.max(leastIntervalMs, intervalShare * (now() - began))) return;
        await committing;
        committedAt = now();
        committing = commit(false);
        committing.catch(() => {});
      },
      end: async (at) => {
        await committing;
        waiting.push(writer.end());
        ready = { count: waiting.length, at, state: undefined };
        await commit(true);
        return { file: await this.file(fileName, type) };
      },
      stop: async () => {
        await committing;
        await commit(false);
      },
    };
  }
}

/** Removes what jobs without a name have left behind in tabs that are gone. */
export async function sweepTemporary(): Promise<void> {
  for (const { name, isTemporary } of await listJobs()) {
    if (!isTemporary) continue;
    const release = await hold(name, 0);
    if (!release) continue;
    try {
      await deleteJob(name);
      await (await partFiles(name)).remove();
    } finally {
      release();
    }
  }
}

/** Locks a job; undefined where somebody else has it all the time. */
async function hold(name: string, patienceMs: number): Promise<(() => void) | undefined> {
  const lock = `inpoint/1/@transforms/${name}`;
  let release!: () => void;
  const released = new Promise<void>((resolve) => (release = resolve));
  return new Promise((resolve, reject) => {
    const taken = (held: Lock | null): Promise<void> | undefined => {
      resolve(held ? release : undefined);
      return held ? released : undefined;
    };
    const how = patienceMs === 0 ? { ifAvailable: true } : { signal: AbortSignal.timeout(patienceMs) };
    const { locks } = navigator as { locks?: LockManager };
    if (!locks) return reject(cannotKeep(name, 'this page has no locks, as on an insecure origin'));
    locks.request(lock, how, taken).catch((error: Error) => {
      if (error.name === 'TimeoutError') resolve(undefined);
      else reject(cannotKeep(name, error.message, error));
    });
  });
}

/** The first parts that are on the disk as they were written. */
async function soundParts(parts: readonly KeptPart[], files: PartFiles): Promise<KeptPart[]> {
  const sound: KeptPart[] = [];
  for (const part of parts) {
    const file = await files.read(part.file);
    if (file?.size !== part.size) break;
    if ((await sha256(new Uint8Array(await file.arrayBuffer()))) !== part.digest) break;
    sound.push(part);
  }
  return sound;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** @throws {StoreError} where a job was begun with something else */
function checkSame(name: string, before: Identity, now: Identity): void {
  const changed = Object.keys({ ...before, ...now }).filter((key) => before[key] !== now[key]);
  if (changed.length === 0) return;
  throw new StoreError(
    'job-changed',
    `Cannot go on with the transform job ${JSON.stringify(name)}: ${changed.map((key) => `${key} was ${brief(before[key])} and is ${brief(now[key])}`).join('; ')}. Give what it was begun with, another name, or { restart: true } to begin anew.`,
  );
}

/** Lists of files may be long. */
function brief(json: string | undefined): string {
  return shorten(json ?? 'not given', 200);
}

/** Does what needs the browser's storage, and says so where that fails. */
async function stored<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    const { name: kind, message } = cause as DOMException;
    if (kind === 'QuotaExceededError') {
      const full = `There is no room for the output of the transform job ${JSON.stringify(name)}. Free some, and call for it again: it goes on where it stopped.`;
      throw new StoreError('quota-exceeded', full, { cause });
    }
    throw cannotKeep(name, message, cause);
  }
}

function cannotKeep(name: string, reason: string, cause?: unknown): StoreError {
  return new StoreError(
    'store-failed',
    `Cannot keep the transform job ${JSON.stringify(name)}: ${reason.replace(/\.$/, '')}. Without a name, and with another output, it needs nothing kept.`,
    { cause },
  );
}

function isRunning(name: string): StoreError {
  return new StoreError(
    'job-running',
    `The transform job ${JSON.stringify(name)} is running already, in this tab or in another one. Wait for it, stop it there, or give another name.`,
  );
}
