import type { Artifact, ArtifactFile } from './artifact/index.ts';
import { ManifestError } from './errors.ts';
import {
  describe,
  readJson,
  type DescribeOptions,
  type Manifest,
  type ModelManifest,
  type GenerationManifest,
} from './manifest/index.ts';
import { createGenerator, isCache } from './generation/generator.ts';
import type { GenerationInput } from './generation/options.ts';
import { generationFields } from './manifest/generation.ts';
import { createPipeline } from './pipeline.ts';
import type { Media } from './preprocess/media.ts';
import type { ModelFiles } from './runtime/model-files.ts';
import type { Runtime } from './runtime/runtime.ts';
import type { Session, TensorInfo } from './runtime/session.ts';
import { madeUpFeeds } from './runtime/made-up-feeds.ts';
import { createTask, type Task } from './tasks/index.ts';
import { Conversations, createRunner, type Runner, type SessionOptions } from './tasks/runner.ts';
import type { NamedTensors } from './tensor.ts';

/** A model that answers. Knows no threads. */
export interface Model {
  readonly manifest: Manifest;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Samples a second that it wants, where its input is sound. */
  readonly sampleRate: number | undefined;
  /** Whether it remembers conversations. */
  readonly isStateful: boolean;
  /** Runs it on an input that is made up, the same each time; undefined of what has no inputs of its own. */
  readonly probe: (() => Promise<NamedTensors>) | undefined;
  /**
   * Answers one input in its own right; never rejects. Calls may overlap, and their runs keep their order.
   *
   * @param emit is told what there is of the answer, where it comes piece by piece
   */
  predict(input: unknown, options: object, signal: AbortSignal, emit?: (piece: unknown) => void): Promise<Prediction>;
  dispose(): Promise<void>;
}

/** An answer with the milliseconds it took, or why there is none. */
export type Prediction =
  | { readonly kind: 'answer'; readonly answer: unknown; readonly transfer: Transferable[]; readonly modelMs: number }
  | { readonly kind: 'failure'; readonly error: unknown };

/** What a worker's developer says of a model that Inpoint does not know. */
export interface Handler {
  /** Turns an input into the tensors that the model takes, by their names. */
  preprocess(input: never, context: HandlerContext): NamedTensors | Promise<NamedTensors>;
  /** Turns what the model gave, by the names of its outputs, into the answer: plain data. */
  postprocess(outputs: NamedTensors, context: HandlerContext): unknown;
}

/** What a handler is told beside the input. */
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
  /** Decodes pictures and sound. */
  readonly media: Media;
  /** Takes the place of the task. */
  readonly handler?: Handler | undefined;
  /** Bytes that what was computed of texts may take, to go on from. @default 256 MiB */
  readonly cacheBytes?: number | undefined;
}

/**
 * Describes an artifact and loads its model, or the models of its pipeline. What is wrong with the artifact is said
 * without waiting for the runtime. Only a handler keeps the artifact; all else lets go of its files once they are read.
 *
 * @throws {ManifestError} @throws {InferenceError}
 */
export async function loadModel(artifact: Artifact, runtime: Promise<Runtime>, options: LoadOptions): Promise<Model> {
  const manifest = await describe(artifact, options.handler ? { ...options, task: 'tensor' } : options);
  if (manifest.task !== 'pipeline') return loadOne(artifact, manifest, await runtime, options);
  const load = async (stage: Artifact): Promise<Model> => {
    const described = await describe(stage);
    if (described.task !== 'pipeline') return loadOne(stage, described, await runtime, { media: options.media });
    throw new ManifestError(
      'task-unsupported',
      `Cannot serve ${JSON.stringify(artifact.name)}: a stage of its pipeline is a pipeline itself. List its stages instead.`,
    );
  };
  return createPipeline(manifest, artifact, options.media, load);
}

async function loadOne(
  artifact: Artifact,
  manifest: ModelManifest,
  { createSession }: Runtime,
  options: LoadOptions,
): Promise<Model> {
  const { handler, media } = options;
  if (isGenerated(manifest) && !handler) return loadGenerator(artifact, manifest, createSession, options);
  const session = await createSession(modelFiles(manifest, artifact));
  try {
    const runner = createRunner(session, manifest.feeds);
    const { inputs, outputs } = runner;
    const task = handler
      ? handlerTask(handler, artifact, manifest, runner)
      : await createTask({
          manifest,
          inputs,
          outputs,
          media,
          readJson: (path) => readJson(artifact.name, neededFile(artifact, path)),
        });
    return {
      manifest,
      inputs: session.inputs,
      outputs: session.outputs,
      sampleRate: task.sampleRate,
      isStateful: runner.isStateful,
      probe: () => session.run(madeUpFeeds(session.inputs)),
      predict: predictWith(task, runner),
      dispose: () => session.dispose(),
    };
  } catch (error) {
    await session.dispose();
    throw error;
  }
}

