import { effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { models } from 'inpoint';
import { served } from '../endpoints/served.ts';

const waiting: Signal<(() => void) | undefined> = signal(undefined);

/** Goes over to a newer version of the site, which has come and waits; undefined while there is none. */
export const update: ReadonlySignal<(() => void) | undefined> = waiting;

/**
 * Has the site kept for visits without a network, as soon as nothing that the visitor waits for is left to come. Its
 * models the library keeps by itself.
 */
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

/** Has the library keep the models that earlier versions of the site kept themselves, and gives up theirs. */
async function takeOver(): Promise<void> {
  for (const name of await caches.keys()) {
    if (!/^inpoint-models-[\da-f]{12}$/.test(name)) continue;
    const addresses = (await (await caches.open(name)).keys()).map(({ url }) => url);
    try {
      for (const address of addresses) await models.prefetch(address, { cache: 'force-cache' });
      await caches.delete(name);
    } catch {
      // Without a network, or without room: the next visit tries again.
    }
  }
}
