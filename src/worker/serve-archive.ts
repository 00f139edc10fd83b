import { keepArtifact, type KeepOptions } from '../artifact/keep.ts';
import {
  clearModels,
  isKept,
  listModels,
  readModel,
  removeModel,
  rollBack,
  storeSize,
} from '../artifact/kept-models.ts';
import type { DownloadProgress } from '../artifact/index.ts';
import { ArtifactError } from '../errors.ts';
import { StoreClearedError, writeFlushed } from '../artifact/store/index.ts';
import { openSource } from '../manifest/open-source.ts';
import { preflight } from '../manifest/preflight.ts';
import { exportArchive } from '../pack/export-archive.ts';
import { accept } from './accept.ts';
import { serveSecondThread, startSecondThread } from './second-thread.ts';
import type { ArchiveControl, JobListener, SentOptions } from './contract.ts';

/** Milliseconds between two reports of progress: as often as a screen shows one. */
const progressMs = 33;

/** Milliseconds that a second thread stays, where the page goes on with this worker. */
const restMs = 1000;

/** Makes this worker the one that downloads, unpacks and keeps archives. */
export function serveArchive(): void {
  serveSecondThread();
  const jobs = new Map<number, AbortController>();

  async function doJob<T>(job: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    jobs.set(job, controller);
    try {
      return await work(controller.signal);
    } catch (error) {
      // Nothing can be written here any more. The page notices, and goes on with another worker.
      if (!(error instanceof StoreClearedError)) throw error;
      close();
      return await new Promise<never>(() => {});
    } finally {
      jobs.delete(job);
    }
  }

  accept({
    open: (job, source, options, listener) =>
      doJob(job, async (signal) => {
        const thread = startSecondThread();
        const given: KeepOptions = { ...withListener(options, listener, signal), thread };
        try {
          return await openSource(source, { ...given, open: keepArtifact });
        } finally {
          // Once the answer is there the page ends this worker, and that thread with it. Chromium (156) now and then never
          // ends the two where both are being ended at once.
          setTimeout(() => thread.end(), restMs);
        }
      }),
    preflight: (job, source, options, listener) =>
      doJob(job, async (signal) => {
        if (typeof source !== 'string' && !(source instanceof Blob)) {
          throw new ArtifactError(
            'archive-unsupported',
            'Only an archive at an address, or a file, can be looked at before.',
          );
        }
        const key = options.key ?? (typeof source === 'string' ? source : undefined);
        const kept = key !== undefined && (await isKept(options.namespace ?? 'default', key));
        return preflight(source, { ...withListener(options, listener, signal), isKept: kept });
      }),
    cancel: (job) => jobs.get(job)?.abort(),
    list: listModels,
    size: storeSize,
    remove: removeModel,
    clear: clearModels,
    rollBack,
    export: async (namespace, key) => exportArchive(await readModel(namespace, key)),
    read: readModel,
    write: writeFlushed,
  } satisfies ArchiveControl);
}

/** Options as they are given here: what cannot cross goes through the listener. */
function withListener(options: SentOptions, listener: JobListener, signal: AbortSignal): SentOptions & KeepOptions {
  return {
    ...options,
    signal,
    onProgress: sparingly((progress) => listener.progress(progress)),
    onEvent: (event) => listener.event(event),
    refreshUrl: options.refreshes ? () => listener.refreshUrl() : undefined,
  };
}

/** Leaves out reports that come too soon after another: the latest is given when the time has come. */
function sparingly(report: (progress: DownloadProgress) => void): (progress: DownloadProgress) => void {
  let last = -Infinity;
  let waiting: DownloadProgress | undefined;
  const tell = (progress: DownloadProgress): void => {
    last = performance.now();
    waiting = undefined;
    report(progress);
  };
  return (progress) => {
    const wait = last + progressMs - performance.now();
    if (wait <= 0 || progress.loadedBytes === progress.totalBytes) return tell(progress);
    if (!waiting) setTimeout(() => waiting && tell(waiting), wait);
    waiting = progress;
  };
}
