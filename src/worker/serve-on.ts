import { InferenceError, WorkerError } from '../errors.ts';
import { loadModel, type Handler, type Model, type Prediction } from '../model.ts';
import { beginTurn, nextTurn } from '../next-turn.ts';
import { browserMedia } from '../preprocess/browser-media.ts';
import type { Runtime, RuntimeOptions, StartRuntime } from '../runtime/runtime.ts';
import { selfTest } from '../self-test.ts';
import { accept } from './accept.ts';
import type { Call, CallsMessage, EngineControl, RepliesMessage, Reply } from './contract.ts';
import { encodeError } from './error-transport.ts';

/** Makes this worker an engine on one of the runtimes. */
export function serveOn(startRuntime: StartRuntime, handler?: Handler): void {
  // ONNX Runtime starts its threads from its own module, never from this one.
  let runtime: Promise<Runtime> | undefined;
  let brokenBy: Error | undefined;
  let culprit: number | undefined;
  const start = (options: RuntimeOptions): Promise<Runtime> => {
    runtime ??= startRuntime(options).then((started) => {
      void started.broken.then((reason) => (brokenBy = reason));
      return started;
    });
    return runtime;
  };
  const models = new Map<number, Model>();
  const modelOf = (id: number): Model => {
    const model = models.get(id);
    if (!model) throw unloaded();
    return model;
  };
  accept(
    {
      async start(options) {
        return (await start(options)).report;
      },
      async broken() {
        const reason = await (await start({})).broken;
        // Until then the failure of the run that it was has come to its call.
        await nextTurn();
        return { error: encodeError(reason), call: culprit };
      },
      async load(id, artifact, options) {
        const { baseUrl, ...described } = options;
        const media = browserMedia(baseUrl);
        const model = await loadModel(artifact, start({}), { ...described, media, handler });
        models.set(id, model);
        const { manifest, inputs, outputs, sampleRate, isStateful } = model;
        return {
          task: handler ? 'custom' : manifest.task,
          card: manifest.card,
          inputs,
          outputs,
          sampleRate,
          isStateful,
        };
      },
      async selfTest(id, artifact, options) {
        return selfTest(modelOf(id), artifact, options);
      },
      async unload(id) {
        const model = models.get(id);
        models.delete(id);
        await model?.dispose();
      },
    } satisfies EngineControl,
    (port) =>
      answerCalls(port, models, (id, error) => {
        if (!brokenBy) return true;
        if (error === brokenBy) culprit ??= id;
        return false;
      }),
  );
}

/**
 * Answers the calls that come through `port`. A cancelled one is dropped unless its run has begun.
 *
 * @param mayFail whether a failure is the call's own, and not to be put down to a broken engine
 */
function answerCalls(
  port: MessagePort,
  models: ReadonlyMap<number, Model>,
  mayFail: (id: number, error: unknown) => boolean,
): void {
  const running = new Map<number, AbortController>();
  const answers = new Set<Promise<void>>();
  let outbox: Outgoing[] = [];
  port.onmessage = ({ data }: MessageEvent<CallsMessage>) => {
    beginTurn();
    for (const call of data.calls) {
      if (call.kind === 'invoke') {
        const answering = call.isTimed ? afterAll([...answers], call) : answer(call);
        answers.add(answering);
        void answering.finally(() => answers.delete(answering));
      } else running.get(call.id)?.abort();
    }
  };

  /** What the engine is at is then known to the page, by the answers it has. */
  async function afterAll(earlier: readonly Promise<void>[], call: Extract<Call, { kind: 'invoke' }>): Promise<void> {
    await Promise.all(earlier);
    flush();
    await answer(call);
  }

  async function answer({ id, model, input, options, isStream }: Extract<Call, { kind: 'invoke' }>): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    let lastSignAt = performance.now();
    let isFirst = true;
    const emit = (piece: unknown): void => {
      if (controller.signal.aborted) return;
      // A long answer that nobody watches gives a sign of life now and then.
      if (!isStream && performance.now() - lastSignAt < signMs) return;
      lastSignAt = performance.now();
      send({ reply: { kind: 'pieces', id, pieces: isStream ? [piece] : [] }, transfer: [] });
      // The first is what somebody waits for.
      if (isFirst) flush();
      isFirst = false;
    };
    const prediction =
      (await models.get(model)?.predict(input, options, controller.signal, emit)) ?? failure(unloaded());
    running.delete(id);
    // Nobody waits for it any more.
    if (controller.signal.aborted) return;
    // The page hears of it, and has another engine answer.
    if (prediction.kind === 'failure' && !mayFail(id, prediction.error)) return;
    send(outgoing(id, prediction));
  }

  function send(one: Outgoing): void {
    if (outbox.push(one) === 1) void nextTurn().then(flush);
  }

  /** Sends the replies of one turn together; one that cannot be cloned must not keep the others back. */
  function flush(): void {
    const sent = outbox;
    outbox = [];
    if (sent.length === 0) return;
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

/** Milliseconds between two signs of life. */
const signMs = 1000;

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

function failure(error: unknown): Prediction {
  return { kind: 'failure', error };
}

function unloaded(): WorkerError {
  return new WorkerError('worker-lost', 'The model is not loaded in this engine any more. Deploy it again.');
}
