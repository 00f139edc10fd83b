import { expect, test } from 'vitest';
import { InferenceError, InputError } from '../../errors.ts';
import type { Answered } from '../../worker/replica.ts';
import type { ServedCall } from '../dispatch.ts';
import { asItIs } from '../send-input.ts';
import { completeAlarms, type Alarms } from './alarm.ts';
import { FakeClock, turns } from './fake-clock.ts';
import { Trial, type Route } from './trial.ts';

/** A route on which answers come when the test says so. */
class HeldRoute implements Route {
  readonly calls: { call: ServedCall; answer: (value: unknown) => void; fail: (error: unknown) => void }[] = [];

  invoke(call: ServedCall): Promise<Answered> {
    return new Promise((resolve, reject) => {
      call.signal?.addEventListener('abort', () => reject(call.signal!.reason));
      this.calls.push({ call, answer: (answer) => resolve({ answer, modelMs: 1 }), fail: reject });
    });
  }
}

interface Setting {
  alarms?: Alarms;
  isStateful?: boolean;
}

function setUp({ alarms = {}, isStateful = false }: Setting = {}): {
  trial: Trial;
  old: HeldRoute;
  fresh: HeldRoute;
  clock: FakeClock;
  alarm: string[];
} {
  const [old, fresh, clock, alarm] = [new HeldRoute(), new HeldRoute(), new FakeClock(), [] as string[]];
  const trial = new Trial({
    before: old,
    after: fresh,
    isStateful,
    alarms: completeAlarms(alarms),
    onAlarm: (reason) => alarm.push(reason),
    clock,
  });
  return { trial, old, fresh, clock, alarm };
}

function callOf(more: Partial<ServedCall> = {}): ServedCall {
  return {
    sent: asItIs(1),
    options: {},
    signal: undefined,
    timeoutMs: 1000,
    sessionId: undefined,
    priority: 'interactive',
    madeAt: 0,
    ...more,
  };
}

/** What a call came to. */
async function outcome(answered: Promise<Answered>): Promise<unknown> {
  return answered.then(
    ({ answer }) => answer,
    (error: unknown) => error,
  );
}

const failure = new InferenceError('inference-failed', 'it fails');

test('a trial gives the answers of the new archive, and counts its calls', async () => {
  const { trial, old, fresh, clock } = setUp();
  const answered = trial.newRoute.invoke(callOf());
  clock.pass(20);
  fresh.calls[0]!.answer('new');
  expect(await outcome(answered)).toBe('new');
  expect(old.calls).toHaveLength(0);
  expect(trial.tallyAfter.figures).toMatchObject({ invocations: 1, errors: 0, latency: { average: 20 } });
});

test('what the new archive fails at the old one answers, and it counts as an error', async () => {
  const { trial, old, fresh } = setUp();
  const answered = trial.newRoute.invoke(callOf());
  fresh.calls[0]!.fail(failure);
  await turns();
  old.calls[0]!.answer('old');
  expect(await outcome(answered)).toBe('old');
  expect(trial.tallyAfter.figures).toMatchObject({ invocations: 1, errors: 1 });
});

test('what both fail at is rejected, and is not the fault of the new one', async () => {
  const { trial, old, fresh } = setUp();
  const answered = trial.newRoute.invoke(callOf());
  const wrong = new InputError('input', 'it does not fit');
  fresh.calls[0]!.fail(wrong);
  await turns();
  old.calls[0]!.fail(failure);
  expect(await outcome(answered)).toBe(failure);
  expect(trial.tallyAfter.figures).toMatchObject({ invocations: 0, errors: 0 });
});

test('what was given away cannot be asked again: it is rejected, and counts', async () => {
  const { trial, old, fresh } = setUp();
  const answered = trial.newRoute.invoke(callOf({ sent: { input: 1, transfer: [], renew: undefined } }));
  fresh.calls[0]!.fail(failure);
  expect(await outcome(answered)).toBe(failure);
  expect(old.calls).toHaveLength(0);
  expect(trial.tallyAfter.figures).toMatchObject({ invocations: 1, errors: 1 });
});

test('a late call is asked of the old archive too, and the first answer counts', async () => {
  const { trial, old, fresh, clock } = setUp({ alarms: { latencyMs: 100 } });
  const [first, second] = [trial.newRoute.invoke(callOf()), trial.newRoute.invoke(callOf())];
  clock.pass(100);
  await turns();
  expect(old.calls).toHaveLength(0);
  clock.pass(1);
  await turns();
  expect(old.calls).toHaveLength(2);
  old.calls[0]!.answer('old');
  fresh.calls[1]!.answer('new');
  expect([await outcome(first), await outcome(second)]).toEqual(['old', 'new']);
  expect(fresh.calls[0]!.call.signal!.aborted).toBe(true);
  expect(old.calls[1]!.call.signal!.aborted).toBe(true);
  expect(trial.tallyAfter).toMatchObject({ invocations: 2, errors: 0, late: 2 });
});

