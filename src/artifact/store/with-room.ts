import type { FileStore, FileWriter } from './file-store.ts';

/**
 * A store that makes room when the browser says that there is none, and then tries once more.
 *
 * @param makeRoom for so many bytes; throws where it cannot
 */
export function withRoom(files: FileStore, makeRoom: (bytes: number) => Promise<void>): FileStore {
  const retried = async <T>(bytes: number, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if ((error as DOMException).name !== 'QuotaExceededError') throw error;
      await makeRoom(bytes);
      return work();
    }
  };
  const retrying = (writer: FileWriter): FileWriter => ({
    ...writer,
    write: (bytes) => retried(bytes.length, () => writer.write(bytes)),
    finish: () => retried(0, () => writer.finish()),
  });
  return {
    ...files,
    create: async (path, size, from) => retrying(await retried(size, () => files.create(path, size, from))),
    put: (path, bytes) => retried(bytes.length, () => files.put(path, bytes)),
  };
}
