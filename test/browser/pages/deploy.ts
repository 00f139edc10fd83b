import { assert } from 'chai';
import {
  deploy,
  EndpointError,
  InferenceError,
  InputError,
  ManifestError,
  memory,
  openArtifact,
  tensor,
  WorkerError,
  type DataType,
  type DeployProgress,
  type Endpoint,
  type InpointError,
  type NamedTensors,
  type TensorData,
} from 'inpoint';
import { difference, readGolden } from '../../../src/golden.ts';
import { rejection, report, test } from '../harness.ts';
import { fixture, pack } from '../pack.ts';

const digits = '/models/digits/model.tar.gz';

/** A seven, white on black, as large as the canvas. */
function drawSeven(canvas: HTMLCanvasElement | OffscreenCanvas): void {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.fillStyle = 'black';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.strokeStyle = 'white';
  context.lineCap = context.lineJoin = 'round';
  context.lineWidth = canvas.width / 12;
  context.beginPath();
  for (const [x, y] of [
    [0.28, 0.25],
    [0.72, 0.25],
    [0.45, 0.8],
  ] as const)
    context.lineTo(x * canvas.width, y * canvas.height);
  context.stroke();
}

function canvasWithSeven(): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 280;
  drawSeven(canvas);
  return canvas;
}

async function everyType(): Promise<File> {
  return pack({ 'model.onnx': await fixture('models/every-type.onnx') });
}

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  return ((await rejection(promise)) as InpointError).code;
}

test('deploy() answers a drawn seven with ten labels, the likeliest first', async () => {
  await using endpoint = await deploy(digits, { task: 'image-classification' });
  assert.equal(endpoint.task, 'image-classification');
  const { labels } = await endpoint.invoke(canvasWithSeven(), { topK: 10 });
  assert.equal(labels.length, 10);
  assert.equal(labels[0]!.label, '7');
  assert.approximately(
    labels.reduce((sum, { score }) => sum + score, 0),
    1,
    1e-6,
  );
});

test('deploy() tells the task, the card, the inputs and what it runs on', async () => {
  await using endpoint = await deploy(digits);
  assert.equal(endpoint.task, 'image-classification');
  assert.equal(endpoint.name, 'model.tar.gz');
  assert.include(endpoint.card.readme!, 'digit');
  assert.isObject(endpoint.card.metrics);
  assert.deepInclude(endpoint.inputs[0], { name: 'pixel_values', type: 'float32' });
  assert.equal(endpoint.report.device, 'wasm');
  assert.equal(
    endpoint.report.threads > 1,
    crossOriginIsolated && 'SharedArrayBuffer' in globalThis && navigator.hardwareConcurrency > 2,
  );
});

test('deploy() tells that the model is kept in the best place that this browser has, and why it is no better one', async () => {
  const works = (attempt: () => Promise<unknown>): Promise<boolean> =>
    attempt().then(
      () => true,
      () => false,
    );
  const hasOpfs = await works(async () => navigator.storage.getDirectory());
  const hasCaches = await works(async () => caches.open('attempt'));
  await using endpoint = await deploy(digits);
  const { kind, reason } = endpoint.storage!;
  assert.equal(kind, hasOpfs ? 'opfs' : hasCaches ? 'cache-storage' : 'memory');
  assert.equal(reason === undefined, hasOpfs);
});

test('deploy() gives what the training framework gave for the golden samples of the archive', async () => {
  const artifact = await openArtifact(digits);
  const golden = (await readGolden(artifact, { golden: 'golden.json' }))!;
  assert.isAtLeast(golden.samples.length, 10);
  await using endpoint = await deploy(artifact, { task: 'image-classification' });
  for (const { input, options, expected, tolerance } of golden.samples) {
    assert.equal(expected.kind, 'answer');
    const answer = await endpoint.invoke(input as ImageData, options);
    assert.isUndefined(difference(expected.kind === 'answer' && expected.answer, answer, tolerance));
  }
});

test('deploy() reports the download, then the load', async () => {
  const seen: DeployProgress[] = [];
  await using endpoint = await deploy(digits, { onProgress: (progress) => seen.push(progress) });
  assert.isOk(endpoint);
  const phases = seen.map(({ phase }) => phase);
  assert.deepEqual([...new Set(phases)], ['download', 'load']);
  assert.equal(seen.at(-1)!.loadedBytes, seen.at(-1)!.totalBytes);
});

