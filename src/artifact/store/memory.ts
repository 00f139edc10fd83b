import type { Store } from './index.ts';

/** Bytes that wait on the JavaScript heap before the browser's blob storage takes them. */
const pieceBytes = 4 * 2 ** 20;

/** Keeps files in the browser's blob storage, outside the JavaScript heap, until nothing refers to them. */
export function memoryStore(): Store {
  return {
    create() {
      const pieces: Blob[] = [];
      let waiting: BlobPart[] = [];
      let waitingBytes = 0;
      return {
        async write(bytes) {
          waiting.push(bytes as BlobPart);
          waitingBytes += bytes.length;
          if (waitingBytes < pieceBytes) return;
          pieces.push(new Blob(waiting));
          waiting = [];
          waitingBytes = 0;
        },
        async finish() {
          return new Blob([...pieces, ...waiting]);
        },
      };
    },
  };
}
