import { deploy, InputError, tensor } from 'inpoint';
import type { Classification, DeployProgress, Endpoint, NamedTensors } from 'inpoint';

/** Each task has its own input and answer. */
export async function classify(image: HTMLCanvasElement | ImageData, signal: AbortSignal): Promise<string | undefined> {
  await using endpoint = await deploy('/model.tar.gz', {
    task: 'image-classification',
    threads: 2,
    signal,
    onProgress: (progress: DeployProgress) => console.log(progress.phase),
  });
  const { labels }: Classification = await endpoint.invoke(image, { topK: 3, signal });
  // @ts-expect-error a picture is no tensor
  void endpoint.invoke({ x: tensor('float32', new Float32Array(1), [1]) });
  return labels[0]?.label;
}

export async function compute(endpoint: Endpoint<'tensor'>): Promise<NamedTensors | string> {
  try {
    return await endpoint.invoke({ x: tensor('float32', new Float32Array(6), [2, 3]) });
  } catch (error) {
    if (error instanceof InputError) return error.field;
    throw error;
  }
}

export async function askOwnWorker(samples: Float32Array): Promise<unknown> {
  const endpoint = await deploy(new URL('https://example.com/model.tar.gz'), {
    worker: () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }),
  });
  return endpoint.invoke(samples);
}

// @ts-expect-error samples of one type under the name of another
tensor('float32', new Int32Array(1), [1]);
