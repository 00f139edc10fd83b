import { describe, expect, it, test } from 'vitest';
import { InputError } from '../errors.ts';
import { checkSamples, decodeAudio, samplesOf } from './audio-input.ts';

describe('samplesOf()', () => {
  it('takes bare samples to have the rate that the model wants', () => {
    const data = Float32Array.of(0.25, -1);
    expect(samplesOf(data, 'audio', 8000)).toEqual({ data, rate: 8000 });
    expect(samplesOf(data, 'audio', 8000)!.data).toBe(data);
    expect(samplesOf([0.25, -1], 'audio', 8000)).toEqual({ data, rate: 8000 });
    expect(samplesOf(Float64Array.of(0.25, -1), 'audio', 8000)).toEqual({ data, rate: 8000 });
    expect(samplesOf(Int16Array.of(8192, -32_768), 'audio', 8000)).toEqual({ data, rate: 8000 });
  });

  it('leaves files and addresses to others', () => {
    expect(samplesOf(new Blob(['x']), 'audio', 8000)).toBeUndefined();
    expect(samplesOf('voice.wav', 'audio', 8000)).toBeUndefined();
    expect(samplesOf(undefined, 'audio', 8000)).toBeUndefined();
  });

  test.each([
    ['no rate', { data: Float32Array.of(1) }, /has no rate/],
    ['half a rate', { data: Float32Array.of(1), rate: 0.5 }, /rate 0.5/],
    ['texts', { data: ['1'], rate: 8000 }, /Pass a Float32Array/],
    ['bytes', { data: Uint8Array.of(1), rate: 8000 }, /of the kind Uint8Array/],
  ])('refuses %s', (_, value, message) => {
    expect(() => samplesOf(value, 'audio', 8000)).toThrow(InputError);
    expect(() => samplesOf(value, 'audio', 8000)).toThrow(message);
  });
});

describe('checkSamples()', () => {
  const of =
    (data: Float32Array, rate = 8000): (() => void) =>
    () =>
      checkSamples({ data, rate }, 'audio');

  it('lets an hour pass, and not a sample more', () => {
    expect(of(new Float32Array(360_000), 100)).not.toThrow();
    expect(of(new Float32Array(360_001), 100)).toThrow(/3600 s is longer/);
  });

  test.each([
    ['nothing', of(new Float32Array()), /no samples/],
    ['what is no number', of(Float32Array.of(1, NaN)), /Sample 1 .* NaN/],
    ['what is infinite', of(Float32Array.of(-Infinity)), /Sample 0 .* -Infinity/],
    ['a rate that no sound has', of(Float32Array.of(0), 1e6), /1000000 samples a second/],
  ])('refuses %s', (_, check, message) => {
    expect(check).toThrow(InputError);
    expect(check).toThrow(message);
  });
});

test.each([
  ['MP3 with a tag', 'ID3\x04', /kind MP3/],
  ['MP3', '\xff\xfb\x90', /kind MP3/],
  ['Ogg', 'OggS', /kind Ogg/],
  ['FLAC', 'fLaC', /kind FLAC/],
  ['MP4', '\0\0\0\x20ftypM4A ', /kind MP4/],
  ['WebM', '\x1a\x45\xdf\xa3', /kind WebM/],
  ['a text', 'hello', /5 bytes\) is not sound that is known/],
  ['nothing', '', /no bytes/],
])('decodeAudio() names what it cannot decode: %s', (_, start, message) => {
  const bytes = Uint8Array.from(start, (char) => char.charCodeAt(0));
  expect(() => decodeAudio(bytes, 'audio')).toThrow(InputError);
  expect(() => decodeAudio(bytes, 'audio')).toThrow(message);
});
