import { expect, test } from 'vitest';
import type { Decoder } from '../../src/generation/decoder.ts';
import { PrefixCache } from '../../src/generation/prefix-cache.ts';
import { Scheduler } from '../../src/generation/scheduler.ts';
import { openDecoder, writeGreedily } from './decoders.ts';

const prompt = [5, 17, 42, 8, 90, 3];

/** All tokens at each step. */
const uncached = openDecoder('uncached').then(({ scheduler }) => writeGreedily(scheduler, prompt, 500));

test.each(['separate', 'fused', 'halves', 'kept'])(
  'a decoder %s writes the same text as one without a cache',
  async (file) => {
    const expected = await uncached;
    const { scheduler } = await openDecoder(file);
    const { tokens } = await writeGreedily(scheduler, prompt, 500);
    // What is rounded to half of the bits may come to a tie sooner or later.
    const sure = file === 'halves' ? 20 : 500;
    expect(tokens.slice(0, sure)).toEqual(expected.tokens.slice(0, sure));
    expect(new Set(expected.tokens).size).toBeGreaterThan(3);
  },
);

test('the next turn of a conversation computes only what is new', async () => {
  const { scheduler, runs } = await openDecoder('separate');
  const first = await writeGreedily(scheduler, prompt, 20);
  const next = [...prompt, ...first.tokens, 11, 12, 13];
  runs.length = 0;
  const again = await writeGreedily(scheduler, next, 5);
  // The last token of the answer was chosen and never fed.
  expect(again.reusedTokens).toBe(prompt.length + 19);
  expect(runs[0]).toEqual([4]);
  const fresh = await openDecoder('separate');
  expect(again.tokens).toEqual((await writeGreedily(fresh.scheduler, next, 5)).tokens);
});

test('a conversation that goes on in another way begins where they part', async () => {
  const { scheduler } = await openDecoder('separate');
  await writeGreedily(scheduler, [...prompt, 30, 31, 32], 10);
  const other = [...prompt, 60, 61];
  const { reusedTokens, tokens } = await writeGreedily(scheduler, other, 10);
  expect(reusedTokens).toBe(prompt.length);
  const fresh = await openDecoder('separate');
  expect(tokens).toEqual((await writeGreedily(fresh.scheduler, other, 10)).tokens);
});

test('a prompt that several begin with is computed once, though they come at the same time', async () => {
  const { scheduler, runs } = await openDecoder('separate');
  const system = Array.from({ length: 100 }, (_, index) => (index * 13) % 96);
  const all = await Promise.all([1, 2, 3].map((token) => writeGreedily(scheduler, [...system, token], 2)));
  expect(all.map(({ reusedTokens }) => reusedTokens)).toEqual([0, 100, 100]);
  expect(runs.filter(([width = 0]) => width > 50)).toHaveLength(1);
});

test('texts that are written at once go together through the model, and come out as they would alone', async () => {
  const prompts = [prompt, [1, 2, 3], [...prompt, 50, 51, 52, 53], [9]];
  const alone = await openDecoder('separate', 0);
  const expected = [];
  for (const [index, one] of prompts.entries())
    expected.push(await writeGreedily(alone.scheduler, one, 30 + 10 * index));
  const { scheduler, runs } = await openDecoder('separate', 0);
  const all = await Promise.all(prompts.map((one, index) => writeGreedily(scheduler, one, 30 + 10 * index)));
  expect(all.map(({ tokens }) => tokens)).toEqual(expected.map(({ tokens }) => tokens));
  expect(Math.max(...runs.map((rows) => rows.length))).toBe(4);
  expect(runs.length).toBeLessThan(alone.runs.length / 2);
});

test('a long prompt is computed in pieces, while others go on between them', async () => {
  const { scheduler, runs } = await openDecoder('separate', 0);
  const short = writeGreedily(scheduler, [1, 2], 40);
  const long = writeGreedily(
    scheduler,
    Array.from({ length: 140 }, (_, index) => index % 96),
    5,
  );
  await Promise.all([short, long]);
  const pieces = runs.flatMap(([width = 0], index) => (width > 5 ? [{ width, index }] : []));
  expect(pieces.map(({ width }) => width)).toEqual([128, 12]);
  expect(pieces[1]!.index - pieces[0]!.index).toBe(2);
});

