import { openBlob, type FileStore } from './file-store.ts';

/** Keeps files in the browser's blob storage, outside the JavaScript heap, until nothing refers to them. */
export function memoryStore(): FileStore {
  const files = new Map<string, Blob>();
  const below = (folder: string): string[] => [...files.keys()].filter((path) => path.startsWith(`${folder}/`));
  return {
    kind: 'memory',
    keepsUnfinished: false,
    async create(path) {
      const pieces: Blob[] = [];
      return {
        async write(bytes) {
          pieces.push(new Blob([bytes as BlobPart]));
        },
        async finish() {
          files.set(path, new Blob(pieces));
        },
        async abandon() {},
      };
    },
    read: async (path) => files.get(path),
    open: async (path) => openBlob(files.get(path)),
    put: async (path, bytes) => void files.set(path, new Blob([bytes])),
    async move(from, to) {
      const file = files.get(from);
      if (!file) throw new DOMException(`There is no ${from}.`, 'NotFoundError');
      files.delete(from);
      files.set(to, file);
    },
    async remove(path) {
      for (const name of [path, ...below(path)]) files.delete(name);
    },
    list: async (folder) => [...new Set(below(folder).map((path) => path.slice(folder.length + 1).split('/', 1)[0]!))],
  };
}
