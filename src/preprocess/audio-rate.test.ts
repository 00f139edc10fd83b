import { describe, expect, it, test } from 'vitest';
import { ManifestError } from '../errors.ts';
import type { AudioStep } from '../manifest/index.ts';
import { audioRate } from './audio-rate.ts';

const first = { step: 'resample', rate: 16_000 } as const;

describe('audioRate()', () => {
  it('tells what a model hears', () => {
    expect(audioRate([{ step: 'resample', rate: 8000 }, { step: 'normalize' }, { step: 'mfcc' }])).toBe(8000);
  });

  test.each<[string, AudioStep[], RegExp]>([
    ['no steps', [], /preprocess\[0\].*not "resample"/],
    ['no rate', [{ step: 'normalize' }], /preprocess\[0\].*not "resample"/],
    ['two rates', [first, first], /preprocess\[1\].*second/],
    [
      'a step after the tensor',
      [first, { step: 'log-mel' }, { step: 'normalize' }],
      /preprocess\[2\].*"normalize" after "log-mel"/,
    ],
    ['a window longer than its transform', [first, { step: 'mfcc', windowLength: 401 }], /preprocess\[1\].*401/],
    ['frequencies that are not there', [first, { step: 'log-mel', maxFrequency: 8001 }], /preprocess\[1\].*8001/],
    [
      'frequencies in the wrong order',
      [first, { step: 'log-mel', minFrequency: 900, maxFrequency: 800 }],
      /900 to 800/,
    ],
    ['more coefficients than bins', [first, { step: 'mfcc', bins: 10 }], /13 coefficients/],
    ['a filter bank that reaches too far', [first, { step: 'fbank', maxFrequency: 9000 }], /20 to 9000/],
    ['a division by 0', [first, { step: 'fbank', std: 0 }], /std of 0/],
    ['an impossible rate', [{ step: 'resample', rate: 1e9 }], /preprocess\[0\].*1000000000/],
  ])('refuses %s', (_, steps, message) => {
    expect(() => audioRate(steps)).toThrow(ManifestError);
    expect(() => audioRate(steps)).toThrow(message);
  });
});
