import type { Artifact, DownloadProgress } from '../artifact/index.ts';
import { abortable } from '../abortable.ts';
import { StoreError } from '../errors.ts';
import type { Dtype, TaskName } from '../manifest/index.ts';
import type { ModelSource } from '../manifest/open-source.ts';
import type { Replica } from '../worker/replica.ts';
import type { Release } from '../use-lock.ts';
import { holdArtifact, openHeld, type OpenArtifactOptions } from './artifact.ts';
import { runtimeFolder, spawnEngineWorker, type Assets } from './assets.ts';
import { RealtimeEndpoint, type Endpoint } from './endpoint.ts';
import type { Tasks } from './tasks.ts';
import { EnginePool } from './pool.ts';

/** How a model is fetched, kept, described and run. */
export interface DeployOptions extends Omit<OpenArtifactOptions, 'onProgress'> {
  /** What the model is for, where the archive does not say it or says it wrongly; narrows the types. */
  task?: TaskName;
  /** Path of the model to serve, where an archive holds several. */
  model?: string;
  /** Which variant of the model to serve, where an archive holds several. @default full precision, where it is there */
  dtype?: Dtype;
  /** Threads of one run. @default half the cores, up to 4, where the page is cross-origin isolated; else 1 */
  threads?: number;
  /** Where Inpoint's own files are. @default beside the page's script */
  assets?: Assets;
  /** Makes a worker of the page's own, which calls `serve({ preprocess, postprocess })` of `inpoint/worker`. */
  worker?: () => Worker;
  /** Aborting rejects with `signal.reason`, and leaves nothing behind. */
  signal?: AbortSignal;
  /** Is told how far the deployment is, at most 30 times a second. */
  onProgress?: (progress: DeployProgress) => void;
}

/** How far a deployment is: first the archive comes, then the engine takes the model. */
export type DeployProgress =
  | DownloadProgress
  | { readonly phase: 'load'; readonly loadedBytes: number; readonly totalBytes: number };

/**
 * Turns a `model.tar.gz` into an endpoint: downloads and unpacks it in a worker while ONNX Runtime starts in
 * another, loads its model there, and resolves when the first call can be answered.
 *
 * ```ts
 * await using endpoint = await deploy('/models/digits/model.tar.gz', { task: 'image-classification' });
 * const { labels } = await endpoint.invoke(canvas); // [{ label: '7', score: 0.998 }, …]
 * ```
 *
 * @param source an archive's address, a `File` or `Blob`, or a stream of bytes; the address of a folder with the same
 * files, which ends in a slash; a list of files; or an artifact that `openArtifact()` gave
 * @throws {ArtifactError} when the archive cannot be fetched, unpacked or trusted
 * @throws {StoreError} when it cannot be kept, or read back
 * @throws {ManifestError} when what is in it cannot be served
 * @throws {InferenceError} when the runtime does not start or refuses the model
 * @throws {WorkerError} when a worker does not start
 */
export function deploy(
  source: ModelSource | FileList | Artifact,
  options: DeployOptions & { worker: () => Worker },
): Promise<Endpoint<'custom'>>;
export function deploy<Task extends TaskName>(
  source: ModelSource | FileList | Artifact,
  options: DeployOptions & { task: Task },
): Promise<Endpoint<Task>>;
export function deploy(source: ModelSource | FileList | Artifact, options?: DeployOptions): Promise<Endpoint>;
export async function deploy(
  source: ModelSource | FileList | Artifact,
  options: DeployOptions = {},
): Promise<Endpoint<keyof Tasks>> {
  const startedAt = performance.now();
  const sinceStart = (): number => performance.now() - startedAt;
  const { assets = {}, threads, worker, onProgress, task, model, dtype } = options;
  options.signal?.throwIfAborted();
  const wasm = runtimeFolder(assets);
  const kind =
    worker || typeof assets.engineWorker === 'function' ? undefined : [assets.engineWorker, wasm, threads].join();
  const spawn = worker ?? (() => spawnEngineWorker(assets.engineWorker));
  const lease = pool.lease(kind, spawn, { assets: wasm, threads });
  const { engine } = lease;
  // Whatever ends the deployment ends all of it: the visitor, a lost worker, a runtime that does not start.
  const stop = new AbortController();
  const stopFor = (reason: unknown): void => stop.abort(reason);
  const onAbort = (): void => stopFor(options.signal!.reason);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  let runtimeMs = 0;
  engine.started.then(() => (runtimeMs = sinceStart()), stopFor);
  engine.lost.catch(stopFor);
  let replica: Replica | undefined;
  let release: Release = () => {};
  const open = async (): Promise<Artifact> => {
    if (isArtifact(source)) {
      if (options.trust)
        throw new TypeError(
          'trust is checked when an archive is opened: give it to openArtifact(), and not to deploy(artifact).',
        );
      release = await holdArtifact(source);
      return source;
    }
    release();
    const held = await openHeld(source, { ...options, signal: stop.signal });
    release = held.release;
    return held.artifact;
  };
  const load = async (opened: Artifact): Promise<Replica> => {
    const totalBytes = sizeOf(opened);
    onProgress?.({ phase: 'load', loadedBytes: 0, totalBytes });
    const loading = engine.load(opened, { task, model, dtype, baseUrl: document.baseURI });
    // A model that comes too late must not stay in an engine that others share.
    loading.then((late) => (stop.signal.aborted ? late.dispose() : undefined)).catch(() => {});
    return abortable(loading, stop.signal);
  };
  try {
    let artifact = await open();
    const downloadMs = sinceStart();
    try {
      replica = await load(artifact);
    } catch (error) {
      // Somebody cleared the data of this site, or the model was made anew, between opening it and reading it.
      if (!isGone(error)) throw error;
      if (isArtifact(source) || source instanceof ReadableStream) throw filesGone(artifact, error);
      artifact = await open();
      replica = await load(artifact);
    }
    const totalBytes = sizeOf(artifact);
    const report = await abortable(engine.started, stop.signal);
    onProgress?.({ phase: 'load', loadedBytes: totalBytes, totalBytes });
    stop.signal.throwIfAborted();
    return new RealtimeEndpoint({
      name: artifact.name,
      storage: artifact.storage,
      release,
      replica,
      report,
      lease,
      startedAt,
      coldStart: [
        { phase: 'download', startMs: 0, endMs: downloadMs },
        { phase: 'runtime', startMs: 0, endMs: runtimeMs },
        { phase: 'load', startMs: Math.max(downloadMs, runtimeMs), endMs: sinceStart() },
      ],
    });
  } catch (error) {
    stopFor(error);
    release();
    void lease.release(replica);
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
}

/** Whether a file went away, or changed, before it was read. */
function isGone(error: unknown): boolean {
  return ['NotReadableError', 'NotFoundError'].includes((error as Error).name);
}

function filesGone({ name }: Artifact, cause: unknown): StoreError {
  return new StoreError(
    'store-failed',
    `Cannot serve ${JSON.stringify(name)}: its files were removed from this device since it was opened. Open it again.`,
    { cause },
  );
}

/** Bytes of all files, those of its parts too. */
function sizeOf({ files, parts = {} }: Artifact): number {
  const own = files.reduce((sum, { size }) => sum + size, 0);
  return Object.values(parts).reduce((sum, part) => sum + sizeOf(part), own);
}

/** The engines of this page. */
const pool = new EnginePool();

function isArtifact(source: ModelSource | FileList | Artifact): source is Artifact {
  return typeof source === 'object' && source !== null && 'files' in source && Array.isArray(source.files);
}
