import { assert } from 'chai';
import { deploy, tensor, type InputError, type NamedTensors } from 'inpoint';
import { rejection, report, test } from '../harness.ts';
import { fixture, pack } from '../pack.ts';

const folder = '/fixtures/tasks/audio-classification--vad/';

async function everyType(): Promise<File> {
  return pack({ 'model.onnx': await fixture('models/every-type.onnx') });
}

/** Every input of the model, empty but for `float32_in`. */
async function feedsOf(endpoint: { inputs: readonly { name: string; type: unknown }[] }): Promise<NamedTensors> {
  const empty: Record<string, unknown> = {
    float64: new Float64Array(),
    float16: new Uint16Array(),
    int8: new Int8Array(),
    uint8: new Uint8Array(),
    int16: new Int16Array(),
    uint16: new Uint16Array(),
    int32: new Int32Array(),
    uint32: new Uint32Array(),
    int64: new BigInt64Array(),
    uint64: new BigUint64Array(),
    bool: new Uint8Array(),
    string: [],
  };
  const others = endpoint.inputs
    .filter(({ type }) => type !== 'float32')
    .map(({ name, type }) => [name, { type, data: empty[type as string], dims: [0] }]);
  return Object.fromEntries(others) as NamedTensors;
}

test('calls of one turn take one bitmap, frame or tensor each as if it were its own', async () => {
  await using digits = await deploy('/models/digits/model.tar.gz', { task: 'image-classification' });
  const canvas = new OffscreenCanvas(28, 28);
  canvas.getContext('2d')!.fillRect(0, 0, 28, 28);
  const bitmap = await createImageBitmap(canvas);
  const frame = new VideoFrame(canvas, { timestamp: 0 });
  const answers = await Promise.all([bitmap, bitmap, frame, frame, bitmap].map((image) => digits.invoke(image)));
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.equal(bitmap.width, 28);
  frame.close();

  await using tensors = await deploy(await everyType(), { task: 'tensor' });
  const feeds = { ...(await feedsOf(tensors)), float32_in: tensor('float32', Float32Array.of(1, 2), [2]) };
  const outputs = await Promise.all([feeds, feeds, feeds].map((fed) => tensors.invoke(fed)));
  for (const { float32_out } of outputs) assert.deepEqual(float32_out!.data, Float32Array.of(1, 2));
});

test('calls of one session are answered in the order they were made, however long an input takes to be read', async () => {
  await using endpoint = await deploy(folder, { task: 'audio-classification' });
  const samples = Float32Array.from({ length: 512 }, (_, i) => Math.sin(i / 5));
  const buffer = new AudioBuffer({ length: 512, sampleRate: 16_000 });
  buffer.copyToChannel(samples, 0);
  /** Sound that takes a while to come: an address. */
  const wav = URL.createObjectURL(new Blob([wavOf(samples) as BlobPart]));
  const ask = (input: string | Float32Array | AudioBuffer, sessionId: string): Promise<number> =>
    endpoint.invoke(input, { sessionId, topK: 1 }).then(({ labels }) => labels[0]!.score);
  const together = await Promise.all([ask(wav, 'a'), ask(samples, 'a'), ask(buffer, 'a')]);
  const alone = [await ask(wav, 'b'), await ask(samples, 'b'), await ask(buffer, 'b')];
  together.forEach((score, index) => assert.approximately(score, alone[index]!, 1e-6));
  assert.isAbove(Math.abs(alone[0]! - alone[1]!), 1e-6);
});

test('a session goes on after a call that was aborted or failed, and failed ones take no place', async () => {
  await using endpoint = await deploy(folder, { task: 'audio-classification' });
  const samples = new Float32Array(512).fill(0.1);
  const stop = new AbortController();
  const first = endpoint.invoke(samples, { sessionId: 'a', signal: stop.signal });
  const second = endpoint.invoke(samples, { sessionId: 'a' });
  stop.abort(new Error('enough'));
  await rejection(first);
  await second;
  for (let round = 0; round < 3; round++) {
    const failing = Array.from({ length: 400 }, (_, id) =>
      rejection(endpoint.invoke({} as never, { sessionId: `bad ${round} ${id}` })),
    );
    for (const error of await Promise.all(failing)) assert.equal((error as InputError).field, 'audio');
  }
  await endpoint.invoke(samples, { sessionId: 'good' });
});

test('a small part of a large buffer crosses alone', async () => {
  await using endpoint = await deploy(await everyType(), { task: 'tensor' });
  const others = await feedsOf(endpoint);
  const large = new Float32Array(2 ** 24);
  large.set([1, 2, 3], 1000);
  const invoke = (data: Float32Array<ArrayBuffer>): Promise<NamedTensors> =>
    endpoint.invoke({ ...others, float32_in: tensor('float32', data, [3]) });
  const { float32_out } = await invoke(large.subarray(1000, 1003));
  assert.deepEqual(float32_out!.data, Float32Array.of(1, 2, 3));
  assert.equal(large.length, 2 ** 24);
  const timeOf = async (data: Float32Array<ArrayBuffer>): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < 5; i++) await invoke(data);
    return performance.now() - start;
  };
  const [part, whole] = [await timeOf(large.subarray(1000, 1003)), await timeOf(large.slice(1000, 1003))];
  // Copying the 64 MB takes fifty times as long.
  assert.isBelow(part, whole * 10 + 20);
});

test('many pictures at once are all answered', async () => {
  await using digits = await deploy('/models/digits/model.tar.gz', { task: 'image-classification' });
  const canvas = new OffscreenCanvas(600, 400);
  canvas.getContext('2d')!.fillRect(0, 0, 300, 400);
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  const answers = await Promise.all(Array.from({ length: 40 }, () => digits.invoke(blob)));
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
});

test('deploy() takes the files that an <input> holds', async () => {
  const input = document.createElement('input');
  input.type = 'file';
  const chosen = new DataTransfer();
  chosen.items.add(new File([(await fixture('models/every-type.onnx')) as BlobPart], 'model.onnx'));
  input.files = chosen.files;
  await using endpoint = await deploy(input.files, { task: 'tensor' });
  assert.equal(endpoint.task, 'tensor');
});

test('a canvas without pixels is named as an image is', async () => {
  await using digits = await deploy('/models/digits/model.tar.gz', { task: 'image-classification' });
  const canvas = document.createElement('canvas');
  canvas.width = 0;
  assert.equal(((await rejection(digits.invoke(canvas))) as InputError).field, 'image');
  const stream = document.createElement('canvas').captureStream();
  const { message } = await rejection(digits.invoke(stream as never));
  assert.match(message, /cannot be sent to the engine: .*[^.]\. Pass .*AudioWorklet\.$/);
});

/** A WAV file of 32-bit floats, one channel, 16 kHz. */
function wavOf(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(44 + samples.length * 4);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string): void =>
    new TextEncoder().encode(value).forEach((byte, i) => view.setUint8(at + i, byte));
  text(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 3, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, 16_000, true);
  view.setUint32(28, 64_000, true);
  view.setUint16(32, 4, true);
  view.setUint16(34, 32, true);
  text(36, 'data');
  view.setUint32(40, samples.length * 4, true);
  samples.forEach((sample, i) => view.setFloat32(44 + 4 * i, sample, true));
  return bytes;
}

await report();