test('a late call that both fail at is rejected once, whichever failed first', async () => {
  const { trial, old, fresh, clock } = setUp({ alarms: { latencyMs: 100 } });
  const calls = [trial.newRoute.invoke(callOf()), trial.newRoute.invoke(callOf())];
  clock.pass(101);
  await turns();
  old.calls[0]!.fail(failure);
  await turns();
  fresh.calls[0]!.fail(new Error('new'));
  fresh.calls[1]!.fail(new Error('new'));
  await turns();
  old.calls[1]!.fail(failure);
  expect(await Promise.all(calls.map(outcome))).toEqual([failure, failure]);
  await trial.idle();
});

test('rollBack() has the old archive answer what hangs, and the alarm is raised once', async () => {
  const { trial, old, fresh, clock, alarm } = setUp({ alarms: { latencyMs: 100, minCalls: 3 } });
  const calls = [1, 2, 3].map(() => trial.newRoute.invoke(callOf()));
  clock.pass(50);
  const young = trial.newRoute.invoke(callOf());
  expect(alarm).toEqual([]);
  clock.pass(51);
  expect(alarm).toEqual(['3 of 3 calls took longer than 100 ms, which alarms.latencyMs allows to 1 %']);
  trial.rollBack();
  await turns();
  expect(old.calls).toHaveLength(4);
  for (const { answer } of old.calls) answer('old');
  expect(await Promise.all([...calls, young].map(outcome))).toEqual(['old', 'old', 'old', 'old']);
  expect(fresh.calls.every(({ call }) => call.signal!.aborted)).toBe(true);
  await trial.idle();
  expect(alarm).toHaveLength(1);
});

test('rollBack() leaves what nobody can answer again to the new archive', async () => {
  const { trial, old, fresh } = setUp({ isStateful: true });
  const inSession = trial.newRoute.invoke(callOf({ sessionId: 'one' }));
  const given = trial.newRoute.invoke(callOf({ sent: { input: 1, transfer: [], renew: undefined } }));
  trial.rollBack();
  let isIdle = false;
  const idle = trial.idle().then(() => (isIdle = true));
  await turns();
  expect([old.calls.length, isIdle]).toEqual([0, false]);
  for (const { answer } of fresh.calls) answer('new');
  expect([await outcome(inSession), await outcome(given)]).toEqual(['new', 'new']);
  await idle;
});

test('a text that has begun ends where it began: no piece is of another archive', async () => {
  const { trial, old, fresh, clock } = setUp({ alarms: { latencyMs: 100 } });
  const [mine, yours]: string[][] = [[], []];
  const begun = trial.newRoute.invoke(callOf({ onPiece: ({ text }) => mine!.push(text) }));
  const mute = trial.newRoute.invoke(callOf({ onPiece: ({ text }) => yours!.push(text) }));
  const piece = (text: string): never => ({ index: 0, text, token: 1 }) as never;
  fresh.calls[0]!.call.onPiece!(piece('a'));
  clock.pass(101);
  await turns();
  expect(old.calls).toHaveLength(1);
  old.calls[0]!.call.onPiece!(piece('b'));
  expect(fresh.calls.map(({ call }) => call.signal!.aborted)).toEqual([false, true]);
  fresh.calls[1]!.call.onPiece!(piece('c'));
  trial.rollBack();
  fresh.calls[0]!.call.onPiece!(piece('a'));
  fresh.calls[0]!.answer('aa');
  old.calls[0]!.answer('b');
  expect([await outcome(begun), await outcome(mute)]).toEqual(['aa', 'b']);
  expect([mine, yours]).toEqual([['a', 'a'], ['b']]);
});

test("an abort rejects with its reason, wherever the call is, and is nobody's error", async () => {
  const { trial, old, fresh, clock } = setUp({ alarms: { latencyMs: 100 } });
  const abort = new AbortController();
  const early = trial.newRoute.invoke(callOf({ signal: abort.signal }));
  clock.pass(101);
  const late = trial.newRoute.invoke(callOf({ signal: abort.signal }));
  await turns();
  expect([fresh.calls.length, old.calls.length]).toEqual([2, 1]);
  abort.abort('enough');
  expect([await outcome(early), await outcome(late)]).toEqual(['enough', 'enough']);
  expect(trial.tallyAfter).toMatchObject({ invocations: 1, errors: 0, late: 1 });
  await trial.idle();
});

test('an archive whose engines are all lost is given up at its first call', async () => {
  const { trial, old, fresh, alarm } = setUp({ alarms: { minCalls: 100 } });
  const answered = trial.newRoute.invoke(callOf());
  fresh.calls[0]!.fail(Object.assign(new Error('its engines were lost'), { code: 'endpoint-failed' }));
  await turns();
  old.calls[0]!.answer('old');
  expect(await outcome(answered)).toBe('old');
  expect(alarm).toEqual(['its engines were lost']);
});
