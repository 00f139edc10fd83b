import { ManifestError } from '../errors.ts';
import type { ImageFeatureExtractionManifest } from '../manifest/index.ts';
import { l2Normalize } from '../postprocess/l2-normalize.ts';
import { pool } from '../postprocess/pool.ts';
import type { WorkerImage } from '../preprocess/browser-media.ts';
import type { NamedTensors } from '../tensor.ts';
import { checkNumbers } from './check-numbers.ts';
import { numbersOf, resultOf } from './feeds.ts';
import { createImageReader } from './image-input.ts';
import type { Task, TaskContext } from './task.ts';

/** What a picture is to a model, in numbers. */
export interface ImageEmbedding {
  /** In row-major order. */
  embedding: Float32Array;
  /** Its shape: `[size]`, or that of all the model's states where no step pools them. */
  dims: number[];
}

export function imageFeatureExtraction(
  context: TaskContext<ImageFeatureExtractionManifest>,
): Task<WorkerImage, object, ImageEmbedding> {
  const read = createImageReader(context);
  return {
    async prepare(image, _options, signal) {
      const { record } = await read(image, signal);
      return { records: [record], finish: ([outputs]) => embeddingOf(outputs!, context) };
    },
    transfer: ({ embedding }) => [embedding.buffer as ArrayBuffer],
  };
}

/** Where there is something to pool, states go before vectors that the model has pooled itself. */
function embeddingOf(
  outputs: NamedTensors,
  { manifest }: Pick<TaskContext<ImageFeatureExtractionManifest>, 'manifest'>,
): ImageEmbedding {
  const pools = manifest.postprocess.some(({ step }) => step === 'pool');
  const vectors = ['image_embeds', 'pooler_output', 'embedding', 'embeddings'] as const;
  const tensor = pools
    ? resultOf({ manifest }, outputs, 'last_hidden_state', ...vectors)
    : resultOf({ manifest }, outputs, ...vectors, 'last_hidden_state');
  let embedding: Float32Array = Float32Array.from(numbersOf(tensor));
  let dims = tensor.dims.slice(1);
  for (const step of manifest.postprocess) {
    if (step.step === 'l2-normalize') embedding = l2Normalize(embedding);
    else {
      embedding = pooled(embedding, [1, ...dims], step.by);
      dims = [embedding.length];
    }
  }
  return { embedding: checkNumbers(embedding), dims: [...dims] };
}

function pooled(data: Float32Array, dims: readonly number[], by: 'mean' | 'cls' | 'last-token'): Float32Array {
  try {
    return pool({ data, dims }, by);
  } catch (cause) {
    throw new ManifestError(
      'task-unsupported',
      `${(cause as Error).message} Take the "pool" step out of inference.json, or name another output under "results".`,
      { cause },
    );
  }
}
