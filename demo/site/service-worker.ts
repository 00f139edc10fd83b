import { effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { served } from '../endpoints/served.ts';

const waiting: Signal<(() => void) | undefined> = signal(undefined);

/** Goes over to a newer version of the site, which has come and waits; undefined while there is none. */
export const update: ReadonlySignal<(() => void) | undefined> = waiting;

/** Has the site kept for visits without a network, as soon as nothing that the visitor waits for is left to come. */
export function keepSiteForOffline(): void {
  // Neither is there on an insecure origin. The site works without.
  if (!('serviceWorker' in navigator) || !('caches' in globalThis)) return;
  let started = false;
  const start = (): void => {
    if (started) return;
    started = true;
    // Where nothing may be kept, or no more, visits go on as before.
    register().catch(() => undefined);
  };
  const stop = effect(() => {
    if (served.value.length > 0) setTimeout(start, quietMs);
  });
  // Those who open no model read on, and have a site too.
  setTimeout(() => {
    stop();
    start();
  }, longestMs);
}

/** After a model is there, for its first answers. */
const quietMs = 2000;
const longestMs = 15_000;

async function register(): Promise<void> {
  const container = navigator.serviceWorker;
  const registration = await container.register('./service-worker.js');
  // The browser may have found a newer one before the page came to ask.
  watch(registration.waiting ?? registration.installing);
  registration.addEventListener('updatefound', () => watch(registration.installing));
  // In every tab, whichever asked for it: none goes on with half of a version that is no more.
  let isUpdate = container.controller !== null;
  container.addEventListener('controllerchange', () => {
    if (isUpdate) location.reload();
    isUpdate = true;
  });
  // A page that stays open for days learns of a new version when it is looked at again.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') registration.update().catch(() => undefined);
  });
  await container.ready;
  await takeOver();
  effect(() => {
    for (const { source } of served.value) if (typeof source === 'string') void keep(source).catch(() => undefined);
  });
}

/** Tells of a service worker that has all of a newer version. The first one of all replaces nothing. */
function watch(worker: ServiceWorker | null): void {
  const look = (): void => {
    if (worker!.state !== 'installed' || !navigator.serviceWorker.controller) return;
    waiting.value = () => worker!.postMessage({ type: 'SKIP_WAITING' }, []);
  };
  worker?.addEventListener('statechange', look);
  if (worker) look();
}

const modelsCache: string = import.meta.env.MODELS_CACHE;

/** Keeps a model that came before there was a service worker. The browser still has it: nothing comes anew. */
async function keep(address: string): Promise<void> {
  const cache = await caches.open(modelsCache);
  if (!(await cache.match(address))) await cache.add(address);
}

/** Fetches for this version of the site the models that were kept for earlier ones, and gives up theirs. */
async function takeOver(): Promise<void> {
  for (const name of await caches.keys()) {
    if (!name.startsWith('inpoint-models-') || name === modelsCache) continue;
    const kept = await (await caches.open(name)).keys();
    try {
      await Promise.all(kept.map(({ url }) => keep(url)));
      await caches.delete(name);
    } catch {
      // Without a network, or without room: what is there stays, and the next visit tries again.
    }
  }
}
