import { loadModel, type Handler, type Model, type PredictCall } from '../model.ts';
import { nextTurn } from '../next-turn.ts';
import { startRuntime, type Runtime } from '../runtime/ort.ts';
import { accept } from './accept.ts';
import type { Call, CallsMessage, EngineControl, RepliesMessage, Reply } from './contract.ts';
import { encodeError } from './error-transport.ts';
import { WorkerError } from '../errors.ts';

export type { Handler, HandlerContext } from '../model.ts';
export type { Manifest } from '../manifest/index.ts';
export type { TensorInfo } from '../runtime/session.ts';
export { tensor } from '../tensor.ts';
export type { DataType, NamedTensors, Tensor } from '../tensor.ts';
export { InputError } from '../errors.ts';

/**
 * Makes this worker an engine: it loads models and answers calls. With a handler it serves models that Inpoint
 * does not know: the handler turns an input into the model's tensors, and the model's tensors into an answer.
 *
 * ```ts
 * serve({
 *   preprocess: (samples: Float32Array) => ({ x: tensor('float32', samples, [1, samples.length]) }),
 *   postprocess: ({ y }) => y.data,
 * });
 * ```
 *
 * The page makes the worker, so that its bundler sees it: `deploy(url, { worker: () => new Worker(…) })`.
 */
export function serve(handler?: Handler): void {
  // ONNX Runtime starts its threads from its own module, never from this one.
  let runtime: Promise<Runtime> | undefined;
  const models = new Map<number, Model>();
  accept(
    {
      async start(options) {
        runtime ??= startRuntime(options);
        return (await runtime).report;
      },
      async load(id, artifact, options) {
        const model = await loadModel(artifact, (runtime ??= startRuntime({})), { ...options, handler });
        models.set(id, model);
        const { manifest, inputs, outputs } = model;
        return { task: handler ? 'custom' : manifest.task, card: manifest.card, inputs, outputs };
      },
      async unload(id) {
        const model = models.get(id);
        models.delete(id);
        await model?.dispose();
      },
    } satisfies EngineControl,
    (port) => answerCalls(port, models),
  );
}

/** Milliseconds of work after which replies are sent and cancellations looked for, though more is to do. */
const turnMs = 4;

/** Answers the calls that come through `port`, in their order. Those that were cancelled while they waited are dropped. */
function answerCalls(port: MessagePort, models: ReadonlyMap<number, Model>): void {
  const waiting = new Map<number, Extract<Call, { kind: 'invoke' }>>();
  let working = false;
  port.onmessage = ({ data }: MessageEvent<CallsMessage>) => {
    for (const call of data.calls) {
      if (call.kind === 'cancel') waiting.delete(call.id);
      else waiting.set(call.id, call);
    }
    if (!working) void work();
  };

  async function work(): Promise<void> {
    working = true;
    let replies: Reply[] = [];
    let transfer: Transferable[] = [];
    let turnStart = performance.now();
    const send = (): void => {
      if (replies.length > 0) port.postMessage({ replies } satisfies RepliesMessage, transfer);
      replies = [];
      transfer = [];
    };
    for (const [id, call] of waiting) {
      waiting.delete(id);
      for await (const prediction of predict(models.get(call.model), call)) {
        if (prediction.kind === 'failure') replies.push({ kind: 'failure', id, error: encodeError(prediction.error) });
        else {
          const { answer, modelMs } = prediction;
          replies.push({ kind: 'answer', id, answer, modelMs });
          transfer.push(...prediction.transfer);
        }
      }
      if (performance.now() - turnStart < turnMs) continue;
      send();
      await nextTurn();
      turnStart = performance.now();
    }
    send();
    working = false;
  }
}

async function* predict(model: Model | undefined, call: PredictCall): ReturnType<Model['predictMany']> {
  if (model) yield* model.predictMany([call]);
  else
    yield {
      kind: 'failure',
      error: new WorkerError('worker-lost', 'The model is not loaded in this engine any more.'),
    };
}
