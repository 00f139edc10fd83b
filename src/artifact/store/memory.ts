import { blobStore } from './blob-store.ts';
import type { FileStore } from './file-store.ts';

/** Keeps files in the browser's blob storage, outside the JavaScript heap, until nothing refers to them. */
export function memoryStore(): FileStore {
  const files = new Map<string, Blob>();
  return blobStore('memory', {
    get: async (path) => files.get(path),
    set: async (path, blob) => void files.set(path, blob),
    delete: async (path) => void files.delete(path),
    paths: async () => [...files.keys()],
  });
}