function isGenerated(manifest: ModelManifest): manifest is GenerationManifest {
  return manifest.task in generationFields;
}

/** A model whose answer is written token by token. */
async function loadGenerator(
  artifact: Artifact,
  manifest: GenerationManifest,
  createSession: Runtime['createSession'],
  { cacheBytes }: LoadOptions,
): Promise<Model> {
  const session = await createSession(modelFiles(manifest, artifact), { keeps: isCache });
  const encoderPath = manifest.encoder ?? manifest.model.replace('decoder_model_merged', 'encoder_model');
  let encoder: Session | undefined;
  try {
    if (manifest.task !== 'text-generation') {
      encoder = await createSession({ model: neededFile(artifact, encoderPath).blob, externalData: [] });
    }
    const generator = await createGenerator({
      manifest,
      session,
      encoder,
      cacheBytes,
      readJson: (path) => readJson(artifact.name, neededFile(artifact, path)),
      readText: (path) => neededFile(artifact, path).blob.text(),
    });
    return {
      manifest,
      inputs: session.inputs,
      outputs: session.outputs,
      sampleRate: undefined,
      isStateful: false,
      probe: () => generator.probe(),
      async predict(input, options, signal, emit = () => {}) {
        const start = performance.now();
        try {
          const answer = await generator.generate(input as GenerationInput, options, signal, emit);
          return { kind: 'answer', answer, transfer: [], modelMs: performance.now() - start };
        } catch (error) {
          return { kind: 'failure', error };
        }
      },
      async dispose() {
        generator.dispose();
        await Promise.all([session.dispose(), encoder?.dispose()]);
      },
    };
  } catch (error) {
    await Promise.all([session.dispose(), encoder?.dispose()]);
    throw error;
  }
}

function predictWith(task: Task<unknown, unknown, unknown>, runner: Runner): Model['predict'] {
  const conversations = new Conversations();
  return async (input, given: SessionOptions, signal) => {
    try {
      const { sessionId, endSession, ...options } = given;
      return await conversations.next(runner.isStateful ? { sessionId, endSession } : {}, async (states) => {
        const start = performance.now();
        const { records, finish } = await task.prepare(input, options, signal);
        const answer = await finish(await runner.run(records, states, signal));
        return { kind: 'answer', answer, transfer: task.transfer?.(answer) ?? [], modelMs: performance.now() - start };
      });
    } catch (error) {
      return { kind: 'failure', error };
    }
  };
}

function handlerTask(
  handler: Handler,
  artifact: Artifact,
  manifest: Manifest,
  { inputs, outputs }: Pick<Runner, 'inputs' | 'outputs'>,
): Task<unknown, unknown, unknown> {
  return {
    async prepare(input, options) {
      const context: HandlerContext = {
        manifest,
        inputs,
        outputs,
        options: options as Record<string, unknown>,
        file: (path) => fileOf(artifact, path)?.blob,
      };
      const feeds = await handler.preprocess(input as never, context);
      return { records: [feeds], finish: ([results]) => handler.postprocess(results!, context) };
    },
  };
}

function modelFiles({ model, externalData }: ModelManifest, artifact: Artifact): ModelFiles {
  return {
    model: neededFile(artifact, model).blob,
    externalData: externalData.map((path) => ({
      path: path.split('/').at(-1)!,
      blob: neededFile(artifact, path).blob,
    })),
  };
}

function neededFile(artifact: Artifact, path: string): ArtifactFile {
  const file = fileOf(artifact, path);
  if (file) return file;
  throw new ManifestError(
    'file-missing',
    `Cannot serve ${JSON.stringify(artifact.name)}: it has no ${JSON.stringify(path)}, which its description names. Add it, or correct inference.json.`,
  );
}

function fileOf(artifact: Artifact, path: string): ArtifactFile | undefined {
  return artifact.files.find((file) => file.path === path);
}
