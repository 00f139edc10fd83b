import type { FileStore } from './file-store.ts';

/** What workers have, and TypeScript's library for pages has not. `move()` is in all engines that have the other. */
interface WorkerFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncAccessHandle>;
  move(folder: FileSystemDirectoryHandle, name: string): Promise<void>;
}
interface SyncAccessHandle {
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
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
  return {
    kind: 'opfs',
    keepsUnfinished: true,
    async create(path, size, from = 0) {
      const { folder, name } = await at(path, true);
      const access = await writable(folder, name);
      let end = from;
      try {
        // Room is taken at once: a disk that is full says so before the download, and the file lies in one piece.
        access.truncate(Math.max(size, from));
      } catch (error) {
        access.close();
        throw error;
      }
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
          access.truncate(end);
          access.close();
        },
        async abandon() {
          access.close();
        },
      };
    },
    async read(path) {
      return whereThere(async () => {
        const { folder, name } = await at(path, false);
        return (await folder.getFileHandle(name)).getFile();
      });
    },
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
      const source = await at(from, false);
      const handle = (await source.folder.getFileHandle(source.name)) as WorkerFileHandle;
      const target = await at(to, true);
      await handle.move(target.folder, target.name);
    },
    async remove(path) {
      await whereThere(async () => {
        const { folder, name } = await at(path, false);
        await folder.removeEntry(name, { recursive: true });
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

async function writable(folder: FileSystemDirectoryHandle, name: string): Promise<SyncAccessHandle> {
  const handle = (await folder.getFileHandle(name, { create: true })) as WorkerFileHandle;
  return handle.createSyncAccessHandle();
}

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
