import { expect, test } from 'vitest';
import type { Answered } from '../../worker/replica.ts';
import type { ServedCall } from '../dispatch.ts';
import { asItIs } from '../send-input.ts';
import { turns } from './fake-clock.ts';
import { fakeDeployed, type FakeDeployed } from './fake-deployed.ts';
import { Shadow, type ShadowDifference, type ShadowPolicy } from './shadow.ts';

function callOf(input: unknown = 1, more: Partial<ServedCall> = {}): ServedCall {
  return {
    sent: asItIs(input),
    options: {},
    signal: undefined,
    timeoutMs: 1000,
    sessionId: undefined,
    priority: 'interactive',
    madeAt: 0,
    ...more,
  };
}

const answered = (answer: unknown): Promise<Answered> => Promise.resolve({ answer, modelMs: 1 });

/** A shadow that answers what a test says, and what it was told of. */
function setUp(
  policy: ShadowPolicy,
  answer: FakeDeployed['answer'],
  isStateful = false,
): { shadow: Shadow; told: ShadowDifference[]; asked: ServedCall[]; deployed: FakeDeployed } {
  const [told, asked]: [ShadowDifference[], ServedCall[]] = [[], []];
  const deployed = fakeDeployed('new', { isStateful });
  deployed.answer = (call) => {
    asked.push(call);
    return answer(call);
  };
  const onDifference = (one: ShadowDifference): void => void told.push(one);
  const shadow = new Shadow('Shadow', deployed, { onDifference, ...policy }, { start: 0 });
  return { shadow, told, asked, deployed };
}

const labels = (...scores: [string, number][]): object => ({
  labels: scores.map(([label, score]) => ({ label, score })),
});

test.each([
  [labels(['a', 0.9], ['b', 0.1]), labels(['a', 0.9005], ['b', 0.0995]), undefined],
  [labels(['a', 0.9]), labels(['a', 0.902]), 'answer.labels[0].score is 0.902, not 0.9 (± 0.001)'],
  [labels(['a', 0.5], ['b', 0.5]), labels(['b', 0.5], ['a', 0.5]), 'answer.labels[0].label is "b", not "a"'],
  [labels(['a', 1]), labels(['a', 1], ['b', 0]), 'answer.labels has 2 values, not 1'],
  [{ value: 1000 }, { value: 1000.9 }, undefined],
  [{ value: 1000 }, { value: 1001.1 }, 'answer.value is 1001.1, not 1000 (± 0.001)'],
  [{ y: new Float32Array([1, 2]) }, { y: new Float32Array([1, 3]) }, 'answer.y[1] is 3, not 2 (± 0.001)'],
  [{ a: 1 }, { a: 1, b: 2 }, 'answer has no "b"'],
  [{ a: { b: 1 } }, { a: null }, 'answer.a is null, not an object'],
  [{ a: 1 }, undefined, 'answer is undefined, not an object'],
  [{ a: {} }, { a: 3 }, 'answer.a is 3, not an object'],
  [{ text: 'a', timings: { ms: 1 } }, { text: 'a', timings: { ms: 9 } }, undefined],
])('a shadow compares %j with %j', async (own, other, difference) => {
  const { shadow, told } = setUp({}, () => other);
  shadow.mirror(callOf(), answered(own));
  await turns();
  expect(told.map((one) => one.difference)).toEqual(difference === undefined ? [] : [difference]);
  const count = difference === undefined ? 0 : 1;
  expect(shadow.report).toMatchObject({ invocations: 1, matches: 1 - count, differences: count, errors: 0 });
});

test('a shadow is asked behind all others, without what would reach the caller', async () => {
  const { shadow, asked } = setUp({}, () => 1);
  const { signal } = new AbortController();
  shadow.mirror(callOf(1, { signal, onPiece: () => expect.fail("It is nobody else's.") }), answered(1));
  await turns();
  expect(asked).toMatchObject([{ priority: 'background', timeoutMs: 1000 }]);
  expect(asked[0]!.onPiece).toBeUndefined();
  expect(asked[0]!.signal).not.toBe(signal);
});

