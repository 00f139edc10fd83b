import { hasherHere, type ChunkHasher } from '../artifact/chunk-hasher.ts';
import { sha256Hex } from '../artifact/file-digest.ts';

/** What the archive worker sends to a second one of its kind, to make it hash for it. */
interface HashMessage {
  readonly inpoint: 'hash';
  readonly chunk: Uint8Array<ArrayBuffer>;
}

/** Its answer, which gives the chunk back. */
interface HashedMessage {
  readonly chunk: Uint8Array<ArrayBuffer>;
  readonly digest: string;
}

/** Hashes in a thread of its own, while this one reads, inflates and writes. Ends with what started it. */
export interface HashThread extends ChunkHasher, Disposable {}

/** Chunks that one thread has at a time. */
const mostChunks = 2;

/**
 * Hashes in another worker of this one's script, once it is asked to prepare and is up. Where it does not start, since a
 * policy is in its way, this thread hashes.
 */
export function startHashThread(): HashThread {
  const here = hasherHere();
  const free: Uint8Array<ArrayBuffer>[] = [];
  const waiting: { chunk: Uint8Array<ArrayBuffer>; settle: (answer: HashedMessage | undefined) => void }[] = [];
  let worker: Worker | undefined;
  let isStarted = false;
  let isUp = false;
  const giveUp = (): void => {
    worker?.terminate();
    worker = undefined;
    for (const { settle } of waiting.splice(0)) settle(undefined);
  };
  const start = (): void => {
    try {
      worker = new Worker(globalThis.location.href, { type: 'module', name: 'inpoint-hash' });
      worker.onmessage = ({ data }: MessageEvent<HashedMessage | 'up'>) => {
        if (data === 'up') isUp = true;
        else waiting.shift()?.settle(data);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        giveUp();
      };
      worker.postMessage({ inpoint: 'hash-up' });
    } catch {
      // Trusted Types let no address through that is a string.
    }
  };
  return {
    prepare() {
      if (isStarted) return;
      isStarted = true;
      start();
    },
    buffer: () => free.pop() ?? here.buffer(),
    async digest(chunk) {
      if (!worker || !isUp || waiting.length >= mostChunks) return here.digest(chunk);
      const answered = new Promise<HashedMessage | undefined>((settle) => waiting.push({ chunk, settle }));
      worker.postMessage({ inpoint: 'hash', chunk } satisfies HashMessage, [chunk.buffer]);
      const answer = await answered;
      if (!answer) throw new DOMException('The thread that hashes is gone.', 'AbortError');
      free.push(answer.chunk);
      return answer.digest;
    },
    [Symbol.dispose]: giveUp,
  };
}

/** Makes this worker hash for another one, if that is what it was started for. */
export function serveHashes(): void {
  addEventListener('message', ({ data }: MessageEvent<HashMessage | { inpoint: 'hash-up' } | undefined>) => {
    if (data?.inpoint === 'hash-up') postMessage('up');
    if (data?.inpoint !== 'hash') return;
    const { chunk } = data;
    const answer = (digest: string): void =>
      // In a worker there is no origin to name.
      globalThis.postMessage({ chunk, digest } satisfies HashedMessage, { transfer: [chunk.buffer] });
    void sha256Hex(chunk).then(answer);
  });
}