test('invoke() takes an image as address, URL, Blob, File, bitmap, pixels, canvas, <img>, <video> and VideoFrame', async () => {
  await using endpoint = await deploy(digits, { task: 'image-classification' });
  const canvas = canvasWithSeven();
  const blob = await new Promise<Blob>((resolve) => canvas.toBlob((made) => resolve(made!), 'image/png'));
  const address = URL.createObjectURL(blob);
  const img = Object.assign(new Image(), { src: address });
  const offscreen = new OffscreenCanvas(280, 280);
  drawSeven(offscreen);
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = canvas.captureStream();
  const drawing = setInterval(() => drawSeven(canvas), 30);
  await video.play();
  clearInterval(drawing);
  const inputs = {
    address,
    url: new URL(address),
    dataAddress: canvas.toDataURL(),
    blob,
    file: new File([blob], 'seven.png'),
    bitmap: await createImageBitmap(canvas),
    pixels: canvas.getContext('2d')!.getImageData(0, 0, 280, 280),
    canvas,
    offscreen,
    img,
    video,
    frame: new VideoFrame(canvas, { timestamp: 0 }),
  };
  const expected = (await endpoint.invoke(inputs.pixels, { topK: 1 })).labels[0]!;
  assert.equal(expected.label, '7');
  for (const [kind, input] of Object.entries(inputs)) {
    // The policy of this page lets nothing be fetched from data: addresses.
    if (kind === 'dataAddress') continue;
    const [best] = (await endpoint.invoke(input, { topK: 1 })).labels;
    assert.equal(best!.label, '7', kind);
    assert.approximately(best!.score, expected.score, kind === 'video' ? 0.05 : 1e-6, kind);
  }
  assert.equal(inputs.bitmap.width, 280, 'a bitmap stays its owner’s');
  inputs.frame.close();
});

for (const [what, input, field] of [
  ['a number', 42, 'image'],
  ['nothing', undefined, 'image'],
  ['an object', { image: 1 }, 'image'],
  ['a text file', new Blob(['hello'], { type: 'image/png' }), 'image'],
  ['an empty file', new Blob([]), 'image'],
  ['an address of nothing', '/bad/404', 'image'],
  ['an address of no image', '/bad/html', 'image'],
  ['an unreachable address', 'http://127.0.0.1:9/x.png', 'image'],
  ['a canvas without pixels', Object.assign(document.createElement('canvas'), { width: 0 }), 'image'],
  ['an <img> without a source', new Image(), 'image'],
  ['a function', () => {}, 'input'],
] as const) {
  test(`invoke() throws an InputError that names the field for ${what} as an image`, async () => {
    await using endpoint = await deploy(digits, { task: 'image-classification' });
    const error = (await rejection(endpoint.invoke(input as never))) as InputError;
    assert.instanceOf(error, InputError, String(error));
    assert.equal(error.field, field);
    assert.equal((await endpoint.invoke(canvasWithSeven())).labels[0]!.label, '7');
    assert.equal(endpoint.metrics().invocation4xxErrors, 1);
  });
}

test('invoke() throws an InputError for a topK that is none', async () => {
  await using endpoint = await deploy(digits, { task: 'image-classification' });
  for (const topK of [0, -1, 1.5, 'many']) {
    assert.equal(
      ((await rejection(endpoint.invoke(canvasWithSeven(), { topK: topK as number }))) as InputError).field,
      'topK',
    );
  }
});

const samples: { [T in DataType]?: TensorData[T] } = {
  float32: Float32Array.of(1.5, -0, NaN),
  float64: Float64Array.of(1e300, -1, Infinity),
  float16: Uint16Array.of(0x3c00, 0xc000, 0x7bff),
  int8: Int8Array.of(-128, 0, 127),
  uint8: Uint8Array.of(0, 1, 255),
  int16: Int16Array.of(-32768, 0, 32767),
  uint16: Uint16Array.of(0, 1, 65535),
  int32: Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1),
  uint32: Uint32Array.of(0, 1, 2 ** 32 - 1),
  int64: BigInt64Array.of(-(2n ** 63n), 0n, 2n ** 63n - 1n),
  uint64: BigUint64Array.of(0n, 1n, 2n ** 64n - 1n),
  bool: Uint8Array.of(0, 1, 1),
  string: ['', 'héllo', '한국어 👋'],
};

function everyFeed(): NamedTensors {
  return Object.fromEntries(
    Object.entries(samples).map(([type, data]) => [
      `${type}_in`,
      tensor(type as 'string', structuredClone(data) as string[], [3]),
    ]),
  );
}

function bits(data: ArrayLike<unknown> & Partial<ArrayBufferView>): unknown {
  return data.buffer ? Array.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) : data;
}

