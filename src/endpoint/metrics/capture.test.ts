import { expect, test } from 'vitest';
import { tensor } from '../../tensor.ts';
import { capture } from './capture.ts';
import { captureData } from './capture-data.ts';
import type { CaptureOptions } from './captures.ts';
import type { CapturedLine, MostCaptures } from './kept-captures.ts';

function setUp(options: CaptureOptions = {}, random?: () => number) {
  const lines: CapturedLine[] = [];
  const adds: (MostCaptures & { count: number })[] = [];
  const kept = {
    async add(given: readonly CapturedLine[], most: MostCaptures) {
      await Promise.resolve();
      lines.push(...given);
      adds.push({ ...most, count: given.length });
    },
  };
  const observer = capture('digits', options, { kept, random, now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678) });
  const call = (input: unknown, answer: unknown): void => {
    const made = { startMs: 0 };
    observer.onSend!(made, input);
    observer.onAnswer!(made, { endMs: 1, modelMs: 1, answer });
  };
  return { lines, adds, observer, call, parsed: () => lines.map(({ text }) => JSON.parse(text) as unknown) };
}

test("capture() writes a call as a line of SageMaker's data capture", async () => {
  const { call, observer, parsed, lines, adds } = setUp();
  call('Good.', { labels: [{ label: 'POSITIVE', score: 0.75 }] });
  await observer.close!();
  expect(parsed()).toEqual([
    {
      captureData: {
        endpointInput: {
          observedContentType: 'application/json',
          mode: 'INPUT',
          data: '"Good."',
          encoding: 'JSON',
        },
        endpointOutput: {
          observedContentType: 'application/json',
          mode: 'OUTPUT',
          data: '{"labels":[{"label":"POSITIVE","score":0.75}]}',
          encoding: 'JSON',
        },
      },
      eventMetadata: {
        eventId: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/),
        inferenceTime: '2026-01-02T03:04:05Z',
      },
      eventVersion: '0',
    },
  ]);
  expect(lines[0]!.bytes).toBe(Buffer.byteLength(lines[0]!.text));
  expect(adds).toEqual([{ maxRecords: 1000, maxBytes: 10_000_000, count: 1 }]);
});

test('capture() takes what a call was made with, whatever becomes of it afterwards', async () => {
  const { call, observer, parsed } = setUp();
  const input = { rows: [{ age: 3 }], x: tensor('float32', Float32Array.of(0.1, 2), [2]) };
  const answer = { scores: Float32Array.of(0.3) };
  call(input, answer);
  input.rows[0]!.age = 99;
  input.x.data.fill(7);
  structuredClone(answer.scores, { transfer: [answer.scores.buffer] });
  await observer.close!();
  expect(parsed()).toMatchObject([
    {
      captureData: {
        endpointInput: { data: '{"rows":[{"age":3}],"x":{"type":"float32","data":[0.1,2],"dims":[2]}}' },
        endpointOutput: { data: '{"scores":[0.3]}' },
      },
    },
  ]);
});

test('capture() keeps the part of the calls that it was asked for, and leaves out failed ones', async () => {
  let draws = 0;
  const { call, observer, lines } = setUp({ samplePercent: 25 }, () => (draws++ % 100) / 100);
  for (let index = 0; index < 400; index++) call(index, index);
  const failing = { startMs: 0 };
  observer.onSend!(failing, 'x');
  observer.onError!(failing, new Error('no'));
  await observer.close!();
  expect(draws).toBe(401);
  expect(lines).toHaveLength(100);
  const none = setUp({ samplePercent: 0 }, () => 0);
  none.call(1, 1);
  await none.observer.close!();
  expect(none.lines).toEqual([]);
});

test('capture() leaves out inputs or answers where it was asked to', async () => {
  const { call, observer, parsed } = setUp({ inputs: false });
  call('secret', 1);
  await observer.close!();
  expect(JSON.stringify(parsed())).not.toContain('secret');
  expect(JSON.stringify(parsed())).not.toContain('endpointInput');
  const other = setUp({ outputs: false });
  other.call(1, 'secret');
  await other.observer.close!();
  expect(JSON.stringify(other.parsed())).not.toContain('endpointOutput');
});

test('capture() writes together what came while it wrote, in order', async () => {
  const { call, observer, adds, parsed } = setUp();
  for (let index = 0; index < 50; index++) call(index, index);
  await observer.close!();
  expect(adds.map(({ count }) => count)).toEqual([1, 49]);
  expect(parsed().map((line) => (line as never)['captureData']['endpointInput']['data'])).toEqual(
    Array.from({ length: 50 }, (_, index) => String(index)),
  );
});

test('capture() tells of what it cannot keep, and goes on', async () => {
  const errors: unknown[] = [];
  const { call, observer, lines } = setUp({ maxBytes: 1_000, onError: (error) => errors.push(error) });
  const endless: { self?: unknown } = {};
  endless.self = endless;
  call(endless, 1);
  call('x'.repeat(2_000), 1);
  call('fits', 1);
  await observer.close!();
  expect(errors).toHaveLength(2);
  expect(errors.every((error) => error instanceof RangeError)).toBe(true);
  expect(lines).toHaveLength(1);
  const broken: unknown[] = [];
  const full = capture(
    'digits',
    { onError: (error) => broken.push(error) },
    { kept: { add: () => Promise.reject(new DOMException('Full', 'QuotaExceededError')) } },
  );
  const made = { startMs: 0 };
  full.onSend!(made, 1);
  full.onAnswer!(made, { endMs: 1, modelMs: 1, answer: 1 });
  await full.close!();
  expect(broken).toMatchObject([{ name: 'QuotaExceededError' }]);
});

test('capture() refuses options that mean nothing', () => {
  for (const options of [{ samplePercent: 101 }, { samplePercent: Number.NaN }, { maxRecords: -1 }, { maxBytes: -1 }])
    expect(() => setUp(options)).toThrow(RangeError);
});

test('captureData() writes files in Base64, and as addresses inside of others', async () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
  const alone = await captureData(new Blob([bytes], { type: 'image/jpeg' }), 'INPUT')();
  expect(alone).toMatchObject({ observedContentType: 'image/jpeg', encoding: 'BASE64' });
  expect(Buffer.from(alone.data, 'base64').equals(bytes)).toBe(true);
  const plain = await captureData(bytes, 'INPUT')();
  expect(plain).toMatchObject({ observedContentType: 'application/octet-stream', data: alone.data });
  const inside = await captureData({ image: new Blob([bytes.slice(0, 3)], { type: 'image/png' }), n: [1n] }, 'INPUT')();
  expect(JSON.parse(inside.data)).toEqual({ image: 'data:image/png;base64,AAEC', n: [1] });
});

test('captureData() writes numbers that JSON has no word for', async () => {
  const { data } = await captureData(
    { a: Float64Array.of(Number.NaN, Infinity, 0.1), b: BigInt64Array.of(2n ** 60n, 3n), c: undefined },
    'OUTPUT',
  )();
  expect(JSON.parse(data)).toEqual({ a: [null, null, 0.1], b: ['1152921504606846976', 3] });
  expect((await captureData(undefined, 'OUTPUT')()).data).toBe('null');
});
