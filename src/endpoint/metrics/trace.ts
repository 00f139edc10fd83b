import { errorKind } from './metrics-recorder.ts';
import type { CallObserver, ObservedCall } from './call-observer.ts';

/** What the measure of a call carries as its `detail`. */
export interface InvocationSpan {
  readonly endpoint: string;
  readonly variant: string | undefined;
  readonly outcome: 'answered' | 'failed' | 'aborted';
  /** The `code` of what it failed with, or the name where that has none. */
  readonly error: string | undefined;
  /** Milliseconds until its input was ready and its turn had come; until it ended, where it never had. */
  readonly queueMs: number;
  /** Milliseconds that the engine spent on it. */
  readonly modelMs: number;
  /** What is left: crossing to the engine and back, and waiting there. */
  readonly overheadMs: number;
}

/** Measures of one name that are left in the browser's timeline, for those who look later. */
export const mostMeasures = 1000;

/**
 * Writes the calls and cold starts of an endpoint as measures into the browser's performance timeline:
 * `inpoint:invoke NAME`, `inpoint:coldStart NAME`, and `inpoint:coldStart NAME PHASE`. A `PerformanceObserver` sees them
 * all. In the timeline they do not pile up: those of a name are removed after each 1,000, and all at the end.
 *
 * @param name the endpoint's
 */
export function trace(name: string, timeline: Performance = performance): CallObserver {
  const written = new Map<string, number>();
  /** When calls were sent, which have no other place to note it. */
  const sentAt = new WeakMap<ObservedCall, number>();

  const measure = (label: string, start: number, end: number, detail: object): void => {
    const count = written.get(label) ?? 0;
    if (count >= mostMeasures) timeline.clearMeasures(label);
    written.set(label, count >= mostMeasures ? 1 : count + 1);
    // A clock that is coarse, or that another worker read, may put the end before the start.
    timeline.measure(label, { start, end: Math.max(start, end), detail });
  };

  const invocation = (
    call: ObservedCall,
    endMs: number,
    span: Pick<InvocationSpan, 'outcome' | 'error' | 'modelMs'> & { queueMs?: number | undefined },
  ): void => {
    const queueMs = span.queueMs ?? (sentAt.get(call) ?? endMs) - call.startMs;
    const overheadMs = Math.max(0, endMs - call.startMs - queueMs - span.modelMs);
    const detail: InvocationSpan = { endpoint: name, variant: call.variant, ...span, queueMs, overheadMs };
    measure(`inpoint:invoke ${name}`, call.startMs, endMs, { ...detail, devtools: trackOf(detail) });
  };

  return {
    onSend: (call) => void sentAt.set(call, timeline.now()),
    onAnswer: (call, { endMs, modelMs, queueMs }) =>
      invocation(call, endMs, { outcome: 'answered', error: undefined, modelMs, queueMs }),
    onError(call, error, isAborted) {
      const outcome = errorKind(error, isAborted) ? 'failed' : 'aborted';
      invocation(call, timeline.now(), { outcome, error: wordOf(error), modelMs: 0 });
    },
    onColdStart({ startedAt, phases }) {
      const label = `inpoint:coldStart ${name}`;
      const endMs = Math.max(0, ...phases.map((phase) => phase.endMs));
      const devtools = { dataType: 'track-entry', track: 'Cold starts', trackGroup: 'Inpoint' };
      measure(label, startedAt, startedAt + endMs, { endpoint: name, phases, devtools });
      for (const { phase, startMs: start, endMs: end } of phases)
        measure(`${label} ${phase}`, startedAt + start, startedAt + end, { endpoint: name, phase, devtools });
    },
    close() {
      for (const label of written.keys()) timeline.clearMeasures(label);
    },
  };
}

/** Where Chromium's performance panel draws it, and what it says of it. */
function trackOf({ outcome, error, queueMs, modelMs, overheadMs }: InvocationSpan): object {
  const ms = (value: number): string => `${value.toFixed(2)} ms`;
  return {
    dataType: 'track-entry',
    track: 'Invocations',
    trackGroup: 'Inpoint',
    color: outcome === 'failed' ? 'error' : 'primary',
    properties: [
      ['outcome', error === undefined ? outcome : `${outcome}: ${error}`],
      ['queue', ms(queueMs)],
      ['model', ms(modelMs)],
      ['overhead', ms(overheadMs)],
    ],
  };
}

function wordOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : String(error);
}
