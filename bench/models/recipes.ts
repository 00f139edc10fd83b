import type { ServedModel } from '../rivals/rival.ts';

/** Where a model of the benchmark comes from. */
export type Origin =
  /** An archive of the repository, or one beside it that may be missing. */
  | { readonly kind: 'archive'; readonly path: string }
  /** A script of this folder, or of `training/chat`, that writes a folder of the Hub's layout. */
  | { readonly kind: 'script'; readonly script: string; readonly args: readonly string[] }
  /** A folder of the Hub's layout beside the repository that may be missing. */
  | { readonly kind: 'folder'; readonly path: string }
  /** So many megabytes of weights, of which a run looks at one. */
  | { readonly kind: 'weights'; readonly megabytes: number }
  /** What `perceptron()` gives. */
  | { readonly kind: 'perceptron' };

/** One model of the benchmark: what it is, and how it is made. */
export interface Recipe extends Pick<ServedModel, 'task' | 'dtype' | 'size' | 'input' | 'output' | 'stacks'> {
  readonly about: string;
  readonly origin: Origin;
  /** What is made of it besides. */
  readonly also?: 'tfjs' | 'gguf';
}

const table: Recipe = {
  about: 'two layers for a row of 15 numbers, 2 kB',
  origin: { kind: 'perceptron' },
  task: 'tensor',
  dtype: 'fp32',
  input: { name: 'features', type: 'float32', dims: [1, 15] },
  output: 'probabilities',
  stacks: true,
};

const digits: Recipe = {
  about: 'the demo’s classifier of digits, 0.3 MB',
  origin: { kind: 'archive', path: 'public/models/digits/model.tar.gz' },
  task: 'tensor',
  dtype: 'fp32',
  input: { name: 'pixel_values', type: 'float32', dims: [1, 1, 28, 28] },
  output: 'logits',
  stacks: true,
};

const encoder = (dtype: 'fp32' | 'int8'): Recipe => ({
  about: `a sentence encoder of MiniLM’s shape, 23 M parameters, ${dtype}`,
  origin: { kind: 'script', script: 'bench/models/encoder.py', args: ['--dtype', dtype] },
  task: 'feature-extraction',
  dtype,
});

const vision = (dtype: 'fp32' | 'int8'): Recipe => ({
  about: `an image classifier of ViT-Small’s shape, 22 M parameters, ${dtype}`,
  origin: { kind: 'script', script: 'bench/models/vision.py', args: ['--dtype', dtype] },
  task: 'image-classification',
  dtype,
  size: 224,
});

const decoder = (dtype: 'fp32' | 'int8'): Recipe => ({
  about: `a chat model of SmolLM’s shape, 135 M parameters, ${dtype}`,
  origin: { kind: 'script', script: 'training/chat/random_decoder.py', args: ['--dtype', dtype] },
  task: 'text-generation',
  dtype,
});

const weights = (megabytes: number): Recipe => ({
  about: `${megabytes} MB of weights, of which a run looks at one`,
  origin: { kind: 'weights', megabytes },
  task: 'tensor',
  dtype: 'fp32',
  input: { name: 'i', type: 'int64', dims: [1] },
  output: 'y',
});

/** All models of the benchmark, by name. Weights are random where a script makes them: speed does not depend on them. */
export const recipes: Readonly<Record<string, Recipe>> = {
  table,
  digits,
  mobilenet: {
    about: 'an image classifier of MobileNet v1’s shape, 0.5 wide, 160 pixels, 1.3 M parameters, fp32',
    origin: { kind: 'script', script: 'bench/models/convnet.py', args: [] },
    task: 'image-classification',
    dtype: 'fp32',
    size: 160,
    also: 'tfjs',
  },
  'mobilenet-int8': {
    about: 'MobileNet v1, 0.5 wide, 160 pixels, as it was trained, int8',
    origin: { kind: 'folder', path: '../shared/models/mobilenet_v1_0.5_160' },
    task: 'image-classification',
    dtype: 'int8',
    size: 160,
  },
  minilm: encoder('fp32'),
  'minilm-int8': encoder('int8'),
  'vit-small': vision('fp32'),
  'vit-small-int8': vision('int8'),
  stories260K: {
    about: 'a decoder of 0.26 M parameters that was trained on short stories, fp32',
    origin: { kind: 'folder', path: '../shared/models/stories260K' },
    task: 'text-generation',
    dtype: 'fp32',
    also: 'gguf',
  },
  'llama-135m': decoder('fp32'),
  'llama-135m-int8': decoder('int8'),
  ...Object.fromEntries([1, 10, 20, 50, 100, 200].map((megabytes) => [`weights-${megabytes}`, weights(megabytes)])),
};
