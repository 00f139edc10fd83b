import { describe, expect, it, test } from 'vitest';
import { distance, readBytes, readCases } from '../../test/fixtures/audio/read.ts';
import { InputError } from '../errors.ts';
import { readWav } from './wav.ts';

interface Case {
  readonly file: string;
  readonly rate: number;
  readonly data: number[];
}

test.each(readCases('wav.json') as Case[])(
  'readWav() reads $file as libsndfile and SciPy do',
  ({ file, rate, data }) => {
    const samples = readWav(readBytes(file));
    expect(samples.rate).toBe(rate);
    expect(distance(samples.data, data)).toBeLessThanOrEqual(1e-7);
  },
);

it('readWav() reads a file that lies inside a larger buffer', () => {
  const bytes = readBytes('wav-pcm-24.wav');
  const larger = new Uint8Array(bytes.length + 20);
  larger.set(bytes, 13);
  expect(readWav(larger.subarray(13, 13 + bytes.length))).toEqual(readWav(bytes));
});

describe('readWav() refuses', () => {
  const sound = readBytes('wav-pcm-16.wav');
  const view = new DataView(sound.buffer);
  const changed = (edit: (view: DataView) => void): Uint8Array => {
    const copy = sound.slice();
    edit(new DataView(copy.buffer));
    return copy;
  };
  const dataAt = String.fromCharCode(...sound).indexOf('data');

  test.each<[string, Uint8Array, RegExp]>([
    ['a file without samples', sound.subarray(0, dataAt), /no part "data"/],
    ['a file without a format', changed((v) => v.setUint8(12, 0x78)), /samples come before its format/],
    ['a file that ends in its header', sound.subarray(0, 14), /no part "fmt "/],
    ['a file that ends in its format', sound.subarray(0, 30), /its part "fmt " says 16 bytes, and 10 are there/],
    ['a file that was cut', sound.subarray(0, -3), /its part "data" says 120 bytes, and 117 are there/],
    ['a length that is too long', changed((v) => v.setUint32(dataAt + 4, 0x10000000, true)), /says 268435456 bytes/],
    ['no samples at all', changed((v) => v.setUint32(dataAt + 4, 0, true)), /holds no samples/],
    ['no channels', changed((v) => v.setUint16(22, 0, true)), /no channels/],
    ['a rate of 0', changed((v) => v.setUint32(24, 0, true)), /0 samples a second/],
    ['a frame of another size', changed((v) => v.setUint16(32, 4, true)), /4 bytes a frame/],
    ['12 bits as floats', changed((v) => v.setUint16(20, 3, true)), /IEEE float of 16 bits is not known/],
    ['ADPCM', changed((v) => v.setUint16(20, 0x11, true)), /IMA ADPCM/],
    ['an extensible format without its end', changed((v) => v.setUint16(20, 0xfffe, true)), /extensible format has 16/],
    ['big-endian files', changed((v) => v.setUint8(3, 0x58)), /RIFX/],
    ['something else', new TextEncoder().encode('OggS and so on'), /does not begin with "RIFF"/],
    ['nothing', new Uint8Array(), /does not begin with "RIFF"/],
  ])('%s', (_, bytes, message) => {
    expect(view.byteLength).toBe(sound.length);
    const read = (): unknown => readWav(bytes, 'voice');
    expect(read).toThrow(InputError);
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ field: 'voice' }));
  });
});
