import { InferenceError, WorkerError } from '../errors.ts';
import { describeModel, loadModel, type DescribedModel, type Handler, type Model, type Prediction } from '../model.ts';
import { beginTurn, nextTurn } from '../next-turn.ts';
import { browserMedia } from '../preprocess/browser-media.ts';
import type { Runtime, RuntimeOptions, StartRuntime } from '../runtime/runtime.ts';
import { selfTest } from '../self-test.ts';
import { accept } from './accept.ts';
import type { Call, CallsMessage, EngineControl, InvokeCall, LoadedModel, RepliesMessage, Reply } from './contract.ts';
import { columnOf, unpackColumn } from './columns.ts';
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
  const loadedModel = ({ manifest, inputs, outputs, sampleRate, isStateful }: DescribedModel): LoadedModel => ({
    task: handler ? 'custom' : manifest.task,
    card: manifest.card,
    inputs,
    outputs,
    sampleRate,
    isStateful,
  });
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
        return loadedModel(model);
      },
      async describe(artifact, options) {
        const { baseUrl, ...described } = options;
        return loadedModel(await describeModel(artifact, { ...described, media: browserMedia(baseUrl), handler }));
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
    (port) => {
      const mayFail = (id: number, error: unknown): boolean => {
        if (!brokenBy) return true;
        if (error === brokenBy) culprit ??= id;
        return false;
      };
      answerCalls(port, models, mayFail, handler !== undefined);
    },
  );
}

/**
 * Answers the calls that come through `port`. A cancelled one is dropped unless its run has begun.
 *
 * @param mayFail whether a failure is the call's own, and not to be put down to a broken engine
 * @param areKept whether inputs may be kept or given away by who answers
 */
function answerCalls(
  port: MessagePort,
  models: ReadonlyMap<number, Model>,
  mayFail: (id: number, error: unknown) => boolean,
  areKept: boolean,
): void {
  const running = new Map<number, AbortController>();
  const waiting = new Set<{ readonly earlier: Set<number>; readonly go: () => void }>();
  let outbox: Outgoing[] = [];
  let isLingering = false;
  port.onmessage = ({ data }: MessageEvent<CallsMessage>) => {
    beginTurn();
    const together = new Map<number, InvokeCall[]>();
    for (const call of unpackColumn(data.calls, areKept) as readonly Call[]) {
      if (!('input' in call)) {
        running.get(call.cancel)?.abort();
        continue;
      }
      const { id, model, isTimed, isStream } = call;
      const earlier = isTimed && new Set(running.keys());
      const controller = new AbortController();
      running.set(id, controller);
      if (earlier) void afterAll(earlier, call, controller);
      else if (isStream || !models.get(model)?.predictAll) void answer(call, controller);
      else if (together.has(model)) together.get(model)!.push(call);
      else together.set(model, [call]);
    }
    for (const [model, calls] of together) answerAll(models.get(model)!, calls);
  };

  function answerAll({ predictAll }: Model, calls: readonly InvokeCall[]): void {
    const asked = calls.map(({ id, input, options = {} }) => ({ input, options, signal: running.get(id)!.signal }));
    predictAll!(asked, (place, prediction) => settle(calls[place]!.id, asked[place]!.signal, prediction));
  }

  /** What the engine is at is then known to the page, by the answers it has. */
  async function afterAll(earlier: Set<number>, call: InvokeCall, controller: AbortController): Promise<void> {
    if (earlier.size > 0) await new Promise<void>((go) => waiting.add({ earlier, go }));
    flush();
    await answer(call, controller);
  }

  function over(id: number): void {
    running.delete(id);
    for (const one of waiting) {
      one.earlier.delete(id);
      if (one.earlier.size === 0 && waiting.delete(one)) one.go();
    }
  }

  async function answer(
    { id, model, input, options = {}, isStream }: InvokeCall,
    controller: AbortController,
  ): Promise<void> {
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
    settle(id, controller.signal, prediction);
  }

  function settle(id: number, { aborted }: AbortSignal, prediction: Prediction): void {
    over(id);
    // Nobody waits for it any more, but for the engine to be free.
    if (aborted) return send({ reply: { kind: 'gone', id }, transfer: [] });
    // The page hears of it, and has another engine answer.
    if (prediction.kind === 'failure' && !mayFail(id, prediction.error)) return;
    send(outgoing(id, prediction));
  }

  function send(one: Outgoing): void {
    const isFirst = outbox.push(one) === 1;
    // No other answer is on its way that it could go with.
    if (running.size === 0) flush();
    else if (isFirst) void nextTurn().then(flush);
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
    if (sent.length === 1 && running.size === 0 && !isLingering) void linger();
  }

  /**
   * Whoever has an answer often asks again at once: to wake a thread that sleeps takes longer than that, and as long as many
   * a model.
   */
  async function linger(): Promise<void> {
    isLingering = true;
    const until = performance.now() + lingerMs;
    while (running.size === 0 && performance.now() < until) await nextTurn();
    isLingering = false;
  }

  function post(sent: readonly Outgoing[]): void {
    const replies = sent.map(({ reply }) => reply);
    const transfer = sent.flatMap((one) => one.transfer);
    port.postMessage({ replies: columnOf(replies, transfer) } satisfies RepliesMessage, transfer);
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

/** Milliseconds for which an engine stays awake after an answer. */
const lingerMs = 0.2;

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
  return { reply: { id, answer, modelMs }, transfer: transfer.filter(isWorthGiving) };
}

/** Small buffers are copied in less time than they are given away in. */
function isWorthGiving(part: Transferable): boolean {
  return !(part instanceof ArrayBuffer) || part.byteLength > 4096;
}

function failure(error: unknown): Prediction {
  return { kind: 'failure', error };
}

function unloaded(): WorkerError {
  return new WorkerError('worker-lost', 'The model is not loaded in this engine any more. Deploy it again.');
}
