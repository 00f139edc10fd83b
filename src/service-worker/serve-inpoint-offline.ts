import { isArchive, isInpointFile } from './inpoint-file.ts';
import { keepType, type KeepMessage, type KeepReply } from './keep-message.ts';
import { KeptFiles } from './kept-files.ts';
import type { ServiceWorkerScope } from './service-worker-scope.ts';

/** What a service worker keeps beside Inpoint's files. */
export interface ServeOfflineOptions {
  /**
   * What is kept beside Inpoint's own files, by its address: the page and its scripts, where nothing else keeps them;
   * a worker of your own; files that webpack has named anew. Archives of models are never kept: Inpoint's store has them.
   *
   * @default nothing
   */
  alsoKeep?: (url: URL) => boolean;
  /**
   * What is fetched when the service worker is installed, by addresses relative to it. What cannot be had is no reason
   * not to be installed: it is kept when a page asks for it.
   *
   * @default nothing
   */
  precache?: readonly (string | URL)[];
}

/**
 * Has a service worker keep Inpoint's own files, so that `deploy()` works without a network. Call it at the top of
 * the service worker's script.
 *
 * ```ts
 * serveInpointOffline({ alsoKeep: ({ pathname }) => pathname === '/' || pathname.startsWith('/assets/') });
 * ```
 *
 * Files with a hash in their names, and those sent as `Cache-Control: immutable`, come from what is kept; all others
 * from the network, and from what is kept when there is none. Requests for anything else are left to other listeners
 * and to the browser. Nothing happens where there is no Cache API.
 */
export function serveInpointOffline({ alsoKeep, precache = [] }: ServeOfflineOptions = {}): void {
  const scope = globalThis as unknown as ServiceWorkerScope;
  if (!('caches' in globalThis) || !('clients' in globalThis)) return;
  const listed = new Set(precache.map((address) => new URL(address, scope.location.href).href));
  const isOurs = (url: URL): boolean =>
    /^https?:$/.test(url.protocol) &&
    !isArchive(url) &&
    (isInpointFile(url) || listed.has(url.href) || alsoKeep?.(url) === true);
  const ours = (addresses: Iterable<string>): string[] => [...addresses].filter((address) => isOurs(new URL(address)));
  const kept = new KeptFiles({ countWindows: () => countWindows(scope) });

  scope.addEventListener('install', (event) => event.waitUntil(kept.keep(ours(listed))));
  scope.addEventListener('activate', (event) => event.waitUntil(kept.deleteOutdated()));
  scope.addEventListener('fetch', (event) => {
    const { request } = event;
    // A part of a file is not for keeping.
    if (request.method !== 'GET' || request.headers.has('range') || !isOurs(new URL(request.url))) return;
    const network = async (): Promise<Response> => (await event.preloadResponse) ?? fetch(request);
    event.respondWith(kept.answer(request.url, network, (work) => event.waitUntil(work)));
  });
  scope.addEventListener('message', (event) => {
    const [port] = event.ports;
    if (port && isKeepMessage(event.data)) event.waitUntil(take(event.data, port));
  });

  async function take({ addresses, claim }: KeepMessage, port: MessagePort): Promise<void> {
    if (claim) await scope.clients.claim();
    const reply = (message: KeepReply): void => port.postMessage(message);
    reply({ kind: 'taken' });
    await kept.keep(ours(addresses));
    await kept.keep(ours(await kept.filesOfWorker(ours(addresses))));
    await kept.sweep();
    reply({ kind: 'kept', ...(await kept.report()) });
  }
}

function isKeepMessage(data: unknown): data is KeepMessage {
  return (data as KeepMessage | undefined)?.type === keepType;
}

/** Pages that may be of different versions. A frame is of its page's. */
async function countWindows({ clients }: ServiceWorkerScope): Promise<number> {
  const windows = await clients.matchAll({ type: 'window', includeUncontrolled: true });
  return windows.filter(({ frameType }) => frameType !== 'nested').length;
}
