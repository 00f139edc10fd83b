import type { ResultWriter } from './output/result-writer.ts';
import type { Sink } from './sink.ts';

/** Results that are put together where nothing can be kept on the disk; browsers move large blobs there by themselves. */
export function memorySink(writer: ResultWriter, fileName: string, type: string): Sink {
  let blobs: Blob[] = [];
  return {
    async write(results) {
      const bytes = writer.write(results);
      if (bytes.length > 0) blobs.push(new Blob([bytes as BlobPart]));
    },
    async end() {
      blobs.push(new Blob([writer.end() as BlobPart]));
      return { file: new File(blobs, fileName, { type }) };
    },
    async stop() {
      blobs = [];
    },
  };
}
