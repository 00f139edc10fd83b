// What is written by hand without Inpoint: bare ONNX Runtime Web in a worker, one message a call and one back.
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import runtime from '../../dist/ort-wasm-simd-threaded.wasm?url';
import type { FloorAnswer, FloorMessage } from './open-floor.ts';

let session: InferenceSession;
let names: { readonly input: string; readonly output: string };

const worker = globalThis as unknown as {
  onmessage: (event: MessageEvent<FloorMessage>) => void;
  postMessage(answer: FloorAnswer): void;
};

worker.onmessage = ({ data }) => {
  answer(data).then(
    (numbers) => worker.postMessage({ id: data.id, numbers }),
    (error: unknown) => worker.postMessage({ id: data.id, error: String(error) }),
  );
};

async function answer(message: FloorMessage): Promise<Float32Array> {
  if (message.kind === 'open') {
    env.wasm.numThreads = 1;
    env.wasm.wasmPaths = { wasm: new URL(runtime, import.meta.url).href };
    session = await InferenceSession.create(new Uint8Array(await message.onnx.arrayBuffer()));
    names = { input: session.inputNames[0]!, output: session.outputNames[0]! };
    return new Float32Array(0);
  }
  const results = await session.run({ [names.input]: new Tensor('float32', message.numbers, message.dims) });
  return results[names.output]!.data as Float32Array;
}
