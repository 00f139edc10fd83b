import type { Artifact, DownloadProgress } from '../artifact/index.ts';
import { abortable } from '../abortable.ts';
import { StoreError } from '../errors.ts';
import type { Dtype, TaskName } from '../manifest/index.ts';
import type { ModelSource } from '../manifest/open-source.ts';
import type { Release } from '../use-lock.ts';
import { holdArtifact, openHeld, type OpenArtifactOptions } from './artifact.ts';
import type { Assets } from './assets.ts';
import { firstDevice, type DeviceChoice } from './device-policy.ts';
import { usualTimeoutMs } from './dispatch.ts';
import { RealtimeEndpoint, type Endpoint } from './endpoint.ts';
import type { Tasks } from './tasks.ts';
import { fleetOf } from './fleet.ts';
import { Serving, type EndpointReport, type SelfTestMode } from './serving.ts';
import { recall } from './verdicts.ts';

/** How a model is fetched, kept, described and run. */
export interface DeployOptions extends Omit<OpenArtifactOptions, 'onProgress'> {
  /** What the model is for, where the archive does not say it or says it wrongly; narrows the types. */
  task?: TaskName;
  /** Path of the model to serve, where an archive holds several. */
  model?: string;
  /** Which variant of the model to serve, where an archive holds several. @default full precision, where it is there */
  dtype?: Dtype;
  /**
   * What it runs on. `auto` answers on WASM first, prepares WebGPU beside it where there is a graphics card, tests it, and
   * moves there if the answers are right and come sooner; the next visit starts where this one ended. `webnn` is for trying
   * what browsers have behind a flag. @default 'auto'
   */
  device?: DeviceChoice;
  /**
   * Whether the model is tested on the golden samples of its archive: `background` tests it once it serves, and moves it to
   * WASM if WebGPU is wrong; `strict` before, and refuses it. `endpoint.report` tells. @default 'background'
   */
  selfTest?: SelfTestMode;
  /** Milliseconds that one run may take. Past that its engine is ended and replaced. @default 300,000 */
  timeoutMs?: number;
  /** Whether `auto` tries WebGPU where a processor plays the graphics card: right, and slow; for tests. @default false */
  softwareWebgpu?: boolean;
  /** Is told whenever `endpoint.report` has changed: the model was moved, tested, or lost its engine. */
  onReport?: (report: EndpointReport) => void;
  /** MB of memory that what was computed of conversations may take, so that their next turn needs not compute it anew. @default 268 */
  cacheMemoryMB?: number;
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
  const { onProgress, task, model, dtype, cacheMemoryMB } = options;
  options.signal?.throwIfAborted();
  const fleet = fleetOf(options);
  const modelKey = keyOf(source, options);
  const choice = options.worker ? 'wasm' : (options.device ?? 'auto');
  const verdict = choice === 'auto' && modelKey !== undefined ? recall(modelKey) : undefined;
  const lease = fleet.lease(firstDevice(choice, verdict), false);
  const { engine } = lease;
  // Whatever ends the deployment ends all of it: the visitor, a lost worker, a runtime that does not start.
  const stop = new AbortController();
  const stopFor = (reason: unknown): void => stop.abort(reason);
  const onAbort = (): void => stopFor(options.signal!.reason);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  let runtimeMs = 0;
  // Once the model is loaded, that says what is wrong; and where WebGPU does not start, WASM takes its place.
  let isLoading = verdict?.device === 'webgpu';
  const stopUnlessLoading = (reason: unknown): void => void (isLoading || stopFor(reason));
  engine.started.then(() => (runtimeMs = sinceStart()), stopUnlessLoading);
  engine.lost.catch(stopUnlessLoading);
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
  let serving: Serving | undefined;
  try {
    const artifact = await open();
    const { name, storage } = artifact;
    const downloadMs = sinceStart();
    const totalBytes = sizeOf(artifact);
    onProgress?.({ phase: 'load', loadedBytes: 0, totalBytes });
    isLoading = true;
    const starting = Serving.start(artifact, lease, {
      name,
      device: choice,
      verdict,
      isOutdated: verdict !== undefined && verdict.version !== storage?.version,
      selfTest: options.selfTest ?? 'background',
      allowsSoftware: options.softwareWebgpu ?? false,
      load: { task, model, dtype, baseUrl: document.baseURI, cacheBytes: cacheMemoryMB && cacheMemoryMB * 1e6 },
      lease: fleet.lease,
      async reopen() {
        if (isArtifact(source) || source instanceof ReadableStream) throw filesGone(artifact);
        return open();
      },
      keepVerdict(given, adapter) {
        if (modelKey === undefined) return;
        const key = { model: modelKey, version: storage?.version, adapter: adapter?.name };
        // Where it is not there, this is found out again.
        import('./try-webgpu.ts').then(
          ({ rememberVerdict }) => rememberVerdict(key, given),
          () => {},
        );
      },
      onChange: () => serving && options.onReport?.(serving.report),
    });
    // One that comes too late must not stay in an engine that others share.
    starting.then((late) => (stop.signal.aborted ? late.close() : undefined)).catch(() => {});
    serving = await abortable(starting, stop.signal);
    onProgress?.({ phase: 'load', loadedBytes: totalBytes, totalBytes });
    stop.signal.throwIfAborted();
    return new RealtimeEndpoint({
      name,
      storage,
      release: () => release(),
      serving,
      timeoutMs: options.timeoutMs ?? usualTimeoutMs,
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
    void (serving ? serving.close() : lease.release());
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
}

/** What verdicts on a model are remembered by; undefined of what has no address. */
function keyOf(source: ModelSource | FileList | Artifact, { key }: DeployOptions): string | undefined {
  if (key !== undefined) return key;
  if (typeof source === 'string' || source instanceof URL) return new URL(source, document.baseURI).href;
  return isArtifact(source) ? source.storage?.key : undefined;
}

function filesGone({ name }: Artifact): StoreError {
  return new StoreError(
    'store-failed',
    `Cannot serve ${JSON.stringify(name)}: its files were removed from this device since it was opened. Open it again.`,
  );
}

/** Bytes of all files, those of its parts too. */
function sizeOf({ files, parts = {} }: Artifact): number {
  const own = files.reduce((sum, { size }) => sum + size, 0);
  return Object.values(parts).reduce((sum, part) => sum + sizeOf(part), own);
}

function isArtifact(source: ModelSource | FileList | Artifact): source is Artifact {
  return typeof source === 'object' && source !== null && 'files' in source && Array.isArray(source.files);
}