test('invoke() carries tensors of every type, strings too, there and back unchanged', async () => {
  await using endpoint = await deploy(await everyType());
  assert.equal(endpoint.task, 'tensor');
  const answer = await (endpoint as Endpoint<'tensor'>).invoke(everyFeed());
  for (const [type, data] of Object.entries(samples)) {
    const out = answer[`${type}_out`]!;
    assert.equal(out.type, type);
    assert.deepEqual(out.dims, [3]);
    assert.deepEqual(bits(out.data), bits(data), type);
  }
});

test('invoke() takes tensors of no values', async () => {
  await using endpoint = await deploy(await everyType(), { task: 'tensor' });
  const feeds = Object.fromEntries(
    Object.entries(samples).map(([type, data]) => [`${type}_in`, { type, data: data.slice(0, 0), dims: [0] }]),
  ) as NamedTensors;
  const answer = await endpoint.invoke(feeds);
  assert.equal(answer['float32_out']!.data.length, 0);
});

for (const [field, change] of [
  ['feeds', () => 7],
  ['feeds', () => [1]],
  ['feeds.int8_in', (feeds: NamedTensors) => (delete feeds['int8_in'], feeds)],
  ['feeds.nope', (feeds: NamedTensors) => ({ ...feeds, nope: feeds['int8_in'] })],
  ['feeds.int8_in', (feeds: NamedTensors) => ({ ...feeds, int8_in: null })],
  ['feeds.int8_in.type', (feeds: NamedTensors) => ({ ...feeds, int8_in: { ...feeds['int8_in'], type: 'int7' } })],
  ['feeds.int8_in.type', (feeds: NamedTensors) => ({ ...feeds, int8_in: feeds['int16_in'] })],
  ['feeds.int8_in.data', (feeds: NamedTensors) => ({ ...feeds, int8_in: { ...feeds['int8_in'], data: [1, 2, 3] } })],
  [
    'feeds.string_in.data',
    (feeds: NamedTensors) => ({ ...feeds, string_in: { ...feeds['string_in'], data: ['a', 2, 'c'] } }),
  ],
  ['feeds.int8_in.dims', (feeds: NamedTensors) => ({ ...feeds, int8_in: { ...feeds['int8_in'], dims: [4] } })],
  ['feeds.int8_in.dims', (feeds: NamedTensors) => ({ ...feeds, int8_in: { ...feeds['int8_in'], dims: [1, 3] } })],
  ['feeds.int8_in.dims', (feeds: NamedTensors) => ({ ...feeds, int8_in: { ...feeds['int8_in'], dims: [1.5, 2] } })],
] as const) {
  test(`invoke() names ${field} where that part of a tensor is wrong (${change.toString().slice(0, 90)})`, async () => {
    await using endpoint = await deploy(await everyType(), { task: 'tensor' });
    const error = (await rejection(endpoint.invoke(change(everyFeed()) as NamedTensors))) as InputError;
    assert.instanceOf(error, InputError, String(error));
    assert.equal(error.field, field);
    assert.isOk(await endpoint.invoke(everyFeed()));
  });
}

test('tensor() checks what it is given', () => {
  assert.throws(() => tensor('float32', [1] as never, [1]), TypeError, 'Float32Array');
  assert.throws(() => tensor('float32', new Float32Array(2), [3]), RangeError, '3 values');
});

test('deploy() loads weights that lie in a file of their own', async () => {
  const source = await pack({
    'external.onnx': await fixture('models/external.onnx'),
    'external.onnx_data': await fixture('models/external.onnx_data'),
  });
  await using endpoint = await deploy(source, { task: 'tensor' });
  const { y } = await endpoint.invoke({ x: tensor('float32', new Float32Array(1024).fill(1), [1024]) });
  assert.deepEqual([...(y!.data as Float32Array)].slice(0, 3), [1, 2, 3]);
  const without = await pack({ 'external.onnx': await fixture('models/external.onnx') });
  const error = await rejection(deploy(without));
  assert.instanceOf(error, InferenceError);
  assert.include(error.message, 'model.onnx_data');
});

/** A WordPiece tokenizer of a few words: [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, a 4, b 5, c 6. */
const tokenizer = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]'].map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })),
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [
      { SpecialToken: { id: '[CLS]', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '[SEP]', type_id: 0 } },
    ],
    pair: [
      { SpecialToken: { id: '[CLS]', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '[SEP]', type_id: 0 } },
      { Sequence: { id: 'B', type_id: 1 } },
      { SpecialToken: { id: '[SEP]', type_id: 1 } },
    ],
    special_tokens: {
      '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
      '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
    },
  },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: { '[PAD]': 0, '[UNK]': 1, '[CLS]': 2, '[SEP]': 3, a: 4, b: 5, c: 6 },
  },
};

