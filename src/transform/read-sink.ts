import type { JobReader } from './job.ts';
import type { ResultWriter } from './output/result-writer.ts';
import type { TransformResult } from './result.ts';
import type { Sink } from './sink.ts';
import { StoppedError } from './stopped-error.ts';

/** Results that are read from the job, as they are or as bytes: one batch waits for a reader, and no more. */
export function readSink(writer: ResultWriter): { readonly sink: Sink; readonly read: JobReader } {
  const { readable, writable } = new TransformStream<readonly TransformResult[]>(
    undefined,
    { highWaterMark: 1 },
    { highWaterMark: 0 },
  );
  const into = writable.getWriter();
  into.closed.catch(() => {});
  let failure: { readonly error: unknown } | undefined;
  // A reader that has had enough makes writing fail, or a result that the format cannot hold.
  const unlessLeft = async (work: Promise<unknown>): Promise<void> => {
    try {
      await work;
    } catch {
      throw failure ? failure.error : new StoppedError();
    }
  };
  const written = (write: () => Uint8Array): Uint8Array => {
    try {
      return write();
    } catch (error) {
      failure = { error };
      throw error;
    }
  };
  return {
    sink: {
      async write(results) {
        await unlessLeft(into.ready);
        into.write(results).catch(() => {});
      },
      async end() {
        await unlessLeft(into.close());
        return {};
      },
      stop: (reason) => into.abort(reason),
    },
    read: {
      bytes: () =>
        readable.pipeThrough(
          new TransformStream<readonly TransformResult[], Uint8Array>({
            transform(results, controller) {
              enqueue(
                controller,
                written(() => writer.write(results)),
              );
            },
            flush: (controller) =>
              enqueue(
                controller,
                written(() => writer.end()),
              ),
          }),
        ),
      results: () => resultsOf(readable),
    },
  };
}

function enqueue(controller: TransformStreamDefaultController<Uint8Array>, bytes: Uint8Array): void {
  if (bytes.length > 0) controller.enqueue(bytes);
}

async function* resultsOf(batches: ReadableStream<readonly TransformResult[]>): AsyncGenerator<TransformResult> {
  const reader = batches.getReader();
  try {
    for (;;) {
      const next = await reader.read();
      if (next.done) return;
      yield* next.value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
