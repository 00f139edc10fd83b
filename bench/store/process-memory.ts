import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** Runs something, and sees how far the private memory of all Chromium processes rises meanwhile. Linux only. */
export async function peakOf<T>(work: () => Promise<T>): Promise<{ value: T; peakMB: number }> {
  await wait(1500);
  const before = await privateMB();
  let peak = before;
  const done = new AbortController();
  const watch = (async () => {
    while (!done.signal.aborted) {
      peak = Math.max(peak, await privateMB());
      await wait(20);
    }
  })();
  try {
    return { value: await work(), peakMB: peak - before };
  } finally {
    done.abort();
    await watch;
  }
}

/** Anonymous memory: what a process has for itself, without files that are mapped or cached. */
async function privateMB(): Promise<number> {
  let kB = 0;
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (!/^Name:\tchrom/m.test(status)) continue;
    kB += Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  }
  return kB / 1000;
}
