import type { Artifact, ArtifactFile } from './artifact/index.ts';
import { describe, readJson, type DescribeOptions, type Manifest } from './manifest/index.ts';
import type { ModelBytes, Runtime } from './runtime/ort.ts';
import type { TensorInfo } from './runtime/session.ts';
import { createTask, type Task, type TaskContext } from './tasks/index.ts';
import type { NamedTensors } from './tensor.ts';

/** A model that answers. Knows no threads. */
export interface Model {
  readonly manifest: Manifest;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Answers each input in its own right: one that fails leaves the others alone. In the order of the inputs. */
  predictMany(calls: readonly PredictCall[]): AsyncIterable<Prediction>;
  dispose(): Promise<void>;
}

export interface PredictCall {
  readonly input: unknown;
  readonly options: object;
}

/** An answer with the time it took, or why there is none. */
export type Prediction =
  | { readonly kind: 'answer'; readonly answer: unknown; readonly transfer: Transferable[]; readonly modelMs: number }
  | { readonly kind: 'failure'; readonly error: unknown };

/** What a worker's developer says of a model that Inpoint does not know. */
export interface Handler {
  preprocess(input: never, context: HandlerContext): NamedTensors | Promise<NamedTensors>;
  postprocess(outputs: NamedTensors, context: HandlerContext): unknown;
}

export interface HandlerContext {
  readonly manifest: Manifest;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** The options of this call, without its signal. */
  readonly options: Record<string, unknown>;
  /** A file of the archive by its path; undefined where it is not there. */
  file(path: string): Blob | undefined;
}

export interface LoadOptions extends DescribeOptions {
  /** What relative addresses in inputs are relative to. */
  readonly baseUrl: string;
  /** Takes the place of the task. */
  readonly handler?: Handler | undefined;
}

/**
 * Describes an artifact and loads its model. What is wrong with the artifact is said without waiting for the runtime.
 *
 * @throws {ManifestError} @throws {InferenceError}
 */
export async function loadModel(artifact: Artifact, runtime: Promise<Runtime>, options: LoadOptions): Promise<Model> {
  const find = (path: string): ArtifactFile | undefined => artifact.files.find((entry) => entry.path === path);
  const file = (path: string): Blob | undefined => find(path)?.blob;
  const manifest = await describe(artifact, options.handler ? { ...options, task: 'tensor' } : options);
  const { createSession } = await runtime;
  const session = await createSession(await modelBytes(manifest, file));
  const { inputs, outputs } = session;
  try {
    const task = options.handler
      ? handlerTask(options.handler, { manifest, inputs, outputs, file })
      : await createTask({
          manifest,
          inputs,
          outputs,
          baseUrl: options.baseUrl,
          readJson: (path) => readJson(artifact.name, find(path)!),
        } satisfies TaskContext);
    return {
      manifest,
      inputs,
      outputs,
      async *predictMany(calls) {
        for (const call of calls) yield await predict(task, session.run, call);
      },
      dispose: session.dispose,
    };
  } catch (error) {
    await session.dispose();
    throw error;
  }
}

async function predict(
  task: Task<unknown, unknown, unknown>,
  run: (feeds: NamedTensors) => Promise<NamedTensors>,
  { input, options }: PredictCall,
): Promise<Prediction> {
  const start = performance.now();
  try {
    const outputs = await run(await task.preprocess(input, options));
    const answer = await task.postprocess(outputs, options);
    return { kind: 'answer', answer, transfer: task.transfer?.(answer) ?? [], modelMs: performance.now() - start };
  } catch (error) {
    return { kind: 'failure', error };
  }
}

function handlerTask(handler: Handler, context: Omit<HandlerContext, 'options'>): Task<unknown, unknown, unknown> {
  const withOptions = (options: unknown): HandlerContext => ({
    ...context,
    options: options as Record<string, unknown>,
  });
  return {
    preprocess: (input, options) => handler.preprocess(input as never, withOptions(options)),
    postprocess: (outputs, options) => handler.postprocess(outputs, withOptions(options)),
  };
}

async function modelBytes(
  { model, externalData }: Manifest,
  file: (path: string) => Blob | undefined,
): Promise<ModelBytes> {
  const read = async (path: string): Promise<Uint8Array> => new Uint8Array(await file(path)!.arrayBuffer());
  const [bytes, ...data] = await Promise.all([model, ...externalData].map(read));
  return {
    model: bytes!,
    externalData: externalData.map((path, index) => ({ path: path.split('/').at(-1)!, data: data[index]! })),
  };
}
