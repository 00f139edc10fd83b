import type { LatencyStatistics } from './quantile-sketch.ts';

/** One stretch of the way from `deploy()` to an endpoint in service, in milliseconds since `deploy()` was called. */
export interface ColdStartPhase {
  /**
   * `download`: fetching and unpacking the archive. `runtime`: starting the engine worker and ONNX Runtime in it,
   * at the same time. `room`: waiting for others to leave their memory. `load`: reading the files and making the session.
   * `firstInvocation`: the first call.
   */
  readonly phase: 'download' | 'room' | 'runtime' | 'load' | 'firstInvocation';
  readonly startMs: number;
  readonly endMs: number;
}

/** One time that a model was brought from nothing to its first answer. */
export interface ColdStart {
  /** `performance.now()` when it began, which the phases count from. */
  readonly startedAt: number;
  readonly phases: readonly ColdStartPhase[];
}

/** What one variant has done so far, under the names that Amazon CloudWatch gives it. Nothing is sent anywhere. */
export interface VariantMetrics {
  /** Calls that were made, answered or not. */
  readonly invocations: number;
  /** The same where each call counts as the part of it that one of the replicas which were there had to do. */
  readonly invocationsPerReplica: number;
  /** Calls that failed on their input, or were turned away for there were too many (CloudWatch: Invocation4XXErrors). */
  readonly invocation4xxErrors: number;
  /** Calls that failed otherwise, aborted ones left out (CloudWatch: Invocation5XXErrors). */
  readonly invocation5xxErrors: number;
  /** Calls in flight now. */
  readonly concurrentInvocations: number;
  /** Calls that wait or are being answered now; of an asynchronous endpoint, its queue. */
  readonly approximateBacklogSize: number;
  /** Replicas that can answer now. */
  readonly replicaCount: number;
  /** Bytes that the replicas take, as far as that is known. */
  readonly memoryBytes?: number | undefined;
  /** Preprocessing, inference and postprocessing, over all answers. */
  readonly modelLatency: LatencyStatistics;
  /** What a call took beyond that: crossing to the engine and back, and waiting there. */
  readonly overheadLatency: LatencyStatistics;
  /** Milliseconds that the last cold start took, from its begin to in service. */
  readonly modelSetupTime: number;
  /** Times that the model was brought from nothing to in service, and the last eight of them. */
  readonly coldStarts: { readonly count: number; readonly last: readonly ColdStart[] };
  /** The way of the last cold start to its first answer, phase by phase. */
  readonly coldStart: readonly ColdStartPhase[];
}

/** What an endpoint has done so far, as a whole and by variant. */
export interface EndpointMetrics extends VariantMetrics {
  /** By the names of the variants; empty where the endpoint has one only, which is then the whole. */
  readonly variants: Readonly<Record<string, VariantMetrics>>;
}
