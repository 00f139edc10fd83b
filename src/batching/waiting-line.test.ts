import { expect, test } from 'vitest';
import { formBatch } from './form-batch.ts';
import { WaitingLine, type Priority, type Queued, type QueuePolicy } from './waiting-line.ts';

interface Request extends Queued {
  readonly name: string;
  readonly size: number;
  readonly shape: string;
}

const patient: QueuePolicy = { maxQueueSize: Infinity, queueTimeoutMs: Infinity, timeoutAction: 'reject' };

interface Sent {
  readonly at: number;
  readonly size?: number;
  readonly priority?: Priority;
  readonly timeoutMs?: number;
}

function requestOf(name: string, { at, size = 1, priority = 'interactive', timeoutMs }: Sent): Request {
  return { name, at, size, priority, queueTimeoutMs: timeoutMs, shape: '16' };
}

function namesOf(items: readonly Request[]): string {
  return items.map(({ name }) => name).join(' ');
}

/**
 * A server whose model takes no time, under a clock that goes on by one millisecond: tells what is run together and when,
 * what is refused and when.
 */
function serve(policy: QueuePolicy, sent: Readonly<Record<string, Sent>>, preferredBatchSizes = [4, 8]): string[] {
  const line = new WaitingLine<Request>(policy);
  const comers = Object.entries(sent).map(([name, options]) => requestOf(name, options));
  const log: string[] = [];
  for (let now = 0; now <= 15_000 && (comers.length > 0 || line.size > 0); now++) {
    while (comers[0]?.at === now) line.add(comers.shift()!);
    for (const { name } of line.expire(now)) log.push(`${now}: ${name} refused`);
    while (line.size > 0) {
      const { items } = line;
      const formed = formBatch(items, { maxBatchSize: 32, preferredBatchSizes, maxQueueDelayMs: 10_000 }, now);
      if ('waitUntil' in formed) break;
      const batch = formed.take.map((place) => items[place]!);
      line.remove(new Set(batch));
      log.push(`${now}: ${namesOf(batch)}`);
    }
  }
  return log;
}

test('WaitingLine takes no more than may wait (Triton: max_queue_size)', () => {
  const line = new WaitingLine<Request>({ ...patient, maxQueueSize: 8 });
  const refused: number[] = [];
  for (let at = 0; at < 10; at++) {
    if (line.isFull('interactive')) refused.push(at);
    else line.add(requestOf(`${at}`, { at }));
  }
  expect(refused).toEqual([8, 9]);
  expect(line.size).toBe(8);
  line.remove(new Set(line.items.slice(0, 1)));
  expect(line.isFull('interactive')).toBe(false);
});

test('WaitingLine counts each priority by itself, late ones too (Triton: PriorityQueue::PolicyQueue)', () => {
  const line = new WaitingLine<Request>({
    ...patient,
    maxQueueSize: 2,
    background: { maxQueueSize: 3, timeoutAction: 'delay', queueTimeoutMs: 10 },
  });
  for (let at = 0; at < 3; at++) line.add(requestOf(`b${at}`, { at, priority: 'background' }));
  expect(line.expire(11)).toEqual([]);
  expect(line.isFull('background'), 'those that are late wait too').toBe(true);
  expect(line.isFull('interactive'), 'a job does not lock people out').toBe(false);
});

test('WaitingLine puts a late one behind the others (Triton: policy_delay)', () => {
  const policy: QueuePolicy = { ...patient, timeoutAction: 'delay', queueTimeoutMs: 100 };
  expect(serve(policy, { a: { at: 0 }, b: { at: 200, size: 2 }, c: { at: 200, size: 2 } })).toEqual([
    '200: b c',
    '10000: a',
  ]);
});

test('WaitingLine refuses a late one (Triton: policy_reject)', () => {
  const policy: QueuePolicy = { ...patient, queueTimeoutMs: 100 };
  expect(serve(policy, { a: { at: 0 }, b: { at: 200, size: 2 }, c: { at: 200, size: 2 } })).toEqual([
    '100: a refused',
    '200: b c',
  ]);
});

test('WaitingLine lets a request be less patient than the policy, not more (Triton: timeout_override)', () => {
  const policy: QueuePolicy = { ...patient, queueTimeoutMs: 1000 };
  const others = { b: { at: 200, size: 2 }, c: { at: 200, size: 2 } };
  expect(serve(policy, { a: { at: 0, timeoutMs: 100 }, ...others })).toEqual(['100: a refused', '200: b c']);
  const byPolicy = ['1000: a refused', '1000: b c'];
  expect(serve(policy, { a: { at: 0, timeoutMs: 10_000 }, ...others })).toEqual(byPolicy);
  expect(serve(policy, { a: { at: 0 }, ...others })).toEqual(byPolicy);
});

