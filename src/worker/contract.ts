import type { BatchSizes } from '../batching/form-batch.ts';
import type { Artifact, DownloadProgress } from '../artifact/index.ts';
import type { KeepOptions, StoreEvent } from '../artifact/keep.ts';
import type { KeptModel, StoreSize } from '../artifact/kept-models.ts';
import type { DeviceReport } from '../device/device-report.ts';
import type { ModelSource } from '../manifest/open-source.ts';
import type { Card, DescribeOptions, TaskName } from '../manifest/index.ts';
import type { Preflight } from '../manifest/preflight.ts';
import type { RuntimeReport } from '../runtime/device.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { SelfTest, SelfTestOptions } from '../self-test.ts';
import type { TensorInfo } from '../runtime/session.ts';
import type { Column } from './columns.ts';
import type { EncodedError } from './error-transport.ts';

/** The page's first message to a worker: two channels, and who it is. */
export interface ConnectMessage {
  readonly inpoint: 'connect';
  /** Web Lock that the worker holds as long as it lives. The page holds `${lock}-page` until the worker is up. */
  readonly lock: string;
  /** For comlink: load, open, dispose. */
  readonly control: MessagePort;
  /** For `CallsMessage` and `RepliesMessage`; archive workers leave it alone. */
  readonly calls: MessagePort;
}

/** The worker's first message. */
export interface ReadyMessage {
  readonly inpoint: 'ready';
  readonly protocol: number;
  readonly version: string;
  /** Whether it holds the lock; a page without Web Locks cannot tell when a worker is gone. */
  readonly locked: boolean;
  /** Whether it saw the page's lock: then the page can wait for the worker's. */
  readonly areShared: boolean;
}

/** What an archive is opened with, as it crosses to the worker. */
export type SentOptions = Omit<KeepOptions, 'signal' | 'onProgress' | 'onEvent' | 'refreshUrl' | 'thread'> &
  Pick<DescribeOptions, 'model' | 'dtype'> & {
    /** Whether the page has a new address when this one expires. */
    readonly refreshes?: boolean;
  };

/** What the archive worker tells its page, and asks it, while a job runs. */
export interface JobListener {
  progress(progress: DownloadProgress): void;
  event(event: StoreEvent): void;
  refreshUrl(): Promise<string>;
}

/** What the archive worker does. Jobs are numbered by the page, so that they can be cancelled. */
export interface ArchiveControl {
  open(job: number, source: ModelSource, options: SentOptions, listener: JobListener): Promise<Artifact>;
  preflight(job: number, source: ModelSource, options: SentOptions, listener: JobListener): Promise<Preflight>;
  cancel(job: number): void;
  list(namespace: string): Promise<KeptModel[]>;
  size(namespace: string): Promise<StoreSize>;
  remove(namespace: string, key: string): Promise<boolean>;
  clear(namespace: string): Promise<void>;
  rollBack(namespace: string, key: string): Promise<KeptModel>;
  export(namespace: string, key: string): Promise<Blob>;
  read(namespace: string, key: string, version: string): Promise<Artifact>;
  /** Writes a file of the origin private file system, which is on the disk then. */
  write(path: string, bytes: Blob): Promise<void>;
}

/** What the device worker does. */
export interface DeviceControl {
  measure(found: FoundHere): Promise<MeasuredThere>;
}

/** What the page found, without which nothing can be concluded. */
export type FoundHere = Pick<DeviceReport, 'page' | 'cores'>;

/** What the worker found, and what all of it means. */
export type MeasuredThere = Pick<DeviceReport, 'worker' | 'means'>;

/** What an engine worker does beside answering calls. Models are numbered by the page. */
export interface EngineControl {
  start(options: RuntimeOptions): Promise<RuntimeReport>;
  /** What a model takes and gives, told without loading it. */
  describe(artifact: Artifact, options: SentLoadOptions): Promise<LoadedModel>;
  load(model: number, artifact: Artifact, options: SentLoadOptions): Promise<LoadedModel>;
  /** Resolves once nothing that the engine answers can be relied on any more. */
  broken(): Promise<Breakdown>;
  /** Runs the model on its golden samples, or on an input that is made up. */
  selfTest(model: number, artifact: Artifact, options?: SelfTestOptions): Promise<SelfTest>;
  unload(model: number): Promise<void>;
}

/** Why an engine cannot be relied on any more. */
export interface Breakdown {
  readonly error: EncodedError;
  /** The call whose run it was, where it was one's. */
  readonly call: number | undefined;
}

/** What a model is loaded with, as it crosses to the worker. */
export interface SentLoadOptions extends DescribeOptions {
  /** What addresses in inputs are relative to. */
  readonly baseUrl: string;
  /** Bytes that what was computed of texts may take. */
  readonly cacheBytes?: number | undefined;
  /** How records that come together are run. */
  readonly batching?: Partial<BatchSizes> | undefined;
}

export interface LoadedModel {
  /** `custom` where the developer's own handler answers. */
  readonly task: TaskName | 'custom';
  readonly card: Card;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Samples a second that the model wants, where its input is sound: only a page can decode most of it. */
  readonly sampleRate: number | undefined;
  /** Whether it remembers conversations. */
  readonly isStateful: boolean;
}

/** All calls of one turn of the page's event loop: `Call`s. */
export interface CallsMessage {
  readonly calls: Column;
}

export type Call = InvokeCall | CancelCall;

/** What is not there is what most calls do without: each field of each call takes its time to cross. */
export interface InvokeCall {
  readonly id: number;
  readonly model: number;
  readonly input: unknown;
  readonly options?: object;
  /** Whether its pieces are wanted as they come. */
  readonly isStream?: true;
  /** Whether its run has a time limit of its own: then no answer to an earlier call may lie unsent meanwhile. */
  readonly isTimed?: true;
}

export interface CancelCall {
  readonly cancel: number;
}

/** All replies of one turn of the worker's event loop: `Reply`s. */
export interface RepliesMessage {
  readonly replies: Column;
}

/** An answer. Most replies are one, and say no more than they have to. */
export interface AnswerReply {
  readonly kind?: undefined;
  readonly id: number;
  readonly answer: unknown;
  readonly modelMs: number;
}

export type Reply =
  | AnswerReply
  | { readonly kind: 'failure'; readonly id: number; readonly error: EncodedError }
  /** A cancelled call is not being worked on any more. */
  | { readonly kind: 'gone'; readonly id: number }
  /** What there is of an answer; without any, a sign that it is being worked on. */
  | { readonly kind: 'pieces'; readonly id: number; readonly pieces: readonly unknown[] };
