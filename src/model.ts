import type { Artifact, ArtifactFile } from './artifact/index.ts';
import { usualBatching, type BatchingPolicy, type RecordOptions } from './batching/batcher.ts';
import { ManifestError } from './errors.ts';
import {
  describe,
  readJson,
  type DescribeOptions,
  type Manifest,
  type ModelManifest,
  type GenerationManifest,
  type SpeechDecoderManifest,
} from './manifest/index.ts';
import { isCache } from './generation/is-cache.ts';
import { loadGeneration } from './generation/load-generation.ts';
import { generationFields } from './manifest/generation.ts';
import { readOnnxFile, type OnnxValue } from './manifest/onnx-file.ts';
import { encodersOf, isExternalData } from './manifest/model-names.ts';
import { createPipeline } from './pipeline.ts';
import { audioRate } from './preprocess/audio-rate.ts';
import type { Media } from './preprocess/media.ts';
import type { ModelFiles } from './runtime/model-files.ts';
import type { Runtime } from './runtime/runtime.ts';
import type { Session, TensorInfo } from './runtime/session.ts';
import { madeUpFeeds } from './runtime/made-up-feeds.ts';
import { createTask, type Task } from './tasks/index.ts';
import type { Work } from './tasks/task.ts';
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
  /**
   * Answers several inputs as `predict()` does each, without a promise for each; undefined of a model whose calls wait for one
   * another.
   *
   * @param tell is told of each once, by its place
   */
  readonly predictAll?:
    | ((calls: readonly PredictCall[], tell: (place: number, prediction: Prediction) => void) => void)
    | undefined;
  dispose(): Promise<void>;
}

/** One of several inputs. */
export interface PredictCall {
  readonly input: unknown;
  readonly options: object;
  readonly signal: AbortSignal;
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
  /** How records that come together are run. @default whatever waits goes together, where that is right and quicker */
  readonly batching?: Partial<BatchingPolicy> | undefined;
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

/** What can be told of a model before it is loaded. */
export type DescribedModel = Pick<Model, 'manifest' | 'inputs' | 'outputs' | 'sampleRate' | 'isStateful'>;

/**
 * Tells what a model takes and gives, by its description and its file, without a runtime.
 *
 * @throws {ManifestError}
 */
export async function describeModel(artifact: Artifact, options: LoadOptions): Promise<DescribedModel> {
  const manifest = await describe(artifact, options.handler ? { ...options, task: 'tensor' } : options);
  if (manifest.task === 'pipeline') {
    return { manifest, inputs: [], outputs: [], sampleRate: undefined, isStateful: false };
  }
  const { inputs, outputs } = await readOnnxFile(manifest.model, neededFile(artifact, manifest.model).blob);
  const infoOf = ({ name, type, shape = [] }: OnnxValue): TensorInfo => ({
    name,
    type: type as TensorInfo['type'],
    shape: shape.map((dim) => (dim === '?' ? '' : dim)),
  });
  const session = { inputs: inputs.map(infoOf), outputs: outputs.map(infoOf) };
  if (options.handler || isGenerated(manifest)) {
    const hears = !options.handler && manifest.task === 'automatic-speech-recognition';
    return {
      manifest,
      ...session,
      sampleRate: hears ? audioRate(manifest.preprocess) : undefined,
      isStateful: false,
    };
  }
  const { isStateful, ...fed } = createRunner({ ...session, run: notLoaded }, manifest.feeds);
  const { sampleRate } = await createTask({
    manifest,
    inputs: fed.inputs,
    outputs: fed.outputs,
    media: options.media,
    readJson: (path) => readJson(artifact.name, neededFile(artifact, path)),
  });
  return { manifest, ...session, sampleRate, isStateful };
}

function notLoaded(): never {
  throw new TypeError('The model is described, and not loaded.');
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
    const runner = createRunner(session, manifest.feeds, options.batching && { ...usualBatching, ...options.batching });
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
      predictAll: runner.isStateful ? undefined : predictAllWith(task, runner),
      dispose: () => session.dispose(),
    };
  } catch (error) {
    await session.dispose();
    throw error;
  }
}