const textConfig = {
  architectures: ['TinyForSequenceClassification'],
  id2label: { 0: 'IDS', 1: 'SECOND' },
  problem_type: 'multi_label_classification',
};

async function textModel(model: string, config: object, tokenizerConfig: object = {}): Promise<File> {
  return pack({
    'wrapper/config.json': config,
    'wrapper/tokenizer.json': tokenizer,
    'wrapper/tokenizer_config.json': tokenizerConfig,
    'wrapper/onnx/model.onnx': await fixture(`models/${model}.onnx`),
  });
}

/** The models put out the sum of the ids and of their second input; sigmoid and logit undo each other. */
async function sums(
  endpoint: Endpoint<'text-classification'>,
  input: Parameters<typeof endpoint.invoke>[0],
): Promise<[number, number]> {
  const { labels } = await endpoint.invoke(input);
  const sum = (label: string): number => {
    const { score } = labels.find((found) => found.label === label)!;
    return score === 1 ? Infinity : Math.round(Math.log(score / (1 - score)) * 1000) / 1000;
  };
  return [sum('IDS'), sum('SECOND')];
}

test('text-classification feeds ids, mask and token types for texts and pairs', async () => {
  await using endpoint = await deploy(await textModel('text-types', textConfig), { task: 'text-classification' });
  assert.deepEqual(await sums(endpoint, 'A b'), [2 + 4 + 5 + 3, 0]);
  assert.deepEqual(await sums(endpoint, { text: 'a', textPair: 'b c' }), [2 + 4 + 3 + 5 + 6 + 3, 3]);
  assert.deepEqual(await sums(endpoint, 'zzz'), [2 + 1 + 3, 0]);
});

test('text-classification feeds position ids where the model wants them', async () => {
  await using endpoint = await deploy(await textModel('text-positions', textConfig), { task: 'text-classification' });
  assert.deepEqual(await sums(endpoint, 'a'), [9, 0 + 1 + 2]);
});

test('text-classification cuts a text, and the longer of two, to what the model takes, special tokens kept', async () => {
  const source = await textModel('text-types', textConfig, { model_max_length: 5 });
  await using endpoint = await deploy(source, { task: 'text-classification' });
  assert.deepEqual(await sums(endpoint, 'a a a b b b'), [2 + 4 + 4 + 4 + 3, 0]);
  // [CLS] a [SEP] b [SEP]: two places for two texts.
  assert.deepEqual(await sums(endpoint, { text: 'a a a a', textPair: 'b b' }), [2 + 4 + 3 + 5 + 3, 2]);
});

test('text-classification throws an InputError that names the field', async () => {
  await using endpoint = await deploy(await textModel('text-types', textConfig), { task: 'text-classification' });
  assert.equal(((await rejection(endpoint.invoke(7 as never))) as InputError).field, 'text');
  assert.equal(((await rejection(endpoint.invoke(''))) as InputError).field, 'text');
  assert.equal(
    ((await rejection(endpoint.invoke({ text: 'a', textPair: 7 } as never))) as InputError).field,
    'textPair',
  );
});

for (const model of ['image-nchw', 'image-nhwc']) {
  test(`image-classification feeds ${model.slice(6).toUpperCase()} in the order red, green, blue, normalised`, async () => {
    const source = await pack({
      'config.json': {
        architectures: ['MeanForImageClassification'],
        id2label: { 0: 'red', 1: 'green', 2: 'blue' },
        problem_type: 'multi_label_classification',
      },
      'preprocessor_config.json': {
        do_resize: true,
        size: { height: 8, width: 8 },
        resample: 3,
        do_rescale: true,
        rescale_factor: 1 / 255,
        do_normalize: true,
        image_mean: [0.5, 0.4, 0.3],
        image_std: [0.5, 0.25, 0.2],
      },
      'model.onnx': await fixture(`models/${model}.onnx`),
    });
    await using endpoint = await deploy(source, { task: 'image-classification' });
    const pixels = new ImageData(16, 12);
    for (let at = 0; at < pixels.data.length; at += 4) pixels.data.set([255, 102, 0, 255], at);
    const { labels } = await endpoint.invoke(pixels);
    const logit = (label: string): number => {
      const { score } = labels.find((found) => found.label === label)!;
      return Math.log(score / (1 - score));
    };
    assert.approximately(logit('red'), (1 - 0.5) / 0.5, 1e-4);
    assert.approximately(logit('green'), (0.4 - 0.4) / 0.25, 1e-4);
    assert.approximately(logit('blue'), (0 - 0.3) / 0.2, 1e-4);
  });
}

