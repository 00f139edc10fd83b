import { archiveFor } from '../artifact.ts';
import type { WorkerSource } from '../assets.ts';

/** What TypeScript's library for pages leaves out. */
type Folder = FileSystemDirectoryHandle & { keys(): AsyncIterable<string> };

/**
 * Files with the large parts of inputs, one folder a queue. A file that no request names was left by a page that ended
 * before it had made its request: `sweep()` removes it, once nobody writes.
 */
export class InputFiles {
  readonly #path: string;
  readonly #lock: string;
  readonly #worker: WorkerSource | undefined;
  readonly #isThere: Promise<boolean> = isThere();

  /** @param worker where the page's archive worker is, which writes */
  constructor(queue: string, worker: WorkerSource | undefined) {
    // No namespace of kept models can be called that.
    this.#path = `inpoint/1/+inputs/${encodeURIComponent(queue)}`;
    this.#lock = this.#path;
    this.#worker = worker;
  }

  /** Whether this browser has files at all. */
  get isThere(): Promise<boolean> {
    return this.#isThere;
  }

  /** Writes files, and then does `commit`, which names them. Where that fails they are gone. */
  async write<T>(files: ReadonlyMap<string, Blob>, commit: () => Promise<T>): Promise<T> {
    if (files.size === 0) return commit();
    return navigator.locks.request(this.#lock, { mode: 'shared' }, async () => {
      try {
        for (const [name, bytes] of files) {
          await archiveFor(this.#worker).ask((control) => control.write(`${this.#path}/${name}`, bytes));
        }
        return await commit();
      } catch (error) {
        await this.remove([...files.keys()]);
        throw error;
      }
    });
  }

  /** Opens a file; undefined where there is none. */
  async read(name: string): Promise<File | undefined> {
    const folder = await this.#folder();
    return whereThere(async () => (await folder?.getFileHandle(name))?.getFile());
  }

  /** Removes files. One that somebody still reads is swept up later. */
  async remove(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const folder = await this.#folder();
    for (const name of names) await folder?.removeEntry(name).catch(() => {});
  }

  /** Removes all that nobody needs, unless somebody is writing. */
  async sweep(needed: () => Promise<ReadonlySet<string>>): Promise<void> {
    await navigator.locks.request(this.#lock, { ifAvailable: true }, async (lock) => {
      const folder = lock ? await this.#folder() : undefined;
      if (!folder) return;
      const names: string[] = [];
      for await (const name of folder.keys()) names.push(name);
      const kept = names.length > 0 ? await needed() : new Set<string>();
      await this.remove(names.filter((name) => !kept.has(name)));
    });
  }

  async #folder(): Promise<Folder | undefined> {
    if (!(await this.#isThere)) return undefined;
    return whereThere(async () => {
      let folder = await navigator.storage.getDirectory();
      for (const name of this.#path.split('/')) folder = await folder.getDirectoryHandle(name);
      return folder;
    });
  }
}

async function isThere(): Promise<boolean> {
  try {
    await navigator.storage.getDirectory();
    return true;
  } catch {
    return false;
  }
}

async function whereThere<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if ((error as DOMException).name === 'NotFoundError') return undefined;
    throw error;
  }
}
