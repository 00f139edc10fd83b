import type { CallObserver } from './call-observer.ts';
import { capture } from './capture.ts';
import type { CaptureOptions } from './captures.ts';
import { trace } from './trace.ts';

export { MetricsHistory } from './metrics-history.ts';

/**
 * Those who are told of an endpoint's calls, as `deploy()` was asked for them. Few pages ask: this is fetched when they do.
 *
 * @throws {RangeError} for options that mean nothing
 */
export async function observersOf(
  name: string,
  options: { readonly trace?: boolean; readonly capture?: CaptureOptions },
): Promise<CallObserver[]> {
  const observers = options.trace ? [trace(name)] : [];
  if (options.capture) {
    const { keptCaptures } = await import('../kept.ts');
    observers.push(capture(name, options.capture, { kept: keptCaptures(name) }));
  }
  return observers;
}
