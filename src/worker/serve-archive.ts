import type { DownloadProgress } from '../artifact/index.ts';
import { openSource } from '../manifest/open-source.ts';
import { accept } from './accept.ts';
import type { ArchiveControl } from './contract.ts';

/** Milliseconds between two reports of progress: as often as a screen shows one. */
const progressMs = 33;

/** Makes this worker the one that downloads and unpacks archives. */
export function serveArchive(): void {
  const jobs = new Map<number, AbortController>();
  accept({
    async unpack(job, source, options, onProgress) {
      const controller = new AbortController();
      jobs.set(job, controller);
      try {
        return await openSource(source, {
          ...options,
          signal: controller.signal,
          onProgress: sparingly(onProgress),
        });
      } finally {
        jobs.delete(job);
      }
    },
    cancel(job) {
      jobs.get(job)?.abort();
    },
  } satisfies ArchiveControl);
}

/** Leaves out reports that come too soon after another, the first and the last excepted. */
function sparingly(report: (progress: DownloadProgress) => void): (progress: DownloadProgress) => void {
  let last = -Infinity;
  return (progress) => {
    const now = performance.now();
    if (now - last < progressMs && progress.loadedBytes !== progress.totalBytes) return;
    last = now;
    report(progress);
  };
}
