import type { Artifact, DownloadProgress } from '../artifact/index.ts';
import { abortable } from '../abortable.ts';
import type { BatchSizes } from '../batching/form-batch.ts';
import type { QueuePolicy } from '../batching/waiting-line.ts';
import { InferenceError, StoreError } from '../errors.ts';
import { formatBytes } from '../format-bytes.ts';
import type { Dtype, TaskName } from '../manifest/index.ts';
import type { ModelSource } from '../manifest/open-source.ts';
import type { Release } from '../use-lock.ts';
import { holdArtifact, openHeld, type OpenArtifactOptions } from './artifact.ts';
import type { Assets } from './assets.ts';
import type { AsyncEndpoint, AsyncOptions } from './async/async-endpoint.ts';
import { firstDevice, type DeviceChoice } from './device-policy.ts';
import { usualTimeoutMs } from './dispatch.ts';
import { PageEndpoint, type Endpoint, type EndpointParts } from './endpoint.ts';
import { keepScale } from './keep-scale.ts';
import type { CaptureOptions } from './metrics/captures.ts';
import type { ColdStart, ColdStartPhase } from './metrics/endpoint-metrics.ts';
import { MetricsRecorder } from './metrics/metrics-recorder.ts';
import type { ScalingPolicy } from './target-tracking.ts';
import { engineBytes, memoryBudget } from './budget.ts';
import type { Tasks } from './tasks.ts';
import { fleetOf } from './fleet.ts';
import type { EngineLease } from './pool.ts';
import { Serving, type EndpointReport, type SelfTestMode, type ServingOptions } from './serving.ts';
import { SoleVariant } from './variants/sole-variant.ts';
import { Target } from './variants/target.ts';
import { usualVariant } from './variants/variant-options.ts';
import type { ShadowOptions, VariantOptions } from './variants/variant-options.ts';
import { recall } from './verdicts.ts';

