import { describe, expect, test } from 'vitest';
import { applyTimestampRules, type TimestampTokens } from './timestamp-rules.ts';

/** Words 0 to 3, the end 4, a language 5, no times 6; times 7 to 12. */
const tokens: TimestampTokens = { firstTimestamp: 7, endToken: 4, noTimestamps: 6, maxInitialTimestamp: 2 };
const [word, end, noTimes, first, last] = [2, 4, 6, 7, 12];

/** Which tokens may follow, where the words are so much likelier than the times that only the rules decide. */
function followers(written: readonly number[], logits: Float32Array = wordy()): number[] {
  applyTimestampRules(logits, written, tokens);
  return [...logits].flatMap((logit, token) => (logit === -Infinity ? [] : [token]));
}

function wordy(): Float32Array {
  return Float32Array.from({ length: 13 }, (_, token) => (token < first ? 5 : -5));
}

describe('applyTimestampRules()', () => {
  test('begins with a time, and with one of the first few', () => {
    expect(followers([])).toEqual([7, 8, 9]);
  });

  test('has words follow the time that begins them', () => {
    expect(followers([8])).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('has the end, or a time from there on, follow the time that ends some words', () => {
    // The end is likelier than all times together.
    expect(followers([8, word, 10])).toEqual([4, 5, 10, 11, 12]);
  });

  test('has words follow a pair of times', () => {
    expect(followers([8, word, 10, 10])).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('lets no time come twice around the same words, and none go back', () => {
    expect(followers([8, word])).toEqual([0, 1, 2, 3, 4, 5, 9, 10, 11, 12]);
    expect(followers([8, word, 10, 11, word])).toEqual([0, 1, 2, 3, 4, 5, 12]);
  });

  test('leaves nothing but words and the end after the last time', () => {
    expect(followers([8, word, last, last, word])).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('never leaves times out', () => {
    for (const written of [[], [8], [8, word], [8, word, 9]]) expect(followers(written)).not.toContain(noTimes);
  });

  test('has a time follow where all of them together are likelier than any other token', () => {
    // Each is less likely than the word, and 4 e^-1 is more than 1.
    const logits = new Float32Array(13).fill(-30);
    logits[word] = 0;
    logits.fill(-1, 9);
    expect(followers([8, word], logits.slice())).toEqual([9, 10, 11, 12]);
    logits.fill(-2, 9);
    expect(followers([8, word], logits.slice())).toContain(word);
    expect(followers([8, word], logits.slice())).toContain(end);
  });

  test('changes nothing of the logits that are left', () => {
    const logits = Float32Array.from({ length: 13 }, (_, token) => (token < first ? 5 + token / 8 : -5 - token / 8));
    const before = logits.slice();
    applyTimestampRules(logits, [8, word], tokens);
    for (const [token, logit] of logits.entries()) if (logit !== -Infinity) expect(logit).toBe(before[token]);
  });
});
