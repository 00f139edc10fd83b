import { describe, expect, it, test } from 'vitest';
import { distance, readCases, readNumbers } from '../../test/fixtures/audio/read.ts';
import { InputError } from '../errors.ts';
import type { AudioStep } from '../manifest/index.ts';
import { audioTensor } from './audio-tensor.ts';

interface Case {
  readonly name: string;
  readonly signal: string;
  readonly steps: AudioStep[];
  readonly dims: number[];
  /** Which columns of the last dimension are kept, of each row. */
  readonly frames: number[];
  readonly values: [number, number];
  readonly mean: number;
}

const { signals, cases } = readCases('spectrograms.json') as {
  signals: Record<string, [number, number]>;
  cases: Case[];
};

const first = { step: 'resample', rate: 16_000 } as const;

function signal(name: string): Float32Array {
  if (name !== 'residues') return readNumbers(signals[name]!);
  return Float32Array.from({ length: 510_000 }, (_, i) => ((31 * i * i + 7919 * i) % 65_536) / 32_768 - 1);
}

test.each(cases)('audioTensor() gives $name as Transformers and librosa do', (given) => {
  const { input_features, input_values } = audioTensor({ data: signal(given.signal), rate: 16_000 }, [
    first,
    ...given.steps,
  ]).byRole;
  const { data, dims } = (input_features ?? input_values)!;
  expect(dims).toEqual(given.dims);
  const values = data as Float32Array;
  const columns = dims.at(-1)!;
  const rows = values.length / columns;
  const kept = Array.from({ length: rows }, (_, row) => given.frames.map((frame) => values[row * columns + frame]!));
  const expected = readNumbers(given.values);
  const scale = expected.reduce((largest, x) => Math.max(largest, Math.abs(x)), 1);
  expect(distance(kept.flat(), expected) / scale).toBeLessThanOrEqual(2e-5);
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  expect(Math.abs(mean - given.mean) / scale).toBeLessThanOrEqual(2e-6);
});

describe('audioTensor()', () => {
  const sound = { data: signal('speech'), rate: 16_000 };

  it('turns a spectrogram over', () => {
    const steps: AudioStep[] = [first, { step: 'log-mel', log: 'db', bins: 20 }];
    const upright = audioTensor(sound, steps).byRole['input_features']!;
    const turned = audioTensor(sound, [first, { ...steps[1], layout: 'frames-bins' } as AudioStep]).byRole[
      'input_features'
    ]!;
    const [, bins, frames] = upright.dims as [number, number, number];
    expect(turned.dims).toEqual([1, frames, bins]);
    for (const [bin, frame] of [
      [0, 0],
      [19, 3],
      [7, frames - 1],
    ] as const) {
      expect(turned.data[frame * bins + bin]).toBe(upright.data[bin * frames + frame]);
    }
  });

  it('masks the padding, in samples and in frames', () => {
    const short = { data: sound.data.subarray(0, 321), rate: 16_000 };
    const padded = audioTensor(short, [first, { step: 'pad-or-trim', samples: 1600 }]);
    expect(padded.samples).toBe(1600);
    expect(padded.byRole['attention_mask']!.dims).toEqual([1, 1600]);
    expect(Number((padded.byRole['attention_mask']!.data as BigInt64Array).reduce((a, b) => a + b))).toBe(321);
    const mel = audioTensor(short, [first, { step: 'pad-or-trim', samples: 1600 }, { step: 'log-mel' }]).byRole;
    expect([...(mel['attention_mask']!.data as BigInt64Array)].map(Number)).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
    const cut = audioTensor(sound, [first, { step: 'pad-or-trim', samples: 1600 }]);
    expect(cut.samples).toBe(1600);
    expect(cut.byRole['input_values']!.data).toEqual(sound.data.slice(0, 1600));
  });

  it('refuses a sound shorter than a window where nothing is around it', () => {
    const steps: AudioStep[] = [first, { step: 'mfcc', padding: 'none' }];
    expect(() => audioTensor({ data: sound.data.subarray(0, 399), rate: 16_000 }, steps)).toThrow(InputError);
    expect(
      audioTensor({ data: sound.data.subarray(0, 400), rate: 16_000 }, steps).byRole['input_features']!.dims,
    ).toEqual([1, 13, 1]);
  });

  it('makes a spectrogram of 30 s in less than a second', () => {
    const data = signal('residues');
    const start = performance.now();
    audioTensor({ data, rate: 16_000 }, [first, { step: 'pad-or-trim', samples: 480_000 }, { step: 'log-mel' }]);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
