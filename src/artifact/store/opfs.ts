import { StoreError } from '../../errors.ts';
import { openBlob } from './blob-store.ts';
import type { FileStore, OpenFile } from './file-store.ts';

/** What workers have, and TypeScript's library for pages has not. `move()` is in all engines that have the other. */
interface WorkerFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(options?: { mode: 'read-only' | 'readwrite' }): Promise<SyncAccessHandle>;
  move(folder: FileSystemDirectoryHandle, name: string): Promise<void>;
}
interface SyncAccessHandle {
  getSize(): number;
  read(bytes: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}
type Folder = FileSystemDirectoryHandle & { keys(): AsyncIterable<string> };

/**
 * Keeps files in the origin private file system. Only a dedicated worker has its sync handles.
 *
 * @throws a `DOMException` where the browser has none, or does not allow it here
 */
export async function opfsStore(root: string): Promise<FileStore> {
  const base = await folderAt(await navigator.storage.getDirectory(), root.split('/'), true);
  if (typeof FileSystemFileHandle === 'undefined' || !('createSyncAccessHandle' in FileSystemFileHandle.prototype)) {
    throw new DOMException('This browser writes no files from a worker.', 'NotSupportedError');
  }
  if (!('move' in FileSystemFileHandle.prototype)) {
    throw new DOMException('This browser cannot rename files.', 'NotSupportedError');
  }
  const at = async (path: string, create: boolean): Promise<{ folder: FileSystemDirectoryHandle; name: string }> => {
    const parts = path.split('/');
    const name = parts.pop()!;
    return { folder: await folderAt(base, parts, create), name };
  };
  const fileAt = async (path: string): Promise<WorkerFileHandle> => {
    const { folder, name } = await at(path, false);
    return (await folder.getFileHandle(name)) as WorkerFileHandle;
  };
  const writing = new Set<() => Promise<FileSystemFileHandle>>();
  return {
    kind: 'opfs',
    keepsUnfinished: true,
    async create(path, size, from = 0) {
      for (const file of writing) await checkThere(file);
      const { folder, name } = await inTime(at(path, true));
      const access = await inTime(writable(folder, name));
      const file = (): Promise<FileSystemFileHandle> => folder.getFileHandle(name);
      let end = from;
      try {
        // Room is taken at once: a disk that is full says so before the download, and the file lies in one piece.
        access.truncate(Math.max(size, from));
      } catch (error) {
        access.close();
        throw error;
      }
      writing.add(file);
      return {
        async write(bytes) {
          let done = 0;
          while (done < bytes.length) {
            const count = access.write(bytes.subarray(done), { at: end + done });
            if (count === 0) throw new DOMException('The disk took nothing.', 'QuotaExceededError');
            done += count;
          }
          end += done;
        },
        async finish() {
          await checkThere(file);
          try {
            access.truncate(end);
          } finally {
            access.close();
            writing.delete(file);
          }
        },
        async abandon() {
          await checkThere(file);
          access.close();
          writing.delete(file);
        },
      };
    },
    read: (path) => whereThere(async () => (await fileAt(path)).getFile()),
    open: (path) =>
      whereThere(async () => {
        const handle = await fileAt(path);
        try {
          return openHandle(await handle.createSyncAccessHandle({ mode: 'read-only' }));
        } catch (error) {
          if ((error as DOMException).name !== 'NoModificationAllowedError') throw error;
          // In engines where handles exclude each other, another tab has one.
          return openBlob(await handle.getFile());
        }
      }),
    async put(path, bytes) {
      const { folder, name } = await at(path, true);
      const access = await writable(folder, name);
      try {
        access.truncate(bytes.length);
        access.write(bytes, { at: 0 });
      } finally {
        access.close();
      }
    },
    async move(from, to) {
      const target = await at(to, true);
      await (await fileAt(from)).move(target.folder, target.name);
    },
    async remove(path) {
      await whereThere(async () => {
        const { folder, name } = await at(path, false);
        await whenFree(() => folder.removeEntry(name, { recursive: true }));
      });
    },
    async list(folder) {
      const names: string[] = [];
      await whereThere(async () => {
        const handle = (await folderAt(base, folder.split('/'), false)) as Folder;
        for await (const name of handle.keys()) names.push(name);
      });
      return names;
    },
  };
}

/**
 * Writes a file of the origin private file system whole, outside of any store. It is on the disk once this resolves.
 *
 * @throws a `DOMException` where the browser has none, does not allow it here, or has no room
 */
export async function writeFlushed(path: string, bytes: Blob): Promise<void> {
  const names = path.split('/');
  const name = names.pop()!;
  const access = await writable(await folderAt(await navigator.storage.getDirectory(), names, true), name);
  try {
    access.truncate(bytes.size);
    for (let at = 0; at < bytes.size; at += pieceBytes) {
      const piece = new Uint8Array(await bytes.slice(at, at + pieceBytes).arrayBuffer());
      if (access.write(piece, { at }) < piece.length)
        throw new DOMException('The disk took not all.', 'QuotaExceededError');
    }
    access.flush();
  } finally {
    access.close();
  }
}

const pieceBytes = 4 * 2 ** 20;

/**
 * The data of this site were cleared while files were open. In Chromium (156) this thread cannot get rid of them then, nor
 * make others: `close()` and all that creates never end. Another thread can, once this one has ended.
 */
export class StoreClearedError extends StoreError {
  constructor() {
    super('store-failed', 'The data of this site were cleared while a model was written. Try again.');
  }
}

/** @throws {StoreClearedError} where a file that is open is no more: otherwise what is open cannot be removed */
async function checkThere(file: () => Promise<FileSystemFileHandle>): Promise<void> {
  if (!(await whereThere(file))) throw new StoreClearedError();
}

/** Milliseconds that no file takes to be made. */
const mostMs = 8000;

/** Waits for what ends soon unless the data of this site are cleared at that moment. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreClearedError()), mostMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function writable(folder: FileSystemDirectoryHandle, name: string): Promise<SyncAccessHandle> {
  const handle = (await folder.getFileHandle(name, { create: true })) as WorkerFileHandle;
  return handle.createSyncAccessHandle();
}

/** Reading by a handle takes six milliseconds for 100 MB, by a `Blob` more than a hundred (Chromium 156). */
function openHandle(access: SyncAccessHandle): OpenFile {
  return {
    size: access.getSize(),
    read: async (from, into) => into.subarray(0, access.read(into, { at: from })),
    close: () => access.close(),
  };
}

/** Waits for a tab that is reading a file: it has it open for a moment. */
async function whenFree(work: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if ((error as DOMException).name !== 'NoModificationAllowedError' || tries === mostTries) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const mostTries = 20;

async function folderAt(
  base: FileSystemDirectoryHandle,
  names: readonly string[],
  create: boolean,
): Promise<FileSystemDirectoryHandle> {
  let folder = base;
  for (const name of names) folder = await folder.getDirectoryHandle(name, { create });
  return folder;
}

async function whereThere<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if ((error as DOMException).name === 'NotFoundError') return undefined;
    throw error;
  }
}