const onnx = fixture('models/every-type.onnx');

const refusals: [
  code: string,
  says: string,
  files: () => Promise<Record<string, string | Uint8Array | object>>,
  options: object,
][] = [
  ['model-ambiguous', '"a.onnx", "b.onnx"', async () => ({ 'a.onnx': await onnx, 'b.onnx': await onnx }), {}],
  ['model-missing', '"c.onnx"', async () => ({ 'a.onnx': await onnx }), { model: 'c.onnx' }],
  ['model-missing', 'no model', async () => ({ 'notes.txt': 'x' }), {}],
  ['model-missing', 'code', async () => ({ 'inference.py': 'x', 'requirements.txt': 'y' }), {}],
  ['file-missing', 'tokenizer.json', async () => ({ 'a.onnx': await onnx, 'config.json': textConfig }), {}],
  [
    'file-missing',
    'preprocessor_config.json',
    async () => ({ 'a.onnx': await onnx, 'config.json': { architectures: ['ViTForImageClassification'] } }),
    {},
  ],
  ['file-invalid', 'not JSON', async () => ({ 'a.onnx': await onnx, 'config.json': '{' }), {}],
  [
    'file-invalid',
    'tokenizer',
    async () => ({
      'a.onnx': await fixture('models/text-types.onnx'),
      'config.json': textConfig,
      'tokenizer.json': {},
    }),
    {},
  ],
  [
    'file-invalid',
    'resample',
    async () => ({ 'a.onnx': await onnx, 'preprocessor_config.json': { resample: 9, size: 3 } }),
    { task: 'image-classification' },
  ],
  [
    'task-unsupported',
    'CLIPModel',
    async () => ({ 'a.onnx': await onnx, 'config.json': { architectures: ['CLIPModel'] } }),
    {},
  ],
  ['task-unsupported', 'no task', async () => ({ 'a.onnx': await onnx }), { task: 'fortune-telling' }],
  ['model-foreign', 'torch.onnx.export', async () => ({ 'model.pt': 'x' }), {}],
  ['model-foreign', 'optimum-cli export onnx', async () => ({ 'pytorch_model.bin': 'x', 'config.json': {} }), {}],
  ['model-foreign', 'skl2onnx', async () => ({ 'model.pkl': 'x' }), {}],
  ['model-foreign', 'skl2onnx', async () => ({ 'model.joblib': 'x' }), {}],
  ['model-foreign', 'tf2onnx.convert --keras model.h5', async () => ({ 'model.h5': 'x' }), {}],
  [
    'model-foreign',
    'tf2onnx.convert --saved-model export/1',
    async () => ({ 'export/1/saved_model.pb': 'x', 'readme.txt': '' }),
    {},
  ],
  ['model-foreign', 'convert_xgboost', async () => ({ 'xgboost-model': 'x' }), {}],
];

for (const [code, says, files, options] of refusals) {
  test(`deploy() says ${code} (${says})`, async () => {
    const error = (await rejection(deploy(await pack(await files()), options))) as ManifestError;
    assert.instanceOf(error, ManifestError, String(error));
    assert.equal(error.code, code, error.message);
    assert.include(error.message, says);
  });
}

test('deploy() says model-invalid of bytes that are no model, and of a model that was cut', async () => {
  const before = memory.usedMB;
  for (const bytes of [new TextEncoder().encode('not a model at all'), (await onnx).subarray(0, 700)]) {
    const error = (await rejection(deploy(await pack({ 'model.onnx': bytes })))) as InferenceError;
    assert.instanceOf(error, InferenceError);
    assert.equal(error.code, 'model-invalid');
  }
  assert.equal(memory.usedMB, before, 'what was not loaded takes no room');
  await (await deploy(await everyType())).close();
});

test('deploy() of an artifact that was opened before downloads nothing', async () => {
  const artifact = await openArtifact(digits);
  await using first = await deploy(artifact, { task: 'image-classification' });
  await using second = await deploy(artifact, { task: 'image-classification' });
  assert.equal((await first.invoke(canvasWithSeven())).labels[0]!.label, '7');
  assert.equal((await second.invoke(canvasWithSeven())).labels[0]!.label, '7');
  assert.isBelow(first.metrics().coldStart.find(({ phase }) => phase === 'download')!.endMs, 50);
});

test('deploy() ends at once when it is aborted while the archive comes, and leaves the next one alone', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  setTimeout(() => controller.abort(reason), 100);
  assert.equal(await rejection(deploy('/bad/stall', { signal: controller.signal })), reason);
  assert.equal(await rejection(deploy(digits, { signal: AbortSignal.abort(reason) })), reason);
  await (await deploy(digits)).close();
});

