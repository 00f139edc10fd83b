import type { CallObserver, ObservedCall } from './call-observer.ts';
import { captureData, type CaptureData } from './capture-data.ts';
import type { CaptureOptions } from './captures.ts';
import type { CapturedLine, KeptCaptures } from './kept-captures.ts';

/** Where captures go, and what else they are made with. */
export interface CaptureWorld {
  readonly kept: Pick<KeptCaptures, 'add'>;
  /** From 0 up to 1. */
  readonly random?: () => number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

interface Capturing {
  readonly input: (() => Promise<CaptureData>) | undefined;
  readonly at: number;
}

/**
 * Keeps calls that are answered on this device: each as a line of JSON in the format of Amazon SageMaker's data capture.
 * No call waits for it or fails by it.
 *
 * @param endpoint the name that they are kept under
 * @throws {RangeError} for options that mean nothing
 */
export function capture(endpoint: string, options: CaptureOptions, world: CaptureWorld): CallObserver {
  const { samplePercent = 100, inputs = true, outputs = true, maxRecords = 1000, maxBytes = 10_000_000 } = options;
  const { kept, random = Math.random, now = Date.now } = world;
  if (!(samplePercent >= 0 && samplePercent <= 100))
    throw new RangeError(`capture.samplePercent is from 0 to 100, not ${String(samplePercent)}.`);
  for (const [name, most] of Object.entries({ maxRecords, maxBytes }))
    if (!(most >= 0)) throw new RangeError(`capture.${name} is a number from 0, not ${String(most)}.`);
  const sampled = new WeakMap<ObservedCall, Capturing>();
  const failed = (error: unknown): void => options.onError?.(error);
  let waiting: Promise<CapturedLine>[] = [];
  let writing: Promise<void> | undefined;

  /** Writes what there is, and then what came meanwhile, together. */
  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const lines = await Promise.allSettled(waiting.splice(0));
      for (const line of lines) if (line.status === 'rejected') failed(line.reason);
      const whole = lines.flatMap((line) => (line.status === 'fulfilled' ? [line.value] : []));
      const fitting = whole.filter(({ bytes }) => {
        if (bytes <= maxBytes) return true;
        failed(
          new RangeError(
            `A call of ${JSON.stringify(endpoint)} takes ${bytes} bytes, and capture.maxBytes is ${maxBytes}.`,
          ),
        );
        return false;
      });
      if (fitting.length > 0) await kept.add(fitting, { maxRecords, maxBytes }).catch(failed);
    }
    writing = undefined;
  };

  return {
    onSend(call, input) {
      if (random() * 100 >= samplePercent) return;
      try {
        sampled.set(call, { input: inputs ? captureData(input, 'INPUT') : undefined, at: now() });
      } catch (error) {
        failed(error);
      }
    },
    onAnswer(call, { answer }) {
      const capturing = sampled.get(call);
      if (!capturing) return;
      sampled.delete(call);
      try {
        const output = outputs ? captureData(answer, 'OUTPUT') : undefined;
        waiting.push(lineOf(capturing, output));
        writing ??= write();
      } catch (error) {
        failed(error);
      }
    },
    onError: (call) => void sampled.delete(call),
    close: () => writing,
  };
}

/** Version 0 of the format, which has been the only one: docs.aws.amazon.com/sagemaker, "Capture data". */
async function lineOf(
  { input, at }: Capturing,
  output: (() => Promise<CaptureData>) | undefined,
): Promise<CapturedLine> {
  const [endpointInput, endpointOutput] = await Promise.all([input?.(), output?.()]);
  const text = JSON.stringify({
    captureData: { endpointInput, endpointOutput },
    eventMetadata: { eventId: eventId(), inferenceTime: `${new Date(at).toISOString().slice(0, -5)}Z` },
    eventVersion: '0',
  });
  return { text, bytes: new TextEncoder().encode(text).length };
}

/** A random UUID (RFC 9562, version 4); pages on an insecure origin have no `randomUUID()`. */
function eventId(): string {
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte, index) =>
    (index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte).toString(16).padStart(2, '0'),
  ).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
