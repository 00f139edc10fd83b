import { InferenceError, WorkerError } from '../errors.ts';
import { loadModel, type Handler, type Model, type Prediction } from '../model.ts';
import { nextTurn } from '../next-turn.ts';
import { browserMedia } from '../preprocess/browser-media.ts';
import { startRuntime, type Runtime } from '../runtime/ort.ts';
import { accept } from './accept.ts';
import type { Call, CallsMessage, EngineControl, RepliesMessage, Reply } from './contract.ts';
import { encodeError } from './error-transport.ts';

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
        const { baseUrl, ...described } = options;
        const media = browserMedia(baseUrl);
        const model = await loadModel(artifact, (runtime ??= startRuntime({})), { ...described, media, handler });
        models.set(id, model);
        const { manifest, inputs, outputs, sampleRate } = model;
        return { task: handler ? 'custom' : manifest.task, card: manifest.card, inputs, outputs, sampleRate };
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

/** Answers the calls that come through `port`. A cancelled one is dropped unless its run has begun. */
function answerCalls(port: MessagePort, models: ReadonlyMap<number, Model>): void {
  const running = new Map<number, AbortController>();
  let outbox: Outgoing[] = [];
  port.onmessage = ({ data }: MessageEvent<CallsMessage>) => {
    for (const call of data.calls) {
      if (call.kind === 'invoke') void answer(call);
      else running.get(call.id)?.abort();
    }
  };

  async function answer({ id, model, input, options }: Extract<Call, { kind: 'invoke' }>): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    const prediction = (await models.get(model)?.predict(input, options, controller.signal)) ?? unloaded;
    running.delete(id);
    // Nobody waits for it any more.
    if (controller.signal.aborted) return;
    if (outbox.push(outgoing(id, prediction)) === 1) void nextTurn().then(flush);
  }

  /** Sends the replies of one turn together; one that cannot be cloned must not keep the others back. */
  function flush(): void {
    const sent = outbox;
    outbox = [];
    try {
      post(sent);
    } catch {
      for (const one of sent) postAlone(one);
    }
  }

  function post(sent: readonly Outgoing[]): void {
    const replies = sent.map(({ reply }) => reply);
    const transfer = sent.flatMap((one) => one.transfer);
    port.postMessage({ replies } satisfies RepliesMessage, transfer);
  }

  function postAlone(one: Outgoing): void {
    try {
      post([one]);
    } catch (cause) {
      const message = `The answer cannot be sent to the page: ${(cause as Error).message}. Give plain data from postprocess.`;
      const error = new InferenceError('inference-failed', message, { cause });
      post([outgoing(one.reply.id, { kind: 'failure', error })]);
    }
  }
}

/** A reply with the buffers that go with it for good. */
interface Outgoing {
  readonly reply: Reply;
  readonly transfer: readonly Transferable[];
}

function outgoing(id: number, prediction: Prediction): Outgoing {
  if (prediction.kind === 'failure') {
    return { reply: { kind: 'failure', id, error: encodeError(prediction.error) }, transfer: [] };
  }
  const { answer, modelMs, transfer } = prediction;
  return { reply: { kind: 'answer', id, answer, modelMs }, transfer };
}

const unloaded: Prediction = {
  kind: 'failure',
  error: new WorkerError('worker-lost', 'The model is not loaded in this engine any more. Deploy it again.'),
};
