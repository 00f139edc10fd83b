import type * as Ort from 'onnxruntime-web';
import { nextTurn, turnBeganAt } from '../next-turn.ts';
import { readOnnxFile } from '../manifest/onnx-file.ts';
import type { NamedTensors, Tensor } from '../tensor.ts';
import type { Device, RuntimeReport } from './device.ts';
import { loadFailure, runFailure, startFailure } from './failures.ts';
import { isBroken } from './is-broken.ts';
import type { ModelFiles } from './model-files.ts';
import { mountModel } from './mount.ts';
import type { Runtime, RuntimeOptions } from './runtime.ts';
import type { KeptTensor, RunTensors, Session, SessionOptions, TensorInfo } from './session.ts';
import { watchThreadScript } from './watch-thread-script.ts';

/** One of the builds of ONNX Runtime Web: they differ in what they can compute with, and in nothing that is said here. */
export interface OrtBuild {
  readonly ort: Pick<typeof Ort, 'env' | 'InferenceSession' | 'Tensor'>;
  readonly mjs: URL;
  readonly wasm: URL;
}

/**
 * Fetches and compiles the `.wasm` of a build, and runs the smallest of models, so that what the runtime compiles and
 * allocates at its first use is done while an archive is still on its way.
 *
 * @throws {InferenceError} `runtime-failed` when its files cannot be loaded; `out-of-memory`
 */
export async function startBuild({ ort, mjs, wasm }: OrtBuild, device: Device, options: RuntimeOptions): Promise<void> {
  ort.env.wasm.numThreads = options.threads ?? 1;
  ort.env.wasm.wasmPaths = { mjs: mjs.href, wasm: wasm.href };
  if (options.wasmBinary) ort.env.wasm.wasmBinary = options.wasmBinary;
  ort.env.logLevel = 'error';
  const script = ort.env.wasm.numThreads > 1 ? watchThreadScript(mjs) : undefined;
  try {
    await Promise.race([warmUp(ort, device), ...(script ? [script.failed] : [])]);
  } catch (cause) {
    throw startFailure(cause, { mjs: mjs.href, wasm: wasm.href });
  } finally {
    script?.end();
  }
}

async function warmUp(ort: OrtBuild['ort'], device: Device): Promise<void> {
  const session = await ort.InferenceSession.create(smallestModel(), { executionProviders: [device] });
  await session.run({ x: new ort.Tensor('float32', [0], [1]) });
  // With the last session on it, the runtime destroys its graphics device: this one stays.
  if (device === 'wasm') await session.release();
}

/**
 * A build that was started.
 *
 * @param deviceLost resolves with the reason when the device behind it is gone
 */
export function createRuntime(
  { ort }: Pick<OrtBuild, 'ort'>,
  report: RuntimeReport,
  deviceLost?: Promise<Error>,
): Runtime {
  let breakDown!: (reason: Error) => void;
  const broken = new Promise<Error>((resolve) => (breakDown = resolve));
  void deviceLost?.then(breakDown);
  const turn = oneAtATime();
  /** Whether the last failure was waited with, in vain: those that follow it are of the same kind. */
  let isAsked = false;
  /** Does one piece of the runtime's work; what breaks it is told. */
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      const done = await work();
      isAsked = false;
      return done;
    } catch (error) {
      if (isBroken(error)) breakDown(error as Error);
      // A device that is lost fails the run first, and says why a moment later.
      else if (deviceLost && !isAsked) {
        isAsked = true;
        await Promise.race([deviceLost, new Promise((resolve) => setTimeout(resolve, tellingMs))]);
      }
      throw error;
    }
  };
  return {
    report,
    broken,
    createSession: (files, options) =>
      turn(() => guarded(() => createSession(ort, report.device, files, options, turn, guarded))),
  };
}

/** Milliseconds within which a lost device is told of. */
const tellingMs = 200;

type Work = <T>(work: () => Promise<T>) => Promise<T>;

/** Does one work after the other. After so many milliseconds of it the thread looks at its messages. */
type Turn = <T>(work: () => Promise<T>, mostMs?: number) => Promise<T>;

async function createSession(
  ort: OrtBuild['ort'],
  device: Device,
  files: ModelFiles,
  { keeps }: SessionOptions = {},
  turn: Turn,
  guarded: Work,
): Promise<Session> {
  const kept = keeps && device !== 'wasm' ? await outputsOf(files, keeps) : [];
  const session = await mountModel(files, async (graph, externalData) => {
    try {
      return await ort.InferenceSession.create(graph, {
        executionProviders: [device],
        graphOptimizationLevel: 'all',
        // A warning at every round of a loop keeps the page from all else: workers write on its console.
        logSeverityLevel: 4,
        externalData,
        ...(kept.length > 0 && {
          preferredOutputLocation: Object.fromEntries(kept.map((name) => [name, 'gpu-buffer'])),
        }),
      });
    } catch (cause) {
      throw loadFailure(cause, files);
    }
  });
  const options = runOptions(session, device === 'wasm' ? keeps : undefined);
  let disposed: Promise<void> | undefined;
  return {
    inputs: session.inputMetadata.map(tensorInfo),
    outputs: session.outputMetadata.map(tensorInfo),
    run: (feeds, signal) =>
      turn(() => {
        signal?.throwIfAborted();
        return guarded(async () => (await run(ort, session, feeds, quiet)) as NamedTensors);
      }),
    runKeeping: (feeds, signal) =>
      turn(() => {
        signal?.throwIfAborted();
        return guarded(() => run(ort, session, feeds, options));
      }, stepsMs),
    dispose: () => (disposed ??= turn(() => session.release())),
  };
}