test('WaitingLine puts a higher priority first, and in one batch with the next (Triton: priority_levels)', () => {
  const priority = 'background';
  expect(
    serve(patient, {
      a: { at: 0, size: 2, priority },
      b: { at: 100, size: 1, priority },
      c: { at: 300, size: 2, priority: 'interactive' },
    }),
  ).toEqual(['300: c a', '10100: b']);
});

test('WaitingLine keeps to the policy of each priority (Triton: priority_with_policy)', () => {
  const policy: QueuePolicy = {
    ...patient,
    queueTimeoutMs: 11_000,
    timeoutAction: 'delay',
    background: { timeoutAction: 'reject' },
  };
  const priority = 'background';
  const line = new WaitingLine<Request>(policy);
  line.add(requestOf('a', { at: 0, size: 2 }));
  line.add(requestOf('b', { at: 200, timeoutMs: 1000 }));
  line.add(requestOf('c', { at: 400, size: 2 }));
  line.add(requestOf('d', { at: 600, size: 2, priority, timeoutMs: 2000 }));
  line.add(requestOf('e', { at: 800, size: 3, priority }));
  expect(namesOf(line.items)).toBe('a b c d e');
  expect(line.expire(1200)).toEqual([]);
  expect(namesOf(line.items), 'late, but before the lower priority').toBe('a c b d e');
  expect(namesOf(line.expire(2600))).toBe('d');
  expect(namesOf(line.items)).toBe('a c b e');
  // The batches that Triton makes of it: 2 and 2 are preferred, then what was late with the first of the next priority.
  expect(
    serve(
      policy,
      {
        a: { at: 0, size: 2 },
        b: { at: 200, timeoutMs: 1000 },
        c: { at: 400, size: 2 },
        d: { at: 600, size: 2, priority, timeoutMs: 2000 },
        e: { at: 800, size: 3, priority },
        f: { at: 1000, size: 6, priority },
      },
      [4, 8, 32],
    ),
  ).toEqual(['1200: a c', '2600: d refused', '2600: b e', '11000: f']);
});

test('WaitingLine takes 0 for none, where Triton has it for any (max_queue_size, default_timeout_microseconds)', () => {
  expect(new WaitingLine<Request>({ ...patient, maxQueueSize: 0 }).isFull('interactive')).toBe(true);
  const line = new WaitingLine<Request>({ ...patient, queueTimeoutMs: 0 });
  line.add(requestOf('a', { at: 5 }));
  expect(namesOf(line.expire(5))).toBe('a');
});

test('WaitingLine.nextExpiry tells when expire() has something to do, and never of those that are late already', () => {
  const line = new WaitingLine<Request>({ ...patient, queueTimeoutMs: 100, timeoutAction: 'delay' });
  expect(line.nextExpiry).toBe(Infinity);
  line.add(requestOf('a', { at: 5 }));
  line.add(requestOf('b', { at: 10, timeoutMs: 20 }));
  expect(line.nextExpiry).toBe(30);
  line.expire(29);
  expect(namesOf(line.items)).toBe('a b');
  line.expire(30);
  expect(namesOf(line.items)).toBe('a b');
  expect(line.nextExpiry).toBe(105);
  line.expire(105);
  expect(namesOf(line.items), 'as they became late').toBe('b a');
  expect(line.nextExpiry).toBe(Infinity);
  line.add(requestOf('c', { at: 106 }));
  expect(namesOf(line.items)).toBe('c b a');
  expect(line.first?.name).toBe('c');
});

test('WaitingLine.first is who comes first in items, through whatever is added, removed and late', () => {
  const line = new WaitingLine<Request>({ ...patient, timeoutAction: 'delay', queueTimeoutMs: 7 });
  let state = 7;
  const next = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
  for (let now = 0; now < 500; now++) {
    line.add(requestOf(`${now}`, { at: now, priority: next(3) === 0 ? 'background' : 'interactive' }));
    if (next(2) === 0) line.remove(new Set([line.items[next(line.size)]!, line.items[0]!]));
    line.expire(now);
    expect(line.first).toBe(line.items[0]);
    expect(line.items.length).toBe(line.size);
    const priorities = line.items.map(({ priority }) => priority);
    expect(priorities, 'interactive before background').toEqual(priorities.toSorted().toReversed());
  }
});
