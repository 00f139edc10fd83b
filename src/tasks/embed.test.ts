import { expect, test } from 'vitest';
import { InferenceError, InputError, ManifestError } from '../errors.ts';
import type { EmbeddingStep, FeatureExtractionManifest } from '../manifest/index.ts';
import { tensor, type Tensor } from '../tensor.ts';
import { embed } from './embed.ts';

const states = tensor('float32', Float32Array.of(3, 4, 5, 0, 8, 6), [1, 3, 2]);
const pooled = tensor('float32', Float32Array.of(6, 8), [1, 2]);
const all = [1, 1, 1];

function by(...postprocess: EmbeddingStep[]): { manifest: FeatureExtractionManifest } {
  const card = {} as FeatureExtractionManifest['card'];
  const model = { model: 'model.onnx', externalData: [], feeds: {}, results: {}, golden: undefined, card };
  return { manifest: { task: 'feature-extraction', preprocess: [], postprocess, ...model } };
}

test('embed() leaves padding out of the vectors that it does not pool', () => {
  const { embedding, dims } = embed({ last_hidden_state: states }, [0, 1, 1], by(), {});
  expect(dims).toEqual([2, 2]);
  expect(embedding).toEqual(Float32Array.of(5, 0, 8, 6));
});

test('embed() scales each vector after it is cut short', () => {
  const steps = by({ step: 'l2-normalize' });
  expect(embed({ last_hidden_state: states }, all, steps, {}).embedding).toEqual(
    Float32Array.of(0.6, 0.8, 1, 0, 0.8, 0.6),
  );
  const short = embed({ last_hidden_state: states }, all, steps, { dimensions: 1 });
  expect(short).toEqual({ embedding: Float32Array.of(1, 1, 1), dims: [3, 1] });
});

test('embed() takes the vector that the model pooled before its states and the pooler of BERT', () => {
  const outputs = { pooler_output: tensor('float32', Float32Array.of(0, 0), [1, 2]), last_hidden_state: states };
  expect(embed(outputs, all, by({ step: 'pool', by: 'cls' }), {}).embedding).toEqual(Float32Array.of(3, 4));
  const both = { ...outputs, sentence_embedding: pooled };
  expect(embed(both, all, by({ step: 'pool', by: 'cls' }), {})).toEqual({
    embedding: Float32Array.of(6, 8),
    dims: [2],
  });
  expect(embed(both, all, by(), { pooling: 'last-token' }).embedding).toEqual(Float32Array.of(8, 6));
});

test('embed() takes the output that inference.json names', () => {
  const { manifest } = by({ step: 'pool', by: 'cls' });
  const named = { manifest: { ...manifest, results: { last_hidden_state: 'b' } } };
  expect(embed({ sentence_embedding: pooled, b: states }, all, named, {}).embedding).toEqual(Float32Array.of(3, 4));
});

test('embed() refuses a pooling of what is pooled, and more dimensions than there are', () => {
  const field = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      if (error instanceof InputError) return error.field;
      throw error;
    }
    return 'none';
  };
  expect(field(() => embed({ sentence_embedding: pooled }, all, by(), { pooling: 'mean' }))).toBe('pooling');
  expect(field(() => embed({ sentence_embedding: pooled }, all, by(), { dimensions: 3 }))).toBe('dimensions');
});

test('embed() says so where it cannot know which states are padding', () => {
  const run = (): unknown => embed({ last_hidden_state: states }, [1, 1, 1, 0], by({ step: 'pool', by: 'mean' }), {});
  expect(run).toThrow(ManifestError);
  expect(run).toThrow('states of 3 tokens for 4');
});

test('embed() takes as many states as the model makes where nothing is padding', () => {
  const { embedding } = embed({ last_hidden_state: states }, [1, 1], by({ step: 'pool', by: 'last-token' }), {});
  expect(embedding).toEqual(Float32Array.of(8, 6));
});

test('embed() reads half precision', () => {
  const halves: Tensor = { type: 'float16', data: Uint16Array.of(0x3c00, 0xc100), dims: [1, 2] };
  expect(embed({ sentence_embedding: halves }, all, by(), {}).embedding).toEqual(Float32Array.of(1, -2.5));
});

test('embed() refuses strings and the shapes of other tasks', () => {
  expect(() => embed({ x: tensor('string', ['a'], [1, 1]) }, all, by(), {})).toThrow(InferenceError);
  for (const dims of [[2, 3], [3, 1, 2], [1, 1, 3, 2], []]) {
    const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
    expect(() => embed({ x: tensor('float32', data, dims) }, all, by(), {})).toThrow(ManifestError);
  }
});
