/** One event of Chromium's trace; times in µs. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
}

/**
 * How long each task of the page's main thread took, in ms, as far as it was between the marks that the page sets. Times
 * are of the wall clock: what held the thread counts, whatever it was.
 *
 * Source: “Trace Event Format”, Google, 2016; `RunTask` is what Chromium's developer tools call a task.
 */
export function mainThreadTasks(events: readonly TraceEvent[]): number[] {
  const start = events.find(({ name }) => name === startMark);
  const end = events.findLast(({ name }) => name === endMark);
  if (!start || !end) throw new Error('The trace has no marks of the page: nothing can be said of its main thread.');
  return events
    .filter(({ name, ph, pid, tid }) => name === 'RunTask' && ph === 'X' && pid === start.pid && tid === start.tid)
    .map(({ ts, dur = 0 }) => (Math.min(ts + dur, end.ts) - Math.max(ts, start.ts)) / 1000)
    .filter((ms) => ms > 0);
}

const startMark = 'inpoint-bench-start';
const endMark = 'inpoint-bench-end';
