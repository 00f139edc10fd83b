import { openBlob, type FileStore } from './file-store.ts';

/**
 * Keeps files as responses in a cache, where a browser has no OPFS. A file is put there when it is whole: until then it
 * is in blob storage.
 *
 * @param root also the name of the cache
 */
export async function cacheStore(root: string): Promise<FileStore> {
  const cache = await caches.open(root);
  const prefix = new URL(`/${root}/`, 'https://store.invalid').href;
  const addressOf = (path: string): string => prefix + path;
  const read = async (path: string): Promise<Blob | undefined> => (await cache.match(addressOf(path)))?.blob();
  const below = async (folder: string): Promise<string[]> => {
    const start = addressOf(`${folder}/`);
    return (await cache.keys()).flatMap(({ url }) => (url.startsWith(start) ? url.slice(prefix.length) : []));
  };
  const put = async (path: string, blob: Blob): Promise<void> => {
    // A private window of WebKit forgets what is cached with the worker that did it, but not that it is there, and then
    // puts nothing in its place.
    await cache.delete(addressOf(path));
    await cache.put(addressOf(path), new Response(blob));
  };
  return {
    kind: 'cache-storage',
    keepsUnfinished: false,
    async create(path) {
      const pieces: Blob[] = [];
      return {
        async write(bytes) {
          pieces.push(new Blob([bytes as BlobPart]));
        },
        finish: () => put(path, new Blob(pieces)),
        async abandon() {},
      };
    },
    read,
    open: async (path) => openBlob(await read(path)),
    put: (path, bytes) => put(path, new Blob([bytes])),
    async move(from, to) {
      const blob = await read(from);
      if (!blob) throw new DOMException(`There is no ${from}.`, 'NotFoundError');
      await put(to, blob);
      await cache.delete(addressOf(from));
    },
    async remove(path) {
      for (const name of [path, ...(await below(path))]) await cache.delete(addressOf(name));
    },
    async list(folder) {
      return [...new Set((await below(folder)).map((path) => path.slice(folder.length + 1).split('/', 1)[0]!))];
    },
  };
}
