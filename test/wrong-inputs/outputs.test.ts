import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeMedia } from '../../src/cli/node-media.ts';
import { InferenceError, type InpointError } from '../../src/errors.ts';
import { readGolden } from '../../src/golden.ts';
import { loadModel, type Prediction } from '../../src/model.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { startWasm } from '../../src/runtime/wasm.ts';
import type { TensorInfo } from '../../src/runtime/session.ts';
import { tensor, type NamedTensors, type Tensor } from '../../src/tensor.ts';
import { artifactOf, taskFixtures, taskFolder } from '../task-fixtures.ts';

const dist = new URL('../../dist/', import.meta.url);
const runtime = startWasm({
  assets: dist.href,
  threads: 1,
  wasmBinary: readFileSync(new URL('ort-wasm-simd-threaded.wasm', dist)),
});

/** What takes the place of what the models give, and of what they say of themselves. */
interface Replaced {
  readonly outputs?: (outputs: NamedTensors, feeds: NamedTensors) => NamedTensors;
  readonly input?: (input: TensorInfo) => TensorInfo;
}

/** The runtime, of whose models something is replaced. */
async function replacing({ outputs = (same) => same, input = (same) => same }: Replaced): Promise<Runtime> {
  const real = await runtime;
  return {
    ...real,
    async createSession(...model) {
      const session = await real.createSession(...model);
      return {
        ...session,
        inputs: session.inputs.map(input),
        run: async (feeds, signal) => outputs(await session.run(feeds, signal), feeds),
        runKeeping: async (feeds, signal) =>
          outputs((await session.runKeeping(feeds, signal)) as NamedTensors, feeds as NamedTensors),
      };
    },
  };
}

/** What a fixture's first sample that has an answer gets. */
async function predictionOf(name: string, replaced: Replaced): Promise<Prediction> {
  const artifact = artifactOf(join(taskFolder, name));
  const golden = (await readGolden(artifact, { golden: 'golden.json' }))!;
  const { input, options } = golden.samples.find(({ expected }) => expected.kind === 'answer')!;
  const model = await loadModel(artifact, replacing(replaced), { media: nodeMedia(dist) });
  try {
    return await model.predict(input, options, new AbortController().signal);
  } finally {
    await model.dispose();
  }
}

function isFloat({ type }: Tensor): boolean {
  return type === 'float32' || type === 'float64' || type === 'float16';
}

function filled({ type, data, dims }: Tensor): Tensor {
  // The bits of NaN, where there is no Float16Array.
  const value = data instanceof Uint16Array ? 0x7e00 : NaN;
  return { type, dims, data: (data as Float32Array).slice().fill(value) };
}

/** Why a model was not answered for. */
async function errorOf(name: string, replaced: Replaced): Promise<InpointError> {
  const prediction = await predictionOf(name, replaced);
  if (prediction.kind === 'answer') throw new Error(`It was answered: ${JSON.stringify(prediction.answer)}`);
  return prediction.error as InpointError;
}

/** Those whose answers are made of numbers with fractions. */
const answering = taskFixtures.filter((name) => !/^tensor|^pipeline|^image-segmentation--labels/.test(name));

test.each(answering)('%s takes NaN for no answer', async (name) => {
  const outputs = (given: NamedTensors): NamedTensors =>
    Object.fromEntries(Object.entries(given).map(([key, one]) => [key, isFloat(one) ? filled(one) : one]));
  const error = await errorOf(name, { outputs });
  expect(error).toBeInstanceOf(InferenceError);
  expect(error.code).toBe('inference-failed');
  expect(error.message).toContain('The model gave NaN');
});

describe('outputs of another shape', () => {
  const perToken = (labels: number) => (_: NamedTensors, feeds: NamedTensors) => {
    const length = feeds['input_ids']!.dims[1]!;
    const logits = tensor('float32', new Float32Array(length * labels).fill(0.5), [1, length, labels]);
    return { logits };
  };

  test.each([
    ['text-classification', 3],
    ['zero-shot-classification', 3],
    ['reranking', 2],
  ])('%s of labels for each token is refused', async (name, labels) => {
    const error = await errorOf(name, { outputs: perToken(labels) });
    expect(error).toBeInstanceOf(InferenceError);
    expect(error.message).toMatch(/\[1, \d+, [23]\] where a classifier gives \[1, labels\]/);
  });

  test('question-answering reads start and end out of one output', async () => {
    const name = 'question-answering';
    const both = (outputs: NamedTensors): NamedTensors => {
      const [start, end] = [outputs['start_logits']!, outputs['end_logits']!];
      const data = Float32Array.from({ length: 2 * start.data.length }, (_, at) =>
        Number((at % 2 === 0 ? start : end).data[at >> 1]),
      );
      return { logits: tensor('float32', data, [...start.dims, 2]) };
    };
    const [one, two] = [await predictionOf(name, { outputs: both }), await predictionOf(name, {})];
    if (one.kind === 'failure' || two.kind === 'failure') throw new Error('It was not answered.');
    expect(one.answer).toEqual(two.answer);
  });

  test.each<[string, (outputs: NamedTensors) => NamedTensors]>([
    ['one row for both', ({ start_logits: start }) => ({ logits: start! })],
    ['two numbers a text', () => ({ logits: tensor('float32', Float32Array.of(1, 2), [1, 2]) })],
    [
      'too few tokens',
      () => ({
        start_logits: tensor('float32', Float32Array.of(1, 2), [1, 2]),
        end_logits: tensor('float32', Float32Array.of(1, 2), [1, 2]),
      }),
    ],
  ])('question-answering refuses %s', async (_, outputs) => {
    const error = await errorOf('question-answering', { outputs });
    expect(error).toBeInstanceOf(InferenceError);
    expect(error.message).toContain("an answer's start and end are two outputs");
  });
});

describe('inputs of a fixed shape', () => {
  const shaped = (...shape: (number | string)[]) => ({
    input: (info: TensorInfo): TensorInfo => ({ ...info, shape }),
  });

  test.each([
    ['text-classification', [8, 's'], 'takes 8 records at once'],
    ['token-classification', [8, 's'], 'takes 8 records at once'],
    ['feature-extraction', ['s', 1], 'one token a text'],
    ['image-classification--bare', [4, 3, 8, 8], 'takes 4 records at once'],
    ['tabular-regression', [16, 3], 'takes 16 records at once'],
    ['automatic-speech-recognition', [2, 's'], 'takes 2 records at once'],
  ])('%s refuses %j when it is loaded', async (name, shape, message) => {
    await expect(predictionOf(name, shaped(...shape))).rejects.toMatchObject({
      name: 'ManifestError',
      code: 'task-unsupported',
      message: expect.stringContaining(message) as string,
    });
  });

  test.each([
    'text-classification',
    'token-classification',
    'fill-mask',
    'question-answering',
    'zero-shot-classification',
    'feature-extraction',
    'text-similarity',
    'reranking',
  ])('%s of 32 tokens is fed 32', async (name) => {
    const lengths = new Set<number>();
    const outputs = (given: NamedTensors, feeds: NamedTensors): NamedTensors => {
      for (const { dims } of Object.values(feeds)) lengths.add(dims[1]!);
      return given;
    };
    const prediction = await predictionOf(name, { ...shaped(1, 32), outputs });
    if (prediction.kind === 'failure') throw prediction.error;
    expect([...lengths]).toEqual([32]);
  });
});
