import { blobStore } from './blob-store.ts';
import type { FileStore } from './file-store.ts';

/**
 * Keeps files as responses in a cache, where a browser has no OPFS. A file is put there when it is whole: until then it
 * is in blob storage.
 *
 * @param root also the name of the cache
 */
export async function cacheStore(root: string): Promise<FileStore> {
  const cache = await caches.open(root);
  const prefix = new URL(`/${root}/`, 'https://store.invalid').href;
  return blobStore('cache-storage', {
    get: async (path) => (await cache.match(prefix + path))?.blob(),
    async set(path, blob) {
      // A private window of WebKit forgets what is cached with the worker that did it, but not that it is there, and then
      // puts nothing in its place.
      await cache.delete(prefix + path);
      await cache.put(prefix + path, new Response(blob));
    },
    delete: async (path) => void (await cache.delete(prefix + path)),
    paths: async () =>
      (await cache.keys()).flatMap(({ url }) => (url.startsWith(prefix) ? url.slice(prefix.length) : [])),
  });
}