/** How a model is fetched, kept, described and run. */
export interface DeployOptions extends Omit<OpenArtifactOptions, 'onProgress'>, Partial<Omit<AsyncOptions, 'mode'>> {
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
  /**
   * Other engines that a call is sent to where one is lost by it: it crashed, ran out of memory, or hung. With 0, a call is
   * rejected with the engine it was sent to, whatever that was lost by. A call that took longer than `timeoutMs` is sent
   * again where this is given. @default 1
   */
  callRetries?: number;
  /** Whether `auto` tries WebGPU where a processor plays the graphics card: right, and slow; for tests. @default false */
  softwareWebgpu?: boolean;
  /** Is told whenever `endpoint.report` has changed: the model was moved, tested, or lost its engine. */
  onReport?: (report: EndpointReport) => void;
  /** MB of memory that what was computed of conversations may take, so that their next turn needs not compute it anew. @default 268 */
  cacheMemoryMB?: number;
  /**
   * Whether calls and cold starts are written into the browser's performance timeline: `inpoint:invoke NAME`, with what was
   * waiting, the model and the rest in its `detail`. @default false
   */
  trace?: boolean;
  /** Keeps calls with their answers on this device, for `captures` to export. @default nothing is kept */
  capture?: CaptureOptions;
  /** Threads of one run. @default half the cores, up to 4, where the page is cross-origin isolated; else 1 */
  threads?: number;
  /**
   * `real-time`: the model is in an engine from now on. `serverless`: it comes into one when it is called, and leaves it when
   * nobody calls it. `async`: requests are kept on this device until they are answered. @default 'real-time'
   */
  mode?: 'real-time' | 'serverless' | 'async';
  /**
   * How many engines the model is in. Where nothing is said it is one, which others may take its place in while it is not
   * called, when the page's memory is short. @default { min: 1, max: 1 }
   */
  scaling?: Partial<ScalingPolicy>;
  /** How calls that come together are run, and how many may wait. */
  batching?: Partial<BatchSizes & QueuePolicy>;
  /**
   * Keeps one engine started beside those in use, without a model, so that a model that was at rest, another replica, or one
   * in place of a lost one, comes soon. It takes about 60 MB, of which the page's budget knows: it is the first to leave
   * where memory is short, or the page is hidden. @default false
   */
  spare?: boolean;
  /** Serverless: calls at a time; one more is refused as `throttled`. @default no limit */
  maxConcurrency?: number;
  /** Serverless: MB that the model may take; a larger one is refused. @default no limit */
  memoryLimitMB?: number;
  /** Serverless: milliseconds without a call after which the model leaves its engine. @default 60,000 */
  idleMs?: number;
  /** Serverless: whether the model is in an engine from the beginning, until it is idle for the first time. @default false */
  provisioned?: boolean;
  /** Where Inpoint's own files are. @default beside the page's script */
  assets?: Assets;
  /** What the archive is called among `variants`. @default 'AllTraffic' */
  variantName?: string;
  /** How many of the calls it gets, in relation to the weights of `variants`. @default 1 */
  initialVariantWeight?: number;
  /** Other archives that answer a part of the calls, each by its weight. What they do not say is as it is said here. */
  variants?: readonly VariantOptions[];
  /** Another archive that gets copies of the calls; its answers are compared, and not given to anybody. */
  shadow?: ShadowOptions;
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
  options: DeployOptions & AsyncOptions & { worker: () => Worker },
): Promise<AsyncEndpoint<'custom'>>;
export function deploy<Task extends TaskName>(
  source: ModelSource | FileList | Artifact,
  options: DeployOptions & AsyncOptions & { task: Task },
): Promise<AsyncEndpoint<Task>>;
export function deploy(
  source: ModelSource | FileList | Artifact,
  options: DeployOptions & AsyncOptions,
): Promise<AsyncEndpoint>;
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
  if (options.mode === 'async') return (await import('./async/deploy-async.ts')).deployAsync(source, options, deploy);
  const { variantName = usualVariant, maxConcurrency = Infinity } = options;
  checkRetries(options.callRetries);
  let endpoint: PageEndpoint | undefined;
  let recorder: MetricsRecorder | undefined;
  const early: [coldStart: ColdStart, variantName: string][] = [];
  const onReport = (serving: Pick<Serving, 'report'>): void => {
    if (!endpoint || endpoint.isKnownBy(serving)) options.onReport?.(serving.report);
  };
  const listenerOf = (variant: string): DeploymentListener => ({
    onReport,
    onColdStart(coldStart) {
      if (!recorder) early.push([coldStart, variant]);
      recorder?.onColdStart(coldStart);
      recorder?.variants.get(variant)?.onColdStart(coldStart);
    },
  });
  const another: BringUp = (of, given, variant) =>
    bringUp(of, given, {
      // What a shadow does is none of the endpoint's own.
      ...(variant === undefined ? { onReport, onColdStart() {} } : listenerOf(variant)),
      isOwn: variant === undefined,
      isSuccessor: false,
    });
  const isAlone = !options.shadow && (options.variants?.length ?? 0) === 0;
  const several = isAlone ? undefined : await import('./variants/deploy-variants.ts');
  const { first, router } = (await several?.deployVariants(source, options, another)) ?? {
    first: await another(source, options, variantName),
    router: undefined,
  };
  const isObserved = options.trace || options.capture;
  const observers = isObserved ? await (await import('./metrics/observe.ts')).observersOf(first.name, options) : [];
  recorder = new MetricsRecorder(() => endpoint!.gauges, observers);
  endpoint = new PageEndpoint({
    ...first,
    router: router ?? new SoleVariant(first.name, new Target(variantName, first, 1)),
    selfTest: options.selfTest ?? 'background',
    onReport,
    maxConcurrency,
    timeoutMs: options.timeoutMs ?? usualTimeoutMs,
    retries: options.callRetries,
    recorder,
    startAnother: (of, given, variant) =>
      bringUp(of, { ...withoutOwn(options), ...given }, { ...listenerOf(variant), isOwn: true, isSuccessor: true }),
  });
  if (router) several!.recordVariants(router, recorder);
  for (const [coldStart, variant] of early) listenerOf(variant).onColdStart(coldStart);
  return endpoint;
}

/** What another archive is deployed with by the way: all but what is of one archive. */
export function withoutOwn(options: DeployOptions): DeployOptions {
  const { key: _k, integrity: _i, refreshUrl: _r, model: _m, signal: _s, onProgress: _p, ...rest } = options;
  return rest;
}

/** One archive in service. */
export type Deployment = Pick<EndpointParts, 'name' | 'serving' | 'storage' | 'replicaBytes' | 'release'>;

/**
 * Brings one archive of an endpoint into service.
 *
 * @param variant the name of the variant that it is; undefined of the shadow, which gets an engine of its own
 */
export type BringUp = (
  source: ModelSource | FileList | Artifact,
  options: DeployOptions,
  variant: string | undefined,
) => Promise<Deployment>;

