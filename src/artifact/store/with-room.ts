import type { FileStore, FileWriter } from './file-store.ts';

/**
 * A store that makes room when the browser says that there is none. Whether it is enough shows when it is tried again:
 * Chromium tells every page of 10 GiB that are free, however few there are.
 *
 * @param makeRoom for so many bytes, one removal after the other until it is enough; throws where nothing is left to remove
 */
export function withRoom(files: FileStore, makeRoom: MakeRoom): FileStore {
  const retried = <T>(bytes: number, work: () => Promise<T>): Promise<T> => retriedWithRoom(makeRoom, bytes, work);
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

/** Makes room for so many bytes, one removal after the other until it is enough. */
export type MakeRoom = (bytes: number, isEnough: () => Promise<boolean>) => Promise<void>;

/** Does work again after each removal as long as the browser says that there is no room. */
export async function retriedWithRoom<T>(makeRoom: MakeRoom, bytes: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isFull(error)) throw error;
  }
  let done: { readonly value: T } | undefined;
  await makeRoom(bytes, async () => {
    try {
      done = { value: await work() };
    } catch (error) {
      if (!isFull(error)) throw error;
    }
    return done !== undefined;
  });
  return done!.value;
}

function isFull(error: unknown): boolean {
  return (error as DOMException).name === 'QuotaExceededError';
}
