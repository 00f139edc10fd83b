import { Inflate } from 'fflate';
import { nextTurn } from '../next-turn.ts';

/**
 * One run over one deflate stream (RFC 1951). It reads as far as it is given bytes, so that what it has put
 * out tells how far it has come; where its data ends is for the caller to find.
 */
export interface Inflater {
  /** Gives compressed bytes in, and what they unpack to out. Throws what the platform throws on bad data. */
  write(bytes: Uint8Array): AsyncIterable<Uint8Array>;
  /** Gives out what comes of the bytes written so far while the caller waits for more, where it works by itself. */
  meanwhile?(more: Promise<unknown>): AsyncIterable<Uint8Array>;
  /** Gives out what is still on its way once nothing more comes of the bytes written so far. */
  settle(): AsyncIterable<Uint8Array>;
  /** Ends the data. Throws when they are incomplete. */
  end(): Promise<void>;
  /** Stops, whatever state it is in. */
  abort(): void;
}

/** The platform's inflater where it can be used, else fflate's, which is two to three times slower. */
export function createInflater(): Inflater {
  return hasNativeInflate() ? nativeInflater() : fflateInflater();
}

/** Node's stream fulfils a write before it has looked at the bytes, so how far it has come is not to be known. */
function hasNativeInflate(): boolean {
  if ('process' in globalThis) return false;
  try {
    return new DecompressionStream('deflate-raw') instanceof DecompressionStream;
  } catch {
    return false;
  }
}

export function nativeInflater(): Inflater {
  const { readable, writable } = new DecompressionStream('deflate-raw') as {
    readable: ReadableStream<Uint8Array>;
    writable: WritableStream<Uint8Array>;
  };
  const writer = writable.getWriter();
  const reader = readable.getReader();
  writer.closed.catch(() => {});
  reader.closed.catch(() => {});
  let reading: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;

  /** What comes out until `until` is fulfilled; a read that is still open then is kept for the next call. */
  async function* outputUntil(until: Promise<void>): AsyncGenerator<Uint8Array> {
    for (;;) {
      reading ??= reader.read();
      reading.catch(() => {});
      // In this order: output that is there goes first, however long the caller took over the last piece.
      const result = await Promise.race([reading, until]);
      if (!result || result.done) break;
      reading = undefined;
      yield result.value;
    }
    await until;
  }

  return {
    write: (bytes) => outputUntil(writer.write(bytes)),
    settle: () => outputUntil(nextTurn()),
    end: async () => {
      // A closing stream waits until it has been read; anything but its end is data past the end we found.
      const closing = writer.close();
      closing.catch(() => {});
      const { done } = await (reading ?? reader.read());
      if (!done) throw new TypeError('The inflater had more to say than was asked for.');
      await closing;
    },
    abort: () => {
      writer.abort().catch(() => {});
      reader.cancel().catch(() => {});
    },
  };
}

/** How many compressed bytes fflate gets at once: it answers in one piece, up to 1,032 times as large. */
const fflatePieceBytes = 16 * 1024;

export function fflateInflater(): Inflater {
  let output: Uint8Array[] = [];
  const inflate = new Inflate((chunk) => {
    if (chunk.length > 0) output.push(chunk);
  });
  // fflate passes over what follows the end of the data, and says nowhere that it came to it but in its state:
  // the last block has been met (`f`), no block is open (`l`), and these are the bytes (and bits) left over.
  const { s: state } = inflate as unknown as { s: { f?: number; l?: unknown; p?: number } };
  const leftOver = (): number => (inflate as unknown as { p: Uint8Array }).p.length - (state.p ? 1 : 0);
  return {
    async *write(bytes) {
      for (let at = 0; at < bytes.length; at += fflatePieceBytes) {
        inflate.push(bytes.slice(at, at + fflatePieceBytes));
        const chunks = output;
        output = [];
        yield* chunks;
        if (state.f && !state.l && leftOver() > 0) throw new TypeError('Something follows the end of the data.');
      }
    },
    async *settle() {},
    async end() {
      inflate.push(new Uint8Array(0), true);
      if (output.length > 0) throw new TypeError('The inflater had more to say than was asked for.');
    },
    abort() {},
  };
}