function isGenerated(manifest: ModelManifest): manifest is GenerationManifest | SpeechDecoderManifest {
  if (manifest.task === 'automatic-speech-recognition') return manifest.tokenizer !== undefined;
  return manifest.task in generationFields;
}

/** A model whose answer is written token by token. */
async function loadGenerator(
  artifact: Artifact,
  manifest: GenerationManifest | SpeechDecoderManifest,
  createSession: Runtime['createSession'],
  { cacheBytes, media }: LoadOptions,
): Promise<Model> {
  const loading = loadGeneration();
  // Whoever waits for it is told.
  loading.catch(() => {});
  const session = await createSession(modelFiles(manifest, artifact), { keeps: isCache });
  const encoders = manifest.encoder === undefined ? encodersOf(manifest.model) : [manifest.encoder];
  const encoderPath = encoders.find((path) => fileOf(artifact, path)) ?? encoders[0] ?? manifest.model;
  let encoder: Session | undefined;
  try {
    if (manifest.task !== 'text-generation') {
      const externalData = artifact.files.flatMap(({ path }) => (isExternalData(path, encoderPath) ? [path] : []));
      encoder = await createSession(modelFiles({ model: encoderPath, externalData }, artifact));
    }
    const { createGenerator } = await loading;
    const generator = await createGenerator({
      manifest,
      session,
      encoder,
      cacheBytes,
      media,
      readJson: (path) => readJson(artifact.name, neededFile(artifact, path)),
      readText: (path) => neededFile(artifact, path).blob.text(),
    });
    return {
      manifest,
      inputs: session.inputs,
      outputs: session.outputs,
      sampleRate: generator.sampleRate,
      isStateful: false,
      probe: () => generator.probe(),
      async predict(input, given: Omit<RecordOptions, 'signal'>, signal, emit = () => {}) {
        const start = performance.now();
        try {
          // Texts are written together, and none waits for another's end.
          const { priority: _, ...options } = given;
          const answer = await generator.generate(input, options, signal, emit);
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
  return async (input, given: SessionOptions & Omit<RecordOptions, 'signal'>, signal) => {
    try {
      const { sessionId, endSession, priority, ...options } = given;
      return await conversations.next(runner.isStateful ? { sessionId, endSession } : {}, async (states) => {
        const start = performance.now();
        const { records, finish } = await task.prepare(input, options, signal);
        const answer = await finish(await runner.run(records, states, { signal, priority }));
        return { kind: 'answer', answer, transfer: task.transfer?.(answer) ?? [], modelMs: performance.now() - start };
      });
    } catch (error) {
      return { kind: 'failure', error };
    }
  };
}

function predictAllWith(task: Task<unknown, unknown, unknown>, runner: Runner): NonNullable<Model['predictAll']> {
  return (calls, tell) => {
    for (const [place, { input, options: given, signal }] of calls.entries()) {
      const start = performance.now();
      const fail = (error: unknown): void => tell(place, { kind: 'failure', error });
      const give = (answer: unknown): void => {
        const transfer = task.transfer?.(answer) ?? [];
        tell(place, { kind: 'answer', answer, transfer, modelMs: performance.now() - start });
      };
      const {
        sessionId: _,
        endSession: __,
        priority,
        ...options
      } = given as SessionOptions & Omit<RecordOptions, 'signal'>;
      const recordOptions = { signal, priority };
      const go = (work: Work<unknown>): void => {
        const { records } = work;
        if (records.length !== 1) {
          void runner
            .run(records, { tensors: {} }, recordOptions)
            .then((outputs) => work.finish(outputs))
            .then(give)
            .catch(fail);
          return;
        }
        runner.add(records[0]!, recordOptions, {
          reject: fail,
          resolve(outputs) {
            try {
              const answer = work.finish([outputs]);
              if (answer instanceof Promise) void answer.then(give).catch(fail);
              else give(answer);
            } catch (error) {
              fail(error);
            }
          },
        });
      };
      try {
        const work = task.prepare(input, options, signal);
        if (work instanceof Promise) void work.then(go).catch(fail);
        else go(work);
      } catch (error) {
        fail(error);
      }
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

function modelFiles(
  { model, externalData }: Pick<ModelManifest, 'model' | 'externalData'>,
  artifact: Artifact,
): ModelFiles {
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
