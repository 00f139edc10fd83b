import { expect, it, test } from 'vitest';
import { distance, readCases, readNumbers } from '../../test/fixtures/audio/read.ts';
import { resample } from './resample.ts';

interface Case {
  readonly from: number;
  readonly to: number;
  readonly input: [number, number];
  readonly output: [number, number];
}

test.each(readCases('resample.json') as Case[])(
  'resample() from $from to $to is scipy.signal.resample_poly, at $input samples',
  ({ from, to, input, output }) => {
    const samples = resample({ data: readNumbers(input), rate: from }, to);
    expect(samples.rate).toBe(to);
    expect(distance(samples.data, readNumbers(output))).toBeLessThanOrEqual(5e-7);
  },
);

it('resample() leaves alone what has the rate', () => {
  const samples = { data: Float32Array.of(1, 2, 3), rate: 16_000 };
  expect(resample(samples, 16_000).data).toBe(samples.data);
});