/** Names of a model's outputs, which are wanted before the runtime has read them. */
async function outputsOf({ model }: ModelFiles, keeps: (output: string) => boolean): Promise<string[]> {
  try {
    const { outputs } = await readOnnxFile('the model', model);
    return outputs.map(({ name }) => name).filter(keeps);
  } catch {
    // What is wrong with the file the runtime says itself.
    return [];
  }
}

/** What it would say on the console it throws as well. */
const quiet: Ort.InferenceSession.RunOptions = { logSeverityLevel: 4 };

/** Options of a run that keeps. `keepsInHeap` is an option of this library's build of ONNX Runtime: see `tsdown.config.ts`. */
function runOptions(
  { outputNames }: Ort.InferenceSession,
  keeps: SessionOptions['keeps'],
): Ort.InferenceSession.RunOptions {
  if (!keeps) return quiet;
  const kept = outputNames.map(keeps);
  return { ...quiet, keepsInHeap: (index: number) => kept[index] } as Ort.InferenceSession.RunOptions;
}

/** Tensors of ours that stand for one of the runtime's. */
const runtimes = new WeakMap<KeptTensor, Ort.Tensor>();

async function run(
  ort: OrtBuild['ort'],
  session: Ort.InferenceSession,
  feeds: RunTensors,
  options: Ort.InferenceSession.RunOptions,
): Promise<RunTensors> {
  const given: Record<string, Ort.Tensor> = {};
  for (const name in feeds) {
    const feed = feeds[name]!;
    if ('read' in feed) given[name] = runtimes.get(feed)!;
    else given[name] = new ort.Tensor(feed.type as 'float32', feed.data as Float32Array, feed.dims);
  }
  try {
    const results = await session.run(given, options);
    const outputs: Record<string, Tensor | KeptTensor> = {};
    for (const name in results) outputs[name] = ofRuntime(results[name]!);
    return outputs;
  } catch (cause) {
    throw runFailure(cause);
  }
}

function ofRuntime(result: Ort.Tensor): Tensor | KeptTensor {
  const { type } = result;
  const dims = [...result.dims];
  if (result.location === 'cpu') return { type, data: result.data, dims };
  const { peek } = result.gpuBuffer as { peek?: () => ArrayLike<unknown> };
  const kept: KeptTensor = {
    type,
    dims,
    read: async () => ({ type, data: await result.getData(), dims }),
    ...(peek && { peek: () => ({ type, data: peek() as Float32Array, dims }) }),
    dispose: () => result.dispose(),
  };
  runtimes.set(kept, result);
  return kept;
}

function tensorInfo(metadata: Ort.InferenceSession.ValueMetadata): TensorInfo {
  return metadata.isTensor
    ? { name: metadata.name, type: metadata.type, shape: metadata.shape.map(freeUnnamed) }
    : { name: metadata.name, type: undefined, shape: [] };
}

/** ONNX Runtime Web gives a dimension of -1, which is free and has no name, as 2³² - 1. */
function freeUnnamed(dim: number | string): number | string {
  return typeof dim === 'number' && dim >= 2 ** 31 ? '' : dim;
}

/**
 * Milliseconds of work after which the thread looks at its messages, cancellations among them, and sends its answers:
 * should the next run not end, the page knows by them which one that is.
 */
const turnMs = 1;

/** The same between the steps of a text, none of which an answer is: a look takes a tenth of the time of a small model's step. */
const stepsMs = 4;

/** Runs works in the order they came: ONNX Runtime Web has one run at a time, whatever the session. */
function oneAtATime(): Turn {
  let last: Promise<unknown> = Promise.resolve();
  return (work, mostMs = turnMs) => {
    const next = last.then(async () => {
      if (performance.now() - turnBeganAt() > mostMs) {
        // In the first of them the answer of the run before comes to those who send it, in the second it is sent.
        await nextTurn();
        await nextTurn();
      }
      return work();
    });
    last = next.catch(() => {});
    return next;
  };
}

/**
 * `y = Relu(x)` for `float32 [1]`, opset 13, as ONNX spells it.
 * Source: onnx.proto (ModelProto, GraphProto, NodeProto, ValueInfoProto), protobuf wire format.
 */
function smallestModel(): Uint8Array {
  const text = (value: string): number[] => [...new TextEncoder().encode(value)];
  const bytes = (field: number, value: number[]): number[] => [(field << 3) | 2, value.length, ...value];
  const number = (field: number, value: number): number[] => [field << 3, value];
  const shape = bytes(2, bytes(1, number(1, 1)));
  const value = (name: string): number[] => [
    ...bytes(1, text(name)),
    ...bytes(2, bytes(1, [...number(1, 1), ...shape])),
  ];
  const node = [...bytes(1, text('x')), ...bytes(2, text('y')), ...bytes(4, text('Relu'))];
  const graph = [...bytes(1, node), ...bytes(2, text('g')), ...bytes(11, value('x')), ...bytes(12, value('y'))];
  return Uint8Array.from([...number(1, 7), ...bytes(7, graph), ...bytes(8, number(2, 13))]);
}
