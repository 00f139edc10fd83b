/** Times of many calls in milliseconds. */
export interface LatencyStatistics {
  /** Calls that are counted here. */
  readonly sampleCount: number;
  /** Milliseconds, as all below. */
  readonly average: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** One stretch of the way from `deploy()` to an endpoint in service, in milliseconds since `deploy()` was called. */
export interface ColdStartPhase {
  /**
   * `download`: fetching and unpacking the archive. `runtime`: starting the engine worker and ONNX Runtime in it,
   * at the same time. `load`: reading the files and making the session. `firstInvocation`: the first call.
   */
  readonly phase: 'download' | 'runtime' | 'load' | 'firstInvocation';
  readonly startMs: number;
  readonly endMs: number;
}

/** What an endpoint has done so far, under the names that Amazon CloudWatch gives it. Nothing is sent anywhere. */
export interface EndpointMetrics {
  /** Calls that were made, answered or not. */
  readonly invocations: number;
  /** Calls that failed on their input (CloudWatch: Invocation4XXErrors). */
  readonly invocation4xxErrors: number;
  /** Calls that failed otherwise, aborted ones left out (CloudWatch: Invocation5XXErrors). */
  readonly invocation5xxErrors: number;
  /** Calls in flight now. */
  readonly concurrentInvocations: number;
  /** Preprocessing, inference and postprocessing, over the last 1,000 answers. */
  readonly modelLatency: LatencyStatistics;
  /** What a call took beyond that: crossing to the engine and back, and waiting there. */
  readonly overheadLatency: LatencyStatistics;
  /** Milliseconds from `deploy()` to in service. */
  readonly modelSetupTime: number;
  /** The way to the first answer, phase by phase. */
  readonly coldStart: readonly ColdStartPhase[];
}

/** The last thousand numbers and their statistics. */
export class LatencyWindow {
  readonly #samples: number[] = [];
  #next = 0;

  add(ms: number): void {
    this.#samples[this.#next] = ms;
    this.#next = (this.#next + 1) % windowSize;
  }

  /** All 0 where nothing has been added. Percentiles by the nearest rank. */
  statistics(): LatencyStatistics {
    const sorted = this.#samples.toSorted((a, b) => a - b);
    const rank = (percent: number): number => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
    return {
      sampleCount: sorted.length,
      average: sorted.length === 0 ? 0 : sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length,
      minimum: sorted[0] ?? 0,
      maximum: sorted.at(-1) ?? 0,
      p50: rank(50),
      p90: rank(90),
      p99: rank(99),
    };
  }
}

const windowSize = 1000;
