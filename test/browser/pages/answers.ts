import {
  deploy as deployOn,
  InpointError,
  openArtifact,
  tensor,
  type DeployOptions,
  type Endpoint,
  type NamedTensors,
} from 'inpoint';
import { readGolden } from '../../../src/golden.ts';
import { record, report, test } from '../harness.ts';
import { onWasm } from '../on-wasm.ts';

/** What they are computed by. */
const device = new URLSearchParams(location.search).get('device') === 'webgpu' ? 'webgpu' : 'wasm';
const deploy = ((source: string, options: DeployOptions) =>
  deployOn(source, { ...options, device, selfTest: 'off' })) as typeof deployOn;

/**
 * Records what real models answer, so that browsers and devices can be compared with each other. A model that WebGPU's build
 * of the runtime does not know is served on WASM by who does not ask for one device.
 */
function answers(name: string, ask: () => Promise<unknown>): void {
  test(`${name} answers`, async () => {
    try {
      await record(name, plain(await ask()));
    } catch (error) {
      if (device !== 'webgpu' || !(error instanceof InpointError) || error.code !== 'model-invalid') throw error;
      await record(name, onWasm);
    }
  });
}

const names = (await (await fetch('/demo-models.json')).json()) as string[];

for (const name of names) {
  answers(name, async () => {
    const artifact = await openArtifact(`/models/${name}/model.tar.gz`);
    const golden = (await readGolden(artifact, { golden: 'golden.json' }))!;
    await using endpoint = await deploy(artifact);
    const given: unknown[] = [];
    for (const { input, options, expected } of golden.samples)
      if (expected.kind === 'answer') given.push(await endpoint.invoke(input, options));
    return given;
  });
}

const archives = '/shared/archives';
const hasShared = (await fetch('/shared/README.md', { method: 'HEAD' })).ok;

if (hasShared) {
  answers('shared/archives/sentiment', async () => {
    await using endpoint = await deploy(`${archives}/sentiment.tar.gz`, { task: 'text-classification' });
    const lines = (await (await fetch('/shared/data/uci_sentiment/imdb_labelled.txt')).text()).split('\n');
    return await each(lines.slice(0, 50), (line) => endpoint.invoke(line.split('\t')[0]!));
  });

  const mobilenet = `${archives}/mobilenet_v1_0.5_160.tar.gz`;

  answers('shared/archives/mobilenet_v1_0.5_160, pixels', async () => {
    await using endpoint = await deploy(mobilenet, { task: 'image-classification' });
    return await each([1, 2, 3], (seed) => endpoint.invoke(pattern(seed)));
  });

  const photos = { JPEG: ['daisy', 'goldfish', 'wolves'], 'JPEG with a colour profile': ['kimono'] };
  for (const [what, files] of Object.entries(photos)) {
    answers(`shared/archives/mobilenet_v1_0.5_160, ${what}`, async () => {
      await using endpoint = await deploy(mobilenet, { task: 'image-classification' });
      return await each(files, async (file) => {
        const { labels } = await endpoint.invoke(`/shared/images/${file}.jpg`, { topK: 1001 });
        return Object.fromEntries(labels.map(({ label, score }) => [label, score]));
      });
    });
  }

  answers('shared/archives/mnist-bare', async () => {
    await using endpoint = await deploy(`${archives}/mnist-bare.tar.gz`, { task: 'tensor' });
    const { body } = await fetch('/shared/data/mnist/t10k-images-idx3-ubyte.gz');
    const pixels = await new Response(body!.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
    const digit = (at: number): Float32Array<ArrayBuffer> =>
      Float32Array.from(new Uint8Array(pixels, 16 + at * 784, 784));
    const { name } = endpoint.inputs[0]!;
    return await each([...Array(100).keys()], (at) =>
      endpoint.invoke({ [name]: tensor('float32', digit(at), [1, 1, 28, 28]) }),
    );
  });

  answers('shared/archives/stories260K', async () => {
    await using endpoint = await deploy(`${archives}/stories260K.tar.gz`, { task: 'tensor' });
    return await decoded(endpoint);
  });

  answers('shared/models/tiny-random-gpt2', async () => {
    await using endpoint = await deploy(['/shared/models/tiny-random-gpt2/past.onnx'], { task: 'tensor' });
    return await decoded(endpoint);
  });

  answers('shared/models/profanity_tfidf', async () => {
    const paths = ['onnx/model_tokens.onnx', 'config.json'];
    const files = await each(paths, async (path) => ({
      path,
      source: await (await fetch(`/shared/models/profanity_tfidf/${path}`)).blob(),
    }));
    const described = await (await fetch('/fixtures/profanity/inference.json')).blob();
    await using endpoint = await deploy([...files, { path: 'inference.json', source: described }]);
    const golden = (await (await fetch('/shared/models/profanity_tfidf/golden.json')).json()) as [string, number][];
    return await each(golden, ([text]) => endpoint.invoke(text));
  });

  for (const refused of [
    'archives/not-gzip-xml.tar.gz',
    'archives/sagemaker-code-appledouble.tar.gz',
    'archives/sagemaker-tensorflow.tar.gz',
    'archives/sagemaker-xgboost-churn.tar.gz',
    'models/broken/missing-opset.onnx',
    'models/broken/unregistered-op.onnx',
  ]) {
    answers(`shared/${refused}`, () =>
      refusal(refused.endsWith('.onnx') ? [`/shared/${refused}`] : `/shared/${refused}`),
    );
  }
}

async function refusal(source: string | string[]): Promise<string> {
  try {
    await (await deploy(source)).close();
  } catch (error) {
    if (error instanceof InpointError) return error.code;
    throw error;
  }
  throw new Error('It was deployed.');
}

async function each<Item, Made>(items: readonly Item[], make: (item: Item) => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  for (const item of items) made.push(await make(item));
  return made;
}

/** Eight tokens at once through a decoder whose cache is empty. */
async function decoded(endpoint: Endpoint<'tensor'>): Promise<NamedTensors> {
  const tokens = [1, 5, 9, 20, 40, 77, 130, 300];
  const feeds = endpoint.inputs.map(({ name, type, shape }) => {
    const isPast = name.startsWith('past');
    const dims = isPast
      ? shape.map((size) => (typeof size === 'number' ? size : size.startsWith('batch') ? 1 : 0))
      : [1, tokens.length];
    const values = name === 'input_ids' ? tokens : tokens.map((_, at) => (name === 'position_ids' ? at : 1));
    const data = isPast
      ? new Float32Array()
      : type === 'int64'
        ? BigInt64Array.from(values, BigInt)
        : Int32Array.from(values);
    return [name, { type, data, dims }] as const;
  });
  return endpoint.invoke(Object.fromEntries(feeds) as NamedTensors);
}

/** Pixels that need no decoding. */
function pattern(seed: number): ImageData {
  const image = new ImageData(160, 160);
  for (let at = 0; at < image.data.length; at++) image.data[at] = at % 4 === 3 ? 255 : (at * at * seed) >> 8;
  return image;
}

/** The same in what JSON has. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

await report();
