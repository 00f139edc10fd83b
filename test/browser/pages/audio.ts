import { assert } from 'chai';
import { audioSamples } from '../../../src/endpoint/send-audio.ts';
import { InputError } from '../../../src/errors.ts';
import { readAudio } from '../../../src/preprocess/browser-audio.ts';
import type { Samples } from '../../../src/preprocess/media.ts';
import { fixture } from '../pack.ts';
import { rejection, report, test } from '../harness.ts';

/** 440 Hz for 0.3 s: on the left at 0.5, on the right at 0.25. */
const seconds = 0.3;
const loudness = 0.375;

/** How much of a tone there is in the middle of a sound, and how much of anything else. */
function heard({ data, rate }: Samples, hertz: number): { tone: number; rest: number } {
  const middle = data.subarray(Math.round(0.1 * rate), Math.round(0.2 * rate));
  let [sin, cos, energy] = [0, 0, 0];
  for (const [i, sample] of middle.entries()) {
    sin += sample * Math.sin((2 * Math.PI * hertz * i) / rate);
    cos += sample * Math.cos((2 * Math.PI * hertz * i) / rate);
    energy += sample ** 2;
  }
  const tone = (2 * Math.hypot(sin, cos)) / middle.length;
  return { tone, rest: Math.sqrt(Math.max(0, (2 * energy) / middle.length - tone ** 2)) };
}

async function fileOf(name: string): Promise<File> {
  return new File([(await fixture(`audio/${name}`)) as BlobPart], name);
}

for (const rate of [16_000, 8000, 44_100]) {
  for (const [name, slack] of [
    ['tone.flac', 0],
    ['tone.mp3', 0.06],
    ['tone.ogg', 0.02],
  ] as const) {
    test(`audioSamples() has the browser decode ${name} at ${rate} Hz, channels averaged`, async () => {
      const samples = (await audioSamples(await fileOf(name), rate)) as Samples;
      assert.equal(samples.rate, rate);
      assert.closeTo(samples.data.length / rate, seconds, slack + 2 / rate);
      const { tone, rest } = heard(samples, 440);
      assert.closeTo(tone, loudness, 0.01);
      assert.isBelow(rest, 0.03);
    });
  }
}

test('audioSamples() fetches what is at an address, and decodes it', async () => {
  const { data } = (await audioSamples('/fixtures/audio/tone.flac', 16_000)) as Samples;
  assert.equal(data.length, 4800);
  const url = new URL('/fixtures/audio/tone.flac', location.href);
  assert.deepEqual(((await audioSamples(url, 16_000)) as Samples).data, data);
});

test('audioSamples() leaves WAV, empty files and samples to the worker', async () => {
  const wav = await fileOf('wav-pcm-16.wav');
  assert.equal(await audioSamples(wav, 16_000), wav);
  const samples = Float32Array.of(0.5);
  assert.equal(await audioSamples(samples, 16_000), samples);
  const empty = new Blob([]);
  assert.equal(await audioSamples(empty, 16_000), empty);
  const fetched = await audioSamples('/fixtures/audio/wav-pcm-16.wav', 16_000);
  assert.instanceOf(fetched, Blob);
  assert.equal((await readAudio(fetched, 'audio', 16_000, location.href)).data.length, 60);
});

test('audioSamples() averages the channels of an AudioBuffer, at its own rate', async () => {
  const buffer = new AudioBuffer({ length: 3, numberOfChannels: 2, sampleRate: 22_050 });
  buffer.copyToChannel(Float32Array.of(1, 0, -0.5), 0);
  buffer.copyToChannel(Float32Array.of(0, 0.5, -0.5), 1);
  assert.deepEqual(await audioSamples(buffer, 16_000), { data: Float32Array.of(0.5, 0.25, -0.5), rate: 22_050 });
});

test('audioSamples() averages the channels of AudioData, as tracks give it, and leaves it open', async () => {
  for (const format of ['f32', 'f32-planar'] as const) {
    const [left, right] = [
      [1, 0, -0.5],
      [0, 0.5, -0.5],
    ] as const;
    const planar = Float32Array.of(...left, ...right);
    const data = format === 'f32' ? Float32Array.of(1, 0, 0, 0.5, -0.5, -0.5) : planar;
    const frames = new AudioData({
      format,
      sampleRate: 48_000,
      numberOfFrames: 3,
      numberOfChannels: 2,
      timestamp: 0,
      data,
    });
    assert.deepEqual(await audioSamples(frames, 16_000), { data: Float32Array.of(0.5, 0.25, -0.5), rate: 48_000 });
    frames.close();
    const error = (await rejection(audioSamples(frames, 16_000))) as InputError;
    assert.equal(error.field, 'audio');
  }
});

test('the AudioWorklet of docs/audio.md cuts a stream into chunks', async () => {
  const context = new OfflineAudioContext(1, 2048, 16_000);
  await context.audioWorklet.addModule('/fixtures/audio/microphone.js');
  const microphone = new AudioWorkletNode(context, 'microphone', { channelCount: 1, channelCountMode: 'explicit' });
  const played = new AudioBuffer({ length: 2048, sampleRate: 16_000 });
  played.copyToChannel(
    Float32Array.from({ length: 2048 }, (_, i) => i / 2048),
    0,
  );
  const source = new AudioBufferSourceNode(context, { buffer: played });
  source.connect(microphone);
  source.start();
  const chunks: Float32Array[] = [];
  const heardAll = new Promise<void>((resolve) => {
    microphone.port.addEventListener('message', ({ data }) => {
      chunks.push(data as Float32Array);
      if (chunks.length === 4) resolve();
    });
  });
  microphone.port.start();
  await context.startRendering();
  await heardAll;
  assert.deepEqual(
    chunks.flatMap((chunk) => Array.from(chunk)),
    Array.from({ length: 2048 }, (_, i) => i / 2048),
  );
});

for (const [what, value, message] of [
  [
    'a file that is no sound',
    new Blob(['no sound'], { type: 'audio/mpeg' }),
    /8 bytes of type "audio\/mpeg".*cannot|not sound/,
  ],
  ['an address where nothing is', '/fixtures/audio/missing.mp3', /answered 404/],
  ['an address that no server has', 'http://127.0.0.1:9/x.mp3', /could not be fetched/],
] as const) {
  test(`audioSamples() says what is wrong with ${what}`, async () => {
    const error = (await rejection(audioSamples(value, 16_000, 'voice'))) as InputError;
    assert.instanceOf(error, InputError);
    assert.equal(error.field, 'voice');
    assert.match(error.message, message);
  });
}

test('audioSamples() gives up with the reason of its signal', async () => {
  const reason = new Error('enough');
  assert.equal(
    await rejection(audioSamples('/fixtures/audio/tone.mp3', 16_000, 'audio', AbortSignal.abort(reason))),
    reason,
  );
});

await report();
