import type { Artifact, ArtifactFile } from './artifact/index.ts';
import { describe, readJson, type DescribeOptions, type Manifest } from './manifest/index.ts';
import type { ModelBytes, Runtime } from './runtime/ort.ts';
import type { Session, TensorInfo } from './runtime/session.ts';
import { createTask, type Task } from './tasks/index.ts';
import type { NamedTensors } from './tensor.ts';

/** A model that answers. Knows no threads. */
export interface Model {
  readonly manifest: Manifest;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Answers one input in its own right; never rejects. Calls may overlap, and their runs keep their order. */
  predict(input: unknown, options: object, signal: AbortSignal): Promise<Prediction>;
  dispose(): Promise<void>;
}

/** An answer with the milliseconds it took, or why there is none. */
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
 * Only a handler keeps the artifact; all else lets go of its files once they are read.
 *
 * @throws {ManifestError} @throws {InferenceError}
 */
export async function loadModel(artifact: Artifact, runtime: Promise<Runtime>, options: LoadOptions): Promise<Model> {
  const manifest = await describe(artifact, options.handler ? { ...options, task: 'tensor' } : options);
  const { createSession } = await runtime;
  const session = await createSession(await modelBytes(manifest, artifact));
  try {
    const task = options.handler
      ? handlerTask(options.handler, artifact, manifest, session)
      : await createTask({
          manifest,
          inputs: session.inputs,
          outputs: session.outputs,
          baseUrl: options.baseUrl,
          readJson: (path) => readJson(artifact.name, fileOf(artifact, path)!),
        });
    return servedModel(manifest, session, task);
  } catch (error) {
    await session.dispose();
    throw error;
  }
}

function servedModel(manifest: Manifest, session: Session, task: Task<unknown, unknown, unknown>): Model {
  return {
    manifest,
    inputs: session.inputs,
    outputs: session.outputs,
    async predict(input, options, signal) {
      const start = performance.now();
      try {
        const feeds = await task.preprocess(input, options, signal);
        const answer = await task.postprocess(await session.run(feeds, signal), options);
        return { kind: 'answer', answer, transfer: task.transfer?.(answer) ?? [], modelMs: performance.now() - start };
      } catch (error) {
        return { kind: 'failure', error };
      }
    },
    dispose: () => session.dispose(),
  };
}

function handlerTask(
  handler: Handler,
  artifact: Artifact,
  manifest: Manifest,
  { inputs, outputs }: Session,
): Task<unknown, unknown, unknown> {
  const context = (options: unknown): HandlerContext => ({
    manifest,
    inputs,
    outputs,
    options: options as Record<string, unknown>,
    file: (path) => fileOf(artifact, path)?.blob,
  });
  return {
    preprocess: (input, options) => handler.preprocess(input as never, context(options)),
    postprocess: (results, options) => handler.postprocess(results, context(options)),
  };
}

async function modelBytes({ model, externalData }: Manifest, artifact: Artifact): Promise<ModelBytes> {
  const read = async (path: string): Promise<Uint8Array> =>
    new Uint8Array(await fileOf(artifact, path)!.blob.arrayBuffer());
  const [bytes, ...data] = await Promise.all([model, ...externalData].map(read));
  return {
    model: bytes!,
    externalData: externalData.map((path, index) => ({ path: path.split('/').at(-1)!, data: data[index]! })),
  };
}

function fileOf(artifact: Artifact, path: string): ArtifactFile | undefined {
  return artifact.files.find((file) => file.path === path);
}