test('a shadow that fails is told of, with the input only where it is asked for', async () => {
  const fails = (): never => {
    throw new Error('it fails');
  };
  const without = setUp({}, fails);
  without.shadow.mirror(callOf('secret'), answered(1));
  const within = setUp({ includeInput: true }, fails);
  within.shadow.mirror(callOf('seen'), answered(1));
  await turns();
  expect(without.told[0]).toMatchObject({ difference: 'the shadow failed: it fails', answer: 1 });
  expect(JSON.stringify(without.told[0])).not.toContain('secret');
  expect(within.told[0]).toMatchObject({ input: 'seen', error: new Error('it fails') });
  expect(without.shadow.report).toMatchObject({ invocations: 1, errors: 1, differences: 0 });
});

test('a shadow has so many calls at a time, and skips those that come meanwhile', async () => {
  const held = Promise.withResolvers<number>();
  const { shadow, asked } = setUp({ maxConcurrency: 2 }, () => held.promise);
  for (let n = 0; n < 10; n++) shadow.mirror(callOf(), answered(1));
  await turns();
  expect(asked).toHaveLength(2);
  expect(shadow.report).toMatchObject({ skipped: 8, invocations: 0 });
  held.resolve(1);
  await turns();
  shadow.mirror(callOf(), answered(1));
  await turns();
  expect(shadow.report).toMatchObject({ skipped: 8, invocations: 3, matches: 3 });
});

test('a shadow gets its part of the calls', () => {
  const { shadow, asked } = setUp({ samplingPercentage: 5, maxConcurrency: Infinity }, () => 1);
  for (let n = 0; n < 1000; n++) shadow.mirror(callOf(), answered(1));
  return turns().then(() => expect(Math.abs(asked.length - 50)).toBeLessThanOrEqual(3));
});

test('a shadow that remembers conversations hears all of one, or nothing', async () => {
  const { shadow, asked } = setUp({ samplingPercentage: 50, maxConcurrency: Infinity }, () => 1, true);
  for (let turn = 0; turn < 4; turn++)
    for (let n = 0; n < 50; n++) shadow.mirror(callOf(1, { sessionId: `visitor ${n}` }), answered(1));
  await turns();
  const heard = Object.groupBy(asked, ({ sessionId }) => sessionId!);
  expect(Math.abs(Object.keys(heard).length - 25)).toBeLessThanOrEqual(2);
  expect(Object.values(heard).every((calls) => calls!.length === 4)).toBe(true);
});

test('a shadow skips what was given away, and compares nothing where the call failed', async () => {
  const { shadow, told } = setUp({}, () => 1);
  shadow.mirror(callOf(1, { sent: { input: 1, transfer: [], renew: undefined } }), answered(1));
  shadow.mirror(callOf(), Promise.reject(new Error('it fails')));
  await turns();
  expect(shadow.report).toMatchObject({ skipped: 1, invocations: 0 });
  expect(told).toEqual([]);
});

test('a shadow compares the answer as it was given, whatever its caller does with it', async () => {
  const held = Promise.withResolvers<unknown>();
  const { shadow, told } = setUp({}, () => held.promise);
  const answer = { y: new Float32Array([1, 2]) };
  shadow.mirror(callOf(), answered(answer));
  await turns();
  structuredClone(answer.y, { transfer: [answer.y.buffer] });
  held.resolve({ y: new Float32Array([1, 2]) });
  await turns();
  expect([shadow.report.matches, told]).toEqual([1, []]);
});

test('close() ends a shadow, and what it is at is not told of', async () => {
  const held = Promise.withResolvers<unknown>();
  const { shadow, told, deployed } = setUp({}, () => held.promise);
  shadow.mirror(callOf(), answered(1));
  await shadow.close();
  held.resolve(2);
  await turns();
  expect([told, deployed.done]).toEqual([[], ['release', 'close']]);
});
