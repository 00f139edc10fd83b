import type { FileStore, OpenFile, StorageKind } from './file-store.ts';

/** Blobs by their paths, each of which is put whole. */
export interface Blobs {
  get(path: string): Promise<Blob | undefined>;
  set(path: string, blob: Blob): Promise<void>;
  delete(path: string): Promise<void>;
  paths(): Promise<string[]>;
}

/** A store whose files are in blob storage, outside the JavaScript heap, until they are whole. */
export function blobStore(kind: StorageKind, blobs: Blobs): FileStore {
  const below = async (folder: string): Promise<string[]> =>
    (await blobs.paths()).filter((path) => path.startsWith(`${folder}/`));
  return {
    kind,
    keepsUnfinished: false,
    async create(path) {
      const pieces: Blob[] = [];
      return {
        async write(bytes) {
          pieces.push(new Blob([bytes as BlobPart]));
        },
        finish: () => blobs.set(path, new Blob(pieces)),
        async abandon() {},
      };
    },
    read: (path) => blobs.get(path),
    open: async (path) => openBlob(await blobs.get(path)),
    put: (path, bytes) => blobs.set(path, new Blob([bytes])),
    async move(from, to) {
      const blob = await blobs.get(from);
      if (!blob) throw new DOMException(`There is no ${from}.`, 'NotFoundError');
      await blobs.set(to, blob);
      await blobs.delete(from);
    },
    async remove(path) {
      for (const name of [path, ...(await below(path))]) await blobs.delete(name);
    },
    list: async (folder) => [
      ...new Set((await below(folder)).map((path) => path.slice(folder.length + 1).split('/', 1)[0]!)),
    ],
  };
}

/** Reads a file through that is a `Blob`. */
export function openBlob(blob: Blob | undefined): OpenFile | undefined {
  return (
    blob && {
      size: blob.size,
      async read(at, into) {
        const bytes = new Uint8Array(await blob.slice(at, at + into.length).arrayBuffer());
        into.set(bytes);
        return into.subarray(0, bytes.length);
      },
      close() {},
    }
  );
}
