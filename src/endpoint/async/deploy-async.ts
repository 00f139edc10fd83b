import type { Artifact } from '../../artifact/index.ts';
import { StoreError } from '../../errors.ts';
import type { ModelSource } from '../../manifest/open-source.ts';
import type { DeployOptions } from '../deploy.ts';
import { archiveFor } from '../artifact.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Tasks } from '../tasks.ts';
import type { AsyncEndpoint } from './async-endpoint.ts';
import { RequestQueue, type QueueParts } from './request-queue.ts';
import { RequestStore } from './request-store.ts';

type Deploy = (source: ModelSource | FileList | Artifact, options: DeployOptions) => Promise<Endpoint<keyof Tasks>>;

/**
 * Deploys a model with a queue of requests.
 *
 * @param deploy makes the endpoint that answers them
 * @throws {StoreError} `queue-unavailable` where this page can keep no requests, or the model is not kept
 */
export async function deployAsync(
  source: ModelSource | FileList | Artifact,
  { mode, name, takeOverMs, ...options }: DeployOptions,
  deploy: Deploy,
): Promise<AsyncEndpoint<keyof Tasks>> {
  if (typeof name !== 'string' || name === '')
    throw new TypeError(
      `deploy(…, { mode: ${JSON.stringify(mode)} }) wants a name for its queue: a text that is not empty.`,
    );
  const queue = `${encodeURIComponent(options.namespace ?? 'default')}/${encodeURIComponent(name)}`;
  const store = new RequestStore(queue);
  await checkSurroundings(name, store);
  let endpoint: Endpoint<keyof Tasks> | undefined;
  try {
    endpoint = await deploy(source, options);
    const version = endpoint.storage?.version;
    if (version === undefined) throw unavailable(name, notKept(endpoint));
    return withQueue(
      endpoint,
      new RequestQueue({
        name,
        queue,
        version,
        store,
        takeOverMs,
        archiveWorker: options.assets?.archiveWorker,
        answer: endpoint.invoke.bind(endpoint),
        openVersion: (older) => openVersion(older, endpoint!.storage!.key!, options, deploy),
      }),
    );
  } catch (error) {
    store.close();
    await endpoint?.close();
    throw error;
  }
}

/** Has a version that is still kept beside the current one answer. It is loaded for the first request. */
async function openVersion(
  version: string,
  key: string,
  { namespace = 'default', trust, assets, task, model, dtype, device, timeoutMs, threads, worker }: DeployOptions,
  deploy: Deploy,
): ReturnType<QueueParts['openVersion']> {
  if (trust) throw new StoreError('not-kept', 'This page takes no archive unseen, since it was told whom to trust.');
  const artifact = await archiveFor(assets?.archiveWorker).ask((control) => control.read(namespace, key, version));
  let loading: Promise<Endpoint<keyof Tasks>> | undefined;
  const load = (): Promise<Endpoint<keyof Tasks>> => {
    const made = deploy(artifact, { assets, task, model, dtype, device, timeoutMs, threads, worker });
    // Tried anew with the next request.
    made.catch(() => (loading = undefined));
    return made;
  };
  return {
    answer: async (input, options) => (await (loading ??= load())).invoke(input, options),
    leave: async () => {
      const endpoint = await loading?.catch(() => undefined);
      await endpoint?.close();
    },
  };
}

function withQueue(endpoint: Endpoint<keyof Tasks>, queue: RequestQueue): AsyncEndpoint<keyof Tasks> {
  const closeEndpoint = endpoint.close.bind(endpoint);
  const close = async (): Promise<void> => {
    await queue.close();
    await closeEndpoint();
  };
  let closing: Promise<void> | undefined;
  return Object.assign(endpoint, {
    invokeAsync: queue.invokeAsync.bind(queue),
    status: queue.status.bind(queue),
    result: queue.result.bind(queue),
    wait: queue.wait.bind(queue),
    completions: queue.completions.bind(queue),
    deadLetters: queue.deadLetters.bind(queue),
    acknowledge: queue.acknowledge.bind(queue),
    cancel: queue.cancel.bind(queue),
    addEventListener: queue.addEventListener.bind(queue),
    removeEventListener: queue.removeEventListener.bind(queue),
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  });
}

async function checkSurroundings(name: string, store: RequestStore): Promise<void> {
  const { indexedDB, BroadcastChannel, navigator } = globalThis as Partial<typeof globalThis>;
  if (!navigator?.locks || !BroadcastChannel)
    throw unavailable(name, 'this page is not served securely, or its browser has no Web Locks.');
  if (!indexedDB) throw unavailable(name, 'this browser has no IndexedDB.');
  try {
    await store.open();
    await navigator.locks.query();
  } catch (cause) {
    throw unavailable(name, `IndexedDB cannot be used here: ${(cause as Error).message}`, cause);
  }
}

function notKept({ storage }: Endpoint<keyof Tasks>): string {
  const why = storage?.reason ? `: ${storage.reason}` : ', so that nobody could tell later which version they are for.';
  return `its model is not kept on this device${why} Deploy an archive at an address, or one with a key, without { cache: 'no-store' }.`;
}

function unavailable(name: string, why: string, cause?: unknown): StoreError {
  return new StoreError(
    'queue-unavailable',
    `Cannot keep requests of ${JSON.stringify(name)}: ${why} Deploy it without { mode: 'async' }, and call invoke().`,
    { cause },
  );
}
