import { abortable } from '../abortable.ts';
import { keepType, type KeepMessage, type KeepReply, type KeptReport } from './keep-message.ts';

/** What a page has its service worker keep, and how long it waits for that. */
export interface KeepOfflineOptions {
  /** Addresses to keep beside what the page has loaded. @default none */
  files?: readonly (string | URL)[];
  /** Milliseconds to wait for a service worker, which on a first visit is being installed. @default 10_000 */
  waitMs?: number;
  /** Ends the waiting, which has no end of its own once files are fetched; what the service worker has begun goes on. */
  signal?: AbortSignal;
}

/** What is there for the next visit. */
export interface OfflineReport extends KeptReport {
  /** False where the page works as it does without a service worker. */
  readonly isControlled: boolean;
  /** Why it is not controlled. */
  readonly reason: string | undefined;
}

/**
 * Has the page's service worker, one that calls `serveInpointOffline()`, keep what the page has loaded, so that a first
 * visit is enough: the service worker came too late to see it. Resolves when all of it is kept.
 *
 * ```ts
 * const endpoint = await deploy('/model.tar.gz');
 * await navigator.serviceWorker.register('/service-worker.js');
 * const { failures } = await keepInpointOffline();
 * ```
 *
 * Where there is no service worker, it says why and the page goes on. Rejects with `signal.reason`, and with a `TypeError` for files that are no addresses.
 */
export async function keepInpointOffline(options: KeepOfflineOptions = {}): Promise<OfflineReport> {
  const { files = [], waitMs = 10_000, signal } = options;
  signal?.throwIfAborted();
  const addresses = [location.href, ...loaded(), ...files].map(absolute);
  if (!isSecureContext || !('serviceWorker' in navigator) || !('caches' in globalThis))
    return uncontrolled(
      'There are no service workers here. They need HTTPS, or localhost, and storage that is allowed.',
    );
  const { port1, port2 } = new MessageChannel();
  const replies = listen(port1);
  const late = timer(waitMs);
  try {
    const taken = ask([...new Set(addresses)], port2).then(() => replies.taken);
    const isControlled = await abortable(Promise.race([taken, late.promise]), signal);
    if (!isControlled)
      return uncontrolled(
        `No service worker with serveInpointOffline() has taken the page within ${waitMs} ms. See that one is registered, and that the page is in its scope.`,
      );
    return { isControlled, reason: undefined, ...(await abortable(replies.kept, signal)) };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    return uncontrolled(`The service worker cannot be asked: ${String(error)}`);
  } finally {
    late.clear();
    port1.close();
  }
}

/** Posts the addresses to the service worker, and resolves when it controls the page. */
async function ask(addresses: readonly string[], port: MessagePort): Promise<void> {
  const container = navigator.serviceWorker;
  const { active } = await container.ready;
  const { controller } = container;
  const controlled =
    controller ?? new Promise((resolve) => container.addEventListener('controllerchange', resolve, { once: true }));
  const message: KeepMessage = { type: keepType, addresses, claim: !controller };
  (controller ?? active!).postMessage(message, [port]);
  await controlled;
}

function absolute(address: string | URL): string {
  const url = new URL(address, document.baseURI);
  url.hash = '';
  return url.href;
}

/** What this page has fetched since it was opened, workers' own scripts among them; not what these fetch. */
function loaded(): string[] {
  return performance.getEntriesByType('resource').map(({ name }) => name);
}

function listen(port: MessagePort): { taken: Promise<true>; kept: Promise<KeptReport> } {
  let take!: (taken: true) => void;
  let keep!: (report: KeptReport) => void;
  const taken = new Promise<true>((resolve) => (take = resolve));
  const kept = new Promise<KeptReport>((resolve) => (keep = resolve));
  port.onmessage = ({ data }: MessageEvent<KeepReply>) => {
    if (data.kind === 'taken') take(true);
    else keep({ files: data.files, failures: data.failures });
  };
  return { taken, kept };
}

function timer(ms: number): { promise: Promise<false>; clear: () => void } {
  let id: ReturnType<typeof setTimeout>;
  const promise = new Promise<false>((resolve) => (id = setTimeout(() => resolve(false), ms)));
  return { promise, clear: () => clearTimeout(id) };
}

function uncontrolled(reason: string): OfflineReport {
  return { isControlled: false, reason, files: [], failures: [] };
}
