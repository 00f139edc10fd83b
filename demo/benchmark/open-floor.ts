import type { Side } from './measure.ts';

export type FloorMessage =
  | { readonly kind: 'open'; readonly id: number; readonly onnx: Blob }
  | { readonly kind: 'call'; readonly id: number; readonly numbers: Float32Array; readonly dims: readonly number[] };

export type FloorAnswer =
  | { readonly id: number; readonly numbers: Float32Array }
  | { readonly id: number; readonly error: string };

/** Starts a hand-written worker with the model's own bytes. */
export async function openFloor(onnx: Blob): Promise<Side> {
  const worker = new Worker(new URL('./floor-worker.ts', import.meta.url), { type: 'module' });
  const waiting = new Map<number, PromiseWithResolvers<Float32Array>>();
  let last = 0;
  worker.onmessage = ({ data }: MessageEvent<FloorAnswer>) => {
    const one = waiting.get(data.id)!;
    waiting.delete(data.id);
    if ('error' in data) one.reject(new Error(data.error));
    else one.resolve(data.numbers);
  };
  worker.onerror = ({ message }) => {
    for (const one of waiting.values()) one.reject(new Error(message || 'The worker did not start.'));
  };
  const ask = (message: (id: number) => FloorMessage): Promise<Float32Array> => {
    const answer = Promise.withResolvers<Float32Array>();
    waiting.set(++last, answer);
    worker.postMessage(message(last));
    return answer.promise;
  };
  try {
    await ask((id) => ({ kind: 'open', id, onnx }));
  } catch (error) {
    worker.terminate();
    throw error;
  }
  return {
    call: (numbers, dims) => ask((id) => ({ kind: 'call', id, numbers, dims })),
    async close() {
      worker.terminate();
    },
  };
}