test('invoke() rejects with the reason of its signal, before and during, and the endpoint goes on', async () => {
  await using endpoint = await deploy(await pack({ 'model.onnx': await fixture('models/slow.onnx') }), {
    task: 'tensor',
  });
  const x = tensor('float32', new Float32Array(256 * 256).fill(1), [256, 256]);
  const reason = new Error('enough');
  assert.equal(await rejection(endpoint.invoke({ x }, { signal: AbortSignal.abort(reason) })), reason);
  const controller = new AbortController();
  const running = endpoint.invoke({ x });
  const waiting = endpoint.invoke({ x }, { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 20);
  assert.equal(await rejection(waiting), reason);
  const { y } = await running;
  assert.approximately((y!.data as Float32Array)[0]!, 0.999 ** 400, 1e-3);
  assert.equal(endpoint.metrics().invocation5xxErrors, 0);
  assert.equal(endpoint.metrics().concurrentInvocations, 0);
});

test('invoke() copies its input, and gives it away with transfer', async () => {
  await using endpoint = await deploy(await everyType(), { task: 'tensor' });
  const feeds = everyFeed();
  await endpoint.invoke(feeds);
  assert.equal(feeds['float32_in']!.data.length, 3);
  await endpoint.invoke(feeds, { transfer: true });
  assert.equal(feeds['float32_in']!.data.length, 0);
  const canvas = await createImageBitmap(canvasWithSeven());
  await using images = await deploy(digits, { task: 'image-classification' });
  await images.invoke(canvas, { transfer: true });
  assert.equal(canvas.width, 0);
});

test('invoke() answers many calls of one turn, each with its own answer, and fails the bad one alone', async () => {
  await using endpoint = await deploy(
    await pack({
      'external.onnx': await fixture('models/external.onnx'),
      'external.onnx_data': await fixture('models/external.onnx_data'),
    }),
    { task: 'tensor' },
  );
  const calls = Array.from({ length: 50 }, (_, index) =>
    endpoint.invoke({
      x: index === 25 ? ('nothing' as never) : tensor('float32', new Float32Array(1024).fill(index), [1024]),
    }),
  );
  const settled = await Promise.allSettled(calls);
  settled.forEach((result, index) => {
    if (index === 25) assert.instanceOf((result as PromiseRejectedResult).reason, InputError);
    else assert.equal(((result as PromiseFulfilledResult<NamedTensors>).value['y']!.data as Float32Array)[0], index);
  });
});

test('close() rejects calls in flight and later ones, twice is once, and other endpoints of the engine go on', async () => {
  const other = await deploy(digits, { task: 'image-classification' });
  const endpoint = await deploy(await pack({ 'model.onnx': await fixture('models/slow.onnx') }), { task: 'tensor' });
  const x = tensor('float32', new Float32Array(256 * 256), [256, 256]);
  const pending = rejection(endpoint.invoke({ x }));
  await new Promise((resolve) => setTimeout(resolve, 5));
  await Promise.all([endpoint.close(), endpoint.close()]);
  const error = (await pending) as EndpointError;
  assert.instanceOf(error, EndpointError);
  assert.equal(error.code, 'endpoint-closed');
  assert.equal(await codeOf(endpoint.invoke({ x })), 'endpoint-closed');
  assert.equal((await other.invoke(canvasWithSeven())).labels[0]!.label, '7');
  await other.close();
});

test('metrics() counts and times calls, and the phases of the cold start follow each other', async () => {
  await using endpoint = await deploy(digits, { task: 'image-classification' });
  for (let call = 0; call < 5; call++) await endpoint.invoke(canvasWithSeven());
  const { invocations, modelLatency, overheadLatency, coldStart, modelSetupTime } = endpoint.metrics();
  assert.equal(invocations, 5);
  for (const { sampleCount, minimum, p50, p99, maximum } of [modelLatency, overheadLatency]) {
    assert.equal(sampleCount, 5);
    assert.isTrue(minimum <= p50 && p50 <= p99 && p99 <= maximum && maximum > 0);
  }
  assert.deepEqual(
    coldStart.map(({ phase }) => phase),
    ['download', 'runtime', 'load', 'firstInvocation'],
  );
  for (const { startMs, endMs } of coldStart) assert.isAtLeast(endMs, startMs);
  assert.approximately(coldStart[2]!.endMs, modelSetupTime, 0.001);
});

/** Not in every browser does a worker have to be served as JavaScript. */
const runsText = await new Promise<boolean>((resolve) => {
  const worker = new Worker('/bad/worker.js', { type: 'module' });
  worker.onmessage = () => resolve(true);
  worker.onerror = () => resolve(false);
});

for (const [what, options, code, says] of [
  ['a worker that is not there', { assets: { engineWorker: '/bad/404' } }, 'worker-boot-failed', 'could not be loaded'],
  ...(runsText
    ? []
    : ([
        [
          'a worker that is served as text',
          { assets: { engineWorker: '/bad/worker.js' } },
          'worker-boot-failed',
          'could not be loaded',
        ],
      ] as const)),
  [
    'a worker that throws',
    { assets: { engineWorker: '/bad/throwing-worker.js' } },
    'worker-boot-failed',
    'I will not start',
  ],
  ['a worker of another version', { assets: { engineWorker: '/bad/stale-worker.js' } }, 'worker-mismatch', '0.0.1'],
  [
    'an archive worker that is not there',
    { assets: { archiveWorker: '/bad/404' } },
    'worker-boot-failed',
    'archive worker',
  ],
  ['a runtime that is not there', { assets: { wasm: '/bad/nowhere/' } }, 'runtime-failed', '/bad/nowhere/ort-wasm'],
  ['a runtime that is a web page', { assets: { wasm: '/bad/wasm' } }, 'runtime-failed', '/bad/wasm/ort-wasm'],
] as const) {
  test(`deploy() says ${code} for ${what}, and the next one works`, async () => {
    const error = (await rejection(deploy(digits, options))) as InpointError;
    assert.equal(error.code, code, String(error));
    assert.include(error.message, says);
    await (await deploy(digits)).close();
  });
}

test('a call whose engine goes away is answered by another, and later calls too', async () => {
  const workers: Worker[] = [];
  const engineWorker = (): Worker => {
    workers.push(new Worker('/dist/engine-worker.js', { type: 'module' }));
    return workers.at(-1)!;
  };
  await using endpoint = await deploy(await pack({ 'model.onnx': await fixture('models/slow.onnx') }), {
    task: 'tensor',
    assets: { engineWorker },
  });
  const x = tensor('float32', new Float32Array(256 * 256), [256, 256]);
  const pending = endpoint.invoke({ x });
  workers[0]!.terminate();
  assert.equal((await pending)['y']!.dims.join(), '256,256');
  assert.equal((await endpoint.invoke({ x }))['y']!.dims.join(), '256,256');
  assert.equal(workers.length, 2);
  assert.equal(endpoint.report.losses.length, 1);
  assert.equal(endpoint.report.status, 'InService');
});

test('a call whose input was given away rejects with worker-lost when its engine goes away', async () => {
  const workers: Worker[] = [];
  const engineWorker = (): Worker => {
    workers.push(new Worker('/dist/engine-worker.js', { type: 'module' }));
    return workers.at(-1)!;
  };
  await using endpoint = await deploy(await pack({ 'model.onnx': await fixture('models/endless.onnx') }), {
    task: 'tensor',
    assets: { engineWorker },
  });
  const x = tensor('float32', new Float32Array(1), [1]);
  const pending = rejection(endpoint.invoke({ x }, { transfer: true }));
  await new Promise((resolve) => setTimeout(resolve, 20));
  workers[0]!.terminate();
  assert.equal(((await pending) as WorkerError).code, 'worker-lost');
});

test('close() ends a run that does not end by itself, and the next deployment works', async () => {
  const source = await pack({ 'model.onnx': await fixture('models/endless.onnx') });
  const endpoint = await deploy(source, { task: 'tensor' });
  const pending = rejection(endpoint.invoke({ x: tensor('float32', new Float32Array(1), [1]) }));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const start = performance.now();
  await endpoint.close();
  assert.isBelow(performance.now() - start, 1000);
  assert.equal(((await pending) as InpointError).code, 'endpoint-closed');
  // On an engine that others share, it leaves no later deployment behind it.
  const neighbour = await deploy(digits);
  const stuck = await deploy(source, { task: 'tensor' });
  void rejection(stuck.invoke({ x: tensor('float32', new Float32Array(1), [1]) }));
  await new Promise((resolve) => setTimeout(resolve, 100));
  await stuck.close();
  await (await deploy(digits)).close();
  await neighbour.close();
});

test('an abort while an input is on its way to the engine rejects with its reason', async () => {
  await using endpoint = await deploy(await everyType(), { task: 'tensor' });
  const controller = new AbortController();
  const reason = new Error('enough');
  const pending = rejection(endpoint.invoke(everyFeed(), { signal: controller.signal }));
  controller.abort(reason);
  assert.equal(await pending, reason);
});

test('an image that does not come holds up nobody: not an abort, not close(), not another endpoint', async () => {
  const other = await deploy(await everyType(), { task: 'tensor' });
  const endpoint = await deploy(digits, { task: 'image-classification' });
  const reason = new Error('enough');
  const img = Object.assign(new Image(), { src: '/bad/silent' });
  for (const input of ['/bad/stall', img]) {
    const controller = new AbortController();
    const aborted = rejection(endpoint.invoke(input, { signal: controller.signal }));
    const closed = rejection(endpoint.invoke(input));
    closed.catch(() => {});
    assert.isOk(await other.invoke(everyFeed()));
    controller.abort(reason);
    assert.equal(await aborted, reason);
  }
  await endpoint.close();
  await other.close();
});

test('deploy() that fails lets go of its download', async () => {
  const before = ((await (await fetch('/bad/open-stalls')).json()) as { open: number }).open;
  const error = await rejection(deploy('/bad/stall', { assets: { engineWorker: '/bad/404' } }));
  assert.instanceOf(error, WorkerError);
  for (let look = 0; look < 100; look++) {
    const { open } = (await (await fetch('/bad/open-stalls')).json()) as { open: number };
    if (open <= before) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('The download goes on.');
});

test('image-classification shows what is transparent as white paper', async () => {
  const source = await pack({
    'config.json': { id2label: { 0: 'red', 1: 'green', 2: 'blue' }, problem_type: 'regression' },
    'preprocessor_config.json': { do_resize: false },
    'model.onnx': await fixture('models/image-nchw.onnx'),
  });
  await using endpoint = await deploy(source, { task: 'image-classification' });
  const means = async (input: Parameters<typeof endpoint.invoke>[0]): Promise<number[]> => {
    const { labels } = await endpoint.invoke(input);
    return ['red', 'green', 'blue'].map((name) => labels.find(({ label }) => label === name)!.score);
  };
  const clear = new ImageData(4, 4);
  (await means(clear)).forEach((mean) => assert.approximately(mean, 1, 1e-6));
  const canvas = Object.assign(document.createElement('canvas'), { width: 4, height: 4 });
  (await means(canvas)).forEach((mean) => assert.approximately(mean, 1, 1e-6));
  for (let at = 0; at < clear.data.length; at += 4) clear.data.set([0, 255, 0, 51], at);
  const [red, green] = await means(clear);
  assert.approximately(red!, 0.8, 1 / 255);
  assert.approximately(green!, 1, 1 / 255);
});

test('classifiers of one label give a sigmoid, and regressions the number itself', async () => {
  for (const [problem_type, expected] of [
    [undefined, (x: number) => 1 / (1 + Math.exp(-x))],
    ['regression', (x: number) => x],
  ] as const) {
    const source = await pack({
      'config.json': { id2label: { 0: 'score' }, problem_type },
      'preprocessor_config.json': { do_resize: false, do_normalize: true, image_mean: [0.25], image_std: [1] },
      'model.onnx': await fixture('models/one-logit.onnx'),
    });
    await using endpoint = await deploy(source, { task: 'image-classification' });
    const white = new ImageData(new Uint8ClampedArray(16).fill(255), 2, 2);
    const { labels } = await endpoint.invoke(white);
    assert.lengthOf(labels, 1);
    assert.approximately(labels[0]!.score, expected(0.75), 1e-5);
  }
});

test('card files that are broken leave the model alone', async () => {
  const source = await pack({
    'model.onnx': await onnx,
    'metrics.json': '{"loss": NaN}',
    'README.md': '#'.repeat(300_000),
  });
  await using endpoint = await deploy(source);
  assert.isUndefined(endpoint.card.metrics);
  assert.equal(endpoint.card.readme!.length, 256 * 1024);
  const deep = '['.repeat(200_000) + ']'.repeat(200_000);
  const nested = await pack({ 'model.onnx': await onnx, 'config.json': `{"a":${deep}}` });
  assert.equal(await codeOf(deploy(nested)), 'file-invalid');
});

test('an input that cannot be cloned is an InputError, and spoils no other call of its turn', async () => {
  await using endpoint = await deploy(digits, { task: 'image-classification' });
  const [bad, good] = await Promise.allSettled([
    endpoint.invoke({ image: () => {} } as never),
    endpoint.invoke(canvasWithSeven()),
  ]);
  assert.instanceOf((bad as PromiseRejectedResult).reason, InputError);
  assert.equal(good.status, 'fulfilled');
});

await report();
