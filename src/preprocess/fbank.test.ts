import { expect, it, test } from 'vitest';
import { distance, readBytes, readCases, readNumbers } from '../../test/fixtures/audio/read.ts';
import { InputError } from '../errors.ts';
import type { FbankStep } from '../manifest/index.ts';
import { audioTensor } from './audio-tensor.ts';

interface Case {
  readonly name: string;
  readonly signal: string;
  readonly rate?: number;
  readonly step: FbankStep;
  readonly dims: number[];
  /** Every third frame. */
  readonly values: [number, number];
  readonly mean: number;
}

const { signals } = readCases('spectrograms.json') as { signals: Record<string, [number, number]> };
const numbers = new Float32Array(readBytes('fbank.f32').buffer);

test.each(readCases('fbank.json') as Case[])(
  'fbank() is the $name',
  ({ name, signal, rate = 16_000, step, dims, values: [start, length], mean }) => {
    const sound = { data: readNumbers(signals[signal]!), rate };
    const { data, dims: shape } = audioTensor(sound, [{ step: 'resample', rate }, step]).byRole['input_features']!;
    expect(shape).toEqual(dims);
    const values = data as Float32Array;
    const [, , bins] = dims as [number, number, number];
    const kept = values.filter((_, index) => Math.floor(index / bins) % 3 === 0);
    // Kaldi computes in float32, whose rounding is all that there is in the quiet bins beside a chirp.
    const slack = name.startsWith('Kaldi') ? 1e-2 : 2e-5;
    expect(distance(kept, numbers.subarray(start, start + length))).toBeLessThanOrEqual(slack);
    expect(Math.abs(values.reduce((sum, x) => sum + x / values.length, 0) - mean)).toBeLessThanOrEqual(slack / 10);
  },
);

it('fbank() masks the frames that are filled up, and refuses what is shorter than a window', () => {
  const sound = { data: readNumbers(signals['speech']!).subarray(0, 720), rate: 16_000 };
  const steps = [
    { step: 'resample', rate: 16_000 },
    { step: 'fbank', frames: 5 },
  ] as const;
  const { attention_mask } = audioTensor(sound, steps).byRole;
  expect([...(attention_mask!.data as BigInt64Array)]).toEqual([1n, 1n, 1n, 0n, 0n]);
  expect(() => audioTensor({ data: sound.data.subarray(0, 399), rate: 16_000 }, steps)).toThrow(InputError);
});
