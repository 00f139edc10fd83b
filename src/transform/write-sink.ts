import type { ResultWriter } from './output/result-writer.ts';
import type { Sink } from './sink.ts';

/**
 * Results that are written to a stream of the caller's, such as a file that the visitor chose. It is closed at the end, and
 * aborted where the job does not come to one: of a file nothing is changed then.
 *
 * @param file gives what was written, where that is a file
 */
export function writeSink(
  output: WritableStream<Uint8Array>,
  writer: ResultWriter,
  file: () => Promise<File | undefined> = async () => undefined,
): Sink {
  const into = output.getWriter();
  into.closed.catch(() => {});
  const put = async (bytes: Uint8Array): Promise<void> => {
    if (bytes.length === 0) return;
    await into.ready;
    await into.write(bytes);
  };
  return {
    write: (results) => put(writer.write(results)),
    async end() {
      await put(writer.end());
      await into.close();
      return { file: await file() };
    },
    stop: (reason) => into.abort(reason),
  };
}
