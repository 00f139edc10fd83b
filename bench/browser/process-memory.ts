import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * Runs something, and sees how far the private memory of a browser's processes rises meanwhile. Linux only.
 *
 * @param profile the folder of the browser's profile, by which its processes are told from those of others
 */
export async function peakOf<T>(
  profile: string,
  work: () => Promise<T>,
): Promise<{ value: T; peakMB: number; beforeMB: number }> {
  await wait(1500);
  const before = await privateMB(profile);
  let peak = before;
  const done = new AbortController();
  const watch = (async () => {
    while (!done.signal.aborted) {
      peak = Math.max(peak, await privateMB(profile));
      await wait(20);
    }
  })();
  try {
    return { value: await work(), peakMB: peak - before, beforeMB: before };
  } finally {
    done.abort();
    await watch;
  }
}

interface Process {
  readonly pid: string;
  readonly parent: string;
  readonly isOurs: boolean;
  readonly kB: number;
}

/**
 * Anonymous memory of a browser's processes, in MB: what they have for themselves, without files that are mapped or
 * cached. Linux only.
 *
 * @param profile the folder of the browser's profile, by which its processes are told from those of others
 */
export async function privateMB(profile: string): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const processes = await Promise.all(pids.map((pid) => readProcess(pid, profile)));
  const parents = new Map(processes.map((one) => [one.pid, one]));
  const belongs = (one: Process | undefined): boolean =>
    one !== undefined && (one.isOurs || belongs(parents.get(one.parent)));
  return processes.filter(belongs).reduce((sum, { kB }) => sum + kB, 0) / 1000;
}

async function readProcess(pid: string, profile: string): Promise<Process> {
  const read = (file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const [command, status] = await Promise.all([read('cmdline'), read('status')]);
  return {
    pid,
    parent: /^PPid:\s+(\d+)/m.exec(status)?.[1] ?? '0',
    isOurs: command.includes(profile),
    kB: Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0),
  };
}
