import type { CallAnswer, CallObserver, ObservedCall } from './call-observer.ts';
import type { ColdStart, EndpointMetrics } from './endpoint-metrics.ts';
import { QuantileSketch } from './quantile-sketch.ts';

/** What only others know, asked when it is wanted. What they leave out of backlog and memory is the calls in flight, and unknown. */
export type MetricGauges = () => Pick<EndpointMetrics, 'replicaCount' | 'memoryBytes'> &
  Partial<Pick<EndpointMetrics, 'approximateBacklogSize'>>;

/** Counts and times the calls of an endpoint or of one of its variants, in constant memory. */
export class MetricsRecorder implements CallObserver {
  /** Are told what this one is told, after it. */
  readonly observers: Set<CallObserver>;
  /** Those of the endpoint's variants, by their names, which are told of their own calls. */
  readonly variants: Map<string, MetricsRecorder> = new Map();
  readonly #gauges: MetricGauges;
  readonly #counts = {
    invocations: 0,
    invocationsPerReplica: 0,
    invocation4xxErrors: 0,
    invocation5xxErrors: 0,
    concurrentInvocations: 0,
    modelSetupTime: 0,
  };
  readonly #modelLatency = new QuantileSketch();
  readonly #overheadLatency = new QuantileSketch();
  #coldStarts: ColdStart[] = [];
  #coldStartCount = 0;
  #isWarm = true;

  constructor(gauges: MetricGauges, observers: Iterable<CallObserver> = []) {
    this.#gauges = gauges;
    this.observers = new Set(observers);
  }

  /** Calls in flight. */
  get inFlight(): number {
    return this.#counts.concurrentInvocations;
  }

  onCall(call: ObservedCall): void {
    const counts = this.#counts;
    counts.invocations++;
    counts.concurrentInvocations++;
    // As CloudWatch counts it: each call by the replicas that are there at its time.
    counts.invocationsPerReplica += 1 / Math.max(1, this.#gauges().replicaCount);
    this.#tell('onCall', call);
  }

  onSend(call: ObservedCall, input: unknown): void {
    this.#tell('onSend', call, input);
  }

  onAnswer(call: ObservedCall, answer: CallAnswer): void {
    const { startMs } = call;
    const { endMs, modelMs } = answer;
    this.#counts.concurrentInvocations--;
    this.#modelLatency.add(modelMs);
    this.#overheadLatency.add(endMs - startMs - modelMs);
    if (!this.#isWarm) {
      this.#isWarm = true;
      const { startedAt, phases } = this.#coldStarts.pop()!;
      const first = { phase: 'firstInvocation', startMs: startMs - startedAt, endMs: endMs - startedAt } as const;
      this.#coldStarts.push({ startedAt, phases: [...phases, first] });
    }
    this.#tell('onAnswer', call, answer);
  }

  onError(call: ObservedCall, error: unknown, isAborted?: boolean): void {
    this.#counts.concurrentInvocations--;
    const kind = errorKind(error, isAborted);
    if (kind) this.#counts[kind]++;
    this.#tell('onError', call, error, isAborted);
  }

  onColdStart(coldStart: ColdStart): void {
    this.#isWarm = false;
    this.#coldStartCount++;
    this.#coldStarts = [...this.#coldStarts.slice(-7), coldStart];
    this.#counts.modelSetupTime = Math.max(...coldStart.phases.map(({ endMs }) => endMs));
    this.#tell('onColdStart', coldStart);
  }

  /** Resolves when all observers are done. */
  async close(): Promise<void> {
    await Promise.all(this.#tell('close'));
  }

  /** What was recorded so far: a copy. */
  metrics(): EndpointMetrics {
    const last = [...this.#coldStarts];
    return {
      approximateBacklogSize: this.#counts.concurrentInvocations,
      ...this.#counts,
      ...this.#gauges(),
      modelLatency: this.#modelLatency.statistics(),
      overheadLatency: this.#overheadLatency.statistics(),
      coldStarts: { count: this.#coldStartCount, last },
      coldStart: last.at(-1)?.phases ?? [],
      variants: Object.fromEntries([...this.variants].map(([name, variant]) => [name, variant.metrics()])),
    };
  }

  #tell(what: keyof CallObserver, ...about: unknown[]): unknown[] {
    // Most endpoints have none, and many calls.
    if (this.observers.size === 0) return [];
    return [...this.observers].map((observer) => (observer[what] as Function | undefined)?.apply(observer, about));
  }
}

/** Where CloudWatch counts such a failure; undefined of a call that was aborted. */
export function errorKind(
  error: unknown,
  isAborted?: boolean,
): 'invocation4xxErrors' | 'invocation5xxErrors' | undefined {
  if (/^(input-invalid|throttled)$/.test((error as { code?: string } | undefined)?.code ?? ''))
    return 'invocation4xxErrors';
  return isAborted ? undefined : 'invocation5xxErrors';
}