/** Is told of what happens to an archive in service. */
interface DeploymentListener {
  onReport(serving: Pick<Serving, 'report'>): void;
  onColdStart(coldStart: ColdStart): void;
}

/** What an archive is brought into service as. */
interface Role extends DeploymentListener {
  /** Whether no other model shares its engine: what it does there, and what becomes of it, concerns nobody else. */
  readonly isOwn: boolean;
  /** Whether it takes another one's place: it is loaded at once, and does not wait for room that this one gives back. */
  readonly isSuccessor: boolean;
}

async function bringUp(
  source: ModelSource | FileList | Artifact,
  options: DeployOptions,
  { isOwn: mustBeOwn, isSuccessor, onReport, onColdStart }: Role,
): Promise<Deployment> {
  const startedAt = performance.now();
  const sinceStart = (): number => performance.now() - startedAt;
  const { onProgress, task, model, dtype, cacheMemoryMB } = options;
  options.signal?.throwIfAborted();
  const fleet = fleetOf(options);
  const modelKey = keyOf(source, options);
  const choice = options.worker ? 'wasm' : (options.device ?? 'auto');
  const verdict = choice === 'auto' && modelKey !== undefined ? recall(modelKey) : undefined;
  const isServerless = options.mode === 'serverless';
  // What takes another's place has to show first that it can.
  const startsAtRest = isServerless && options.provisioned !== true && !isSuccessor;
  const scaling = scalingOf(options);
  let lease = startsAtRest ? undefined : fleet.lease(firstDevice(choice, verdict), mustBeOwn);
  // Whatever ends the deployment ends all of it: the visitor, a lost worker, a runtime that does not start.
  const stop = new AbortController();
  const stopFor = (reason: unknown): void => stop.abort(reason);
  const onAbort = (): void => stopFor(options.signal!.reason);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  let runtimeMs = 0;
  // Once the model is loaded, that says what is wrong; and where WebGPU does not start, WASM takes its place.
  let isLoading = verdict?.device === 'webgpu';
  const stopUnlessLoading = (reason: unknown): void => void (isLoading || stopFor(reason));
  const watch = (one: EngineLease): void => {
    const unlessLeft = (reason: unknown): void => void (lease === one && stopUnlessLoading(reason));
    one.engine.started.then(() => (runtimeMs = sinceStart()), unlessLeft);
    one.engine.lost.catch(unlessLeft);
  };
  if (lease) watch(lease);
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
  /** Waits for room no more. */
  const closed = new AbortController();
  try {
    const artifact = await open();
    const { name, storage } = artifact;
    const downloadMs = sinceStart();
    const totalBytes = sizeOf(artifact);
    onProgress?.({ phase: 'load', loadedBytes: 0, totalBytes });
    isLoading = true;
    const bytes = memoryOf(totalBytes);
    if (isServerless && bytes > (options.memoryLimitMB ?? Infinity) * 1e6) throw tooLarge(name, bytes, options);
    // An engine's heap never shrinks: what a large model took comes back with its engine alone.
    const isOwn = mustBeOwn || totalBytes > (isServerless ? smallBytesAtRest : smallBytes);
    if (lease && isOwn && !lease.makeOwn()) {
      const left = lease;
      lease = fleet.lease(firstDevice(choice, verdict), true);
      watch(lease);
      void left.release();
    }
    const isPinned = (options.scaling?.min ?? 0) >= 1;
    let wasAdmitted = false;
    const servingOptions: ServingOptions = {
      name,
      device: choice,
      verdict,
      isOutdated: verdict !== undefined && verdict.version !== storage?.version,
      selfTest: options.selfTest ?? 'background',
      allowsSoftware: options.softwareWebgpu ?? false,
      load: {
        task,
        model,
        dtype,
        baseUrl: document.baseURI,
        cacheBytes: cacheMemoryMB && cacheMemoryMB * 1e6,
        batching: options.batching,
      },
      queue: { ...usualQueue, ...options.batching },
      lease: (device, own) => fleet.lease(device, own || isOwn),
      admit(one, next) {
        const isUrgent = isSuccessor && !wasAdmitted;
        wasAdmitted = true;
        const replaces = next && (() => fleet.spareFor(next.device, next.own || isOwn));
        return memoryBudget().admit(one, { bytes, isPinned, isUrgent, ...(replaces && { replaces }) }, closed.signal);
      },
      async admitReplica(one, beside) {
        const isMeant = beside < scaling.min;
        const claim = { bytes, isPinned: isMeant, replaces: () => fleet.spareFor('wasm', true) };
        return isMeant ? memoryBudget().admit(one, claim, closed.signal) : memoryBudget().tryAdmit(one, claim);
      },
      onColdStart,
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
      onChange: () => serving && onReport(serving),
    };
    const starting = lease
      ? Serving.start(artifact, lease, servingOptions)
      : fleet.describe(artifact, servingOptions.load).then((found) => Serving.atRest(artifact, found, servingOptions));
    // One that comes too late must not stay in an engine that others share.
    starting.then((late) => (stop.signal.aborted ? late.close(stop.signal.reason) : undefined)).catch(() => {});
    serving = await abortable(starting, stop.signal);
    onProgress?.({ phase: 'load', loadedBytes: totalBytes, totalBytes });
    stop.signal.throwIfAborted();
    const endScaling = keepScale(serving, scaling, {
      cores: navigator.hardwareConcurrency ?? 1,
      replicaBytes: bytes,
      budget: memoryBudget(),
    });
    const endSpare = options.spare ? fleet.keepSpare(firstDevice(choice, verdict)) : undefined;
    const phases: ColdStartPhase[] = [
      { phase: 'download', startMs: 0, endMs: downloadMs },
      ...(lease
        ? [
            { phase: 'runtime' as const, startMs: 0, endMs: runtimeMs },
            { phase: 'load' as const, startMs: Math.max(downloadMs, runtimeMs), endMs: sinceStart() },
          ]
        : []),
    ];
    if (lease) onColdStart({ startedAt, phases });
    return {
      name,
      storage,
      replicaBytes: bytes,
      release() {
        endScaling();
        endSpare?.();
        closed.abort();
        release();
      },
      serving,
    };
  } catch (error) {
    stopFor(error);
    closed.abort();
    release();
    void (serving ? serving.close(error as Error) : lease?.release());
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

/** As many may wait as come, for as long as it takes. */
const usualQueue: QueuePolicy = { maxQueueSize: Infinity, queueTimeoutMs: Infinity, timeoutAction: 'reject' };

const usualIdleMs = 60_000;

/** @throws {RangeError} */
function checkRetries(retries: number | undefined): void {
  if (retries === undefined || (Number.isInteger(retries) && retries >= 0)) return;
  throw new RangeError(`callRetries is a whole number of 0 or more, not ${String(retries)}.`);
}

/** @throws {RangeError} */
function scalingOf({ mode, idleMs, scaling: said = {} }: DeployOptions): ScalingPolicy {
  const isServerless = mode === 'serverless';
  const min = said.min ?? (isServerless ? 0 : 1);
  const scaling: ScalingPolicy = {
    min,
    max: Math.max(1, min),
    targetInFlight: 4,
    scaleOutCooldownMs: 500,
    scaleInCooldownMs: 10_000,
    idleMs: idleMs ?? usualIdleMs,
    ...said,
  };
  for (const [name, value] of Object.entries(scaling)) {
    if (typeof value !== 'number' || !(value >= 0))
      throw new RangeError(`scaling.${name} is a number of 0 or more, not ${String(value)}.`);
  }
  if (!Number.isInteger(min)) throw new RangeError(`scaling.min is a whole number, not ${min}.`);
  if (!Number.isInteger(scaling.max) && scaling.max !== Infinity)
    throw new RangeError(`scaling.max is a whole number or Infinity, not ${scaling.max}.`);
  if (scaling.targetInFlight === 0) throw new RangeError('scaling.targetInFlight is a number above 0, not 0.');
  if (scaling.max < Math.max(1, min)) throw new RangeError(`scaling.max is ${scaling.max}, and scaling.min ${min}.`);
  return scaling;
}

/** Bytes of files up to which a model shares its engine with others. */
const smallBytes = 32e6;

/** And of one that leaves it whenever it is not called, while others stay. */
const smallBytesAtRest = 2e6;

/** Bytes that a model takes in an engine of its own: an estimate, of how ONNX Runtime reads files. */
function memoryOf(fileBytes: number): number {
  return engineBytes + 2 * fileBytes;
}

function tooLarge(name: string, bytes: number, { memoryLimitMB }: DeployOptions): InferenceError {
  return new InferenceError(
    'model-too-large',
    `${JSON.stringify(name)} takes about ${formatBytes(bytes)} of memory, and memoryLimitMB is ${memoryLimitMB}. Allow it more, or deploy a smaller variant.`,
  );
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