test('an abort ends a text within one token, and what was computed of it is used again', async () => {
  const { scheduler } = await openDecoder('separate');
  const controller = new AbortController();
  const tokens = [...prompt];
  let after = 0;
  const aborted = scheduler.write({
    tokens,
    signal: controller.signal,
    choose() {
      if (controller.signal.aborted) after++;
      if (tokens.length === 12) controller.abort(new Error('enough'));
      return 7;
    },
  });
  await expect(aborted).rejects.toThrow('enough');
  expect(after).toBe(0);
  const { reusedTokens } = await writeGreedily(scheduler, [...tokens, 4], 2);
  expect(reusedTokens).toBeGreaterThanOrEqual(12);
});

test('what fails in one text leaves the others alone', async () => {
  const { scheduler } = await openDecoder('separate', 0);
  const fails = scheduler.write({
    tokens: [...prompt],
    signal: new AbortController().signal,
    choose() {
      throw new Error('no such token');
    },
  });
  const good = writeGreedily(scheduler, prompt, 10);
  await expect(fails).rejects.toThrow('no such token');
  expect((await good).tokens).toHaveLength(10);
});

test('what is kept stays within its room, the least recently used leaving first', async () => {
  const bytesOfToken = 2 * 2 * 12 * 4;
  const { scheduler, prefixes } = await openDecoder('separate', 30 * bytesOfToken);
  const texts = [10, 20, 30].map((token) => [token, ...prompt, token, 1, 2, 3]);
  for (const text of texts) await writeGreedily(scheduler, text, 1);
  expect(prefixes.bytes).toBeLessThanOrEqual(30 * bytesOfToken);
  const reused = [];
  for (const text of texts.toReversed()) reused.push((await writeGreedily(scheduler, text, 1)).reusedTokens);
  expect(reused).toEqual([10, 10, 0]);
});

test('what goes wrong between two steps is told to all that wait, and the next one is written all the same', async () => {
  const { decoder } = await openDecoder('separate');
  let isFull = false;
  const prefixes = {
    find: async () => undefined,
    keep() {
      if (isFull) throw new RangeError('Array buffer allocation failed');
    },
  };
  const scheduler = new Scheduler(decoder, prefixes as unknown as PrefixCache);
  const first = writeGreedily(scheduler, prompt, 5);
  await first;
  isFull = true;
  const failing = [writeGreedily(scheduler, prompt, 5), writeGreedily(scheduler, [1, 2], 5)];
  for (const one of failing) await expect(one).rejects.toThrow('Array buffer allocation failed');
  isFull = false;
  expect((await writeGreedily(scheduler, prompt, 5)).tokens).toEqual((await first).tokens);
});

test('a text that there is no memory to put beside another is written by itself', async () => {
  const { decoder } = await openDecoder('separate');
  let isFull = false;
  const full = {
    hasCache: true,
    canPad: true,
    get slots() {
      if (isFull) throw new RangeError('Array buffer allocation failed');
      return decoder.slots;
    },
    run: (...given: Parameters<Decoder['run']>) => decoder.run(...given),
  };
  const scheduler = new Scheduler(full as Decoder, new PrefixCache(decoder.slots, 0));
  const texts = [prompt, [1, 2, 3], [4, 5]];
  const alone = [];
  for (const text of texts) alone.push((await writeGreedily(scheduler, text, 10)).tokens);
  isFull = true;
  const together = await Promise.all(texts.map((text) => writeGreedily(scheduler, text, 10)));
  expect(together.map(({ tokens }) => tokens)).toEqual(alone);
});

test('a long prompt tells how far it is', async () => {
  const { scheduler } = await openDecoder('separate');
  const pieces: number[] = [];
  await scheduler.write({
    tokens: Array.from({ length: 300 }, (_, index) => index % 96),
    signal: new AbortController().signal,
    choose: () => undefined,
    onProgress: () => pieces.push(1),
  });
  expect(pieces).toHaveLength(2);
});
