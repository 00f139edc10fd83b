import * as ort from 'onnxruntime-web/wasm';
import { nextTurn } from '../next-turn.ts';
import type { NamedTensors } from '../tensor.ts';
import { chooseThreads, type RuntimeReport } from './device.ts';
import { loadFailure, runFailure, startFailure } from './failures.ts';
import type { ModelFiles } from './model-files.ts';
import { mountModel } from './mount.ts';
import type { Session, TensorInfo } from './session.ts';
import { watchThreadScript } from './watch-thread-script.ts';

export interface RuntimeOptions {
  /** Where ONNX Runtime's files are, as an absolute address that ends in `/`. @default beside this module */
  assets?: string;
  /** Threads of one run. @default half the cores, up to 4, where the page is cross-origin isolated; else 1 */
  threads?: number;
  /** The bytes of its `.wasm`, for where `fetch` does not reach files. */
  wasmBinary?: Uint8Array;
}

/** ONNX Runtime Web, started. There is one a worker. */
export interface Runtime {
  readonly report: RuntimeReport;
  /** @throws {InferenceError} `model-invalid` when the runtime refuses the model; `model-too-large`; `out-of-memory` */
  createSession(files: ModelFiles): Promise<Session>;
}

/**
 * Starts ONNX Runtime on WASM: fetches and compiles its `.wasm`, and loads the smallest of models, so that what
 * the runtime compiles and allocates at its first use is done while an archive is still on its way.
 *
 * @throws {InferenceError} `runtime-failed` when its files cannot be loaded; `out-of-memory`
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const report = chooseThreads(options.threads, {
    crossOriginIsolated: globalThis.crossOriginIsolated,
    cores: globalThis.navigator?.hardwareConcurrency ?? 1,
  });
  const wasm = options.assets
    ? new URL('ort-wasm-simd-threaded.wasm', options.assets)
    : new URL('./ort-wasm-simd-threaded.wasm', import.meta.url);
  const mjs = options.assets
    ? new URL('ort-wasm-simd-threaded.js', options.assets)
    : new URL('./ort-wasm-simd-threaded.js', import.meta.url);
  ort.env.wasm.numThreads = report.threads;
  ort.env.wasm.wasmPaths = { mjs: mjs.href, wasm: wasm.href };
  if (options.wasmBinary) ort.env.wasm.wasmBinary = options.wasmBinary;
  ort.env.logLevel = 'error';
  const script = report.threads > 1 ? watchThreadScript(mjs) : undefined;
  try {
    await Promise.race([warmUp(), ...(script ? [script.failed] : [])]);
  } catch (cause) {
    throw startFailure(cause, { mjs: mjs.href, wasm: wasm.href });
  } finally {
    script?.end();
  }
  const turn = oneAtATime();
  return { report, createSession: (files) => turn(() => createSession(files, turn)) };
}

async function warmUp(): Promise<void> {
  const session = await ort.InferenceSession.create(smallestModel());
  await session.run({ x: new ort.Tensor('float32', [0], [1]) });
  await session.release();
}

type Turn = <T>(work: () => Promise<T>) => Promise<T>;

async function createSession(files: ModelFiles, turn: Turn): Promise<Session> {
  const session = await mountModel(files, async (graph, externalData) => {
    try {
      return await ort.InferenceSession.create(graph, {
        executionProviders: ['wasm'],
        graphOptimizationLevel: 'all',
        // A warning at every round of a loop keeps the page from all else: workers write on its console.
        logSeverityLevel: 4,
        externalData,
      });
    } catch (cause) {
      throw loadFailure(cause, files);
    }
  });
  let disposed: Promise<void> | undefined;
  return {
    inputs: session.inputMetadata.map(tensorInfo),
    outputs: session.outputMetadata.map(tensorInfo),
    run: (feeds, signal) =>
      turn(() => {
        signal?.throwIfAborted();
        return run(session, feeds);
      }),
    dispose: () => (disposed ??= turn(() => session.release())),
  };
}

async function run(session: ort.InferenceSession, feeds: NamedTensors): Promise<NamedTensors> {
  const given: Record<string, ort.Tensor> = {};
  for (const [name, { type, data, dims }] of Object.entries(feeds)) {
    given[name] = new ort.Tensor(type as 'float32', data as Float32Array, dims);
  }
  try {
    // What it would say on the console it throws as well.
    const results = await session.run(given, { logSeverityLevel: 4 });
    const outputs: NamedTensors = {};
    for (const [name, { type, data, dims }] of Object.entries(results)) {
      outputs[name] = { type: type, data: data, dims: [...dims] };
    }
    return outputs;
  } catch (cause) {
    throw runFailure(cause);
  }
}

function tensorInfo(metadata: ort.InferenceSession.ValueMetadata): TensorInfo {
  return metadata.isTensor
    ? { name: metadata.name, type: metadata.type, shape: metadata.shape.map(freeUnnamed) }
    : { name: metadata.name, type: undefined, shape: [] };
}

/** ONNX Runtime Web gives a dimension of -1, which is free and has no name, as 2³² - 1. */
function freeUnnamed(dim: number | string): number | string {
  return typeof dim === 'number' && dim >= 2 ** 31 ? '' : dim;
}

/** Milliseconds of work after which the thread looks at its messages, cancellations among them. */
const turnMs = 4;

/** Runs works in the order they came: ONNX Runtime Web has one run at a time, whatever the session. */
function oneAtATime(): Turn {
  let last: Promise<unknown> = Promise.resolve();
  let turnStart = performance.now();
  return (work) => {
    const next = last.then(async () => {
      if (performance.now() - turnStart > turnMs) {
        await nextTurn();
        turnStart = performance.now();
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
