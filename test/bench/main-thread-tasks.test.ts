import { expect, it } from 'vitest';
import { mainThreadTasks, type TraceEvent } from '../../bench/browser/main-thread-tasks.ts';

const event = (name: string, ts: number, dur?: number, tid = 1): TraceEvent => ({
  name,
  ph: dur === undefined ? 'R' : 'X',
  pid: 5,
  tid,
  ts,
  ...(dur !== undefined && { dur }),
});

it('mainThreadTasks() gives tasks of the marked thread, as far as they are between the marks', () => {
  const events = [
    event('RunTask', 0, 900),
    event('RunTask', 900, 2100),
    event('inpoint-bench-start', 1000),
    event('RunTask', 4000, 16_000),
    event('RunTask', 4000, 80_000, 2),
    event('FunctionCall', 4000, 9000),
    event('RunTask', 50_000, 9000),
    event('inpoint-bench-end', 52_000),
    event('RunTask', 60_000, 9000),
  ];
  expect(mainThreadTasks(events)).toEqual([2, 16, 2]);
});

it('mainThreadTasks() says so where the page set no marks', () => {
  expect(() => mainThreadTasks([event('RunTask', 0, 900)])).toThrow('no marks');
});
