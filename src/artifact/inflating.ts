import { ArtifactError, InpointError } from '../errors.ts';
import type { ByteReader } from './byte-reader.ts';
import { createInflater, type Inflater } from './inflate.ts';
import { checkExpansion, type Limits } from './limits.ts';

/**
 * Inflates a deflate stream from where an inflater can start anew.
 *
 * @param isOpen whether it ends at a border, and not with a last block
 */
export async function* inflating(
  deflated: AsyncIterable<Uint8Array>,
  limits: Limits,
  isOpen = false,
  inflater: Inflater = createInflater(),
): AsyncGenerator<Uint8Array> {
  let readBytes = 0;
  let unpackedBytes = 0;
  let ended = false;
  const checked = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const bytes of chunks) {
      unpackedBytes += bytes.length;
      checkExpansion(readBytes, unpackedBytes, limits);
      yield bytes;
    }
  };
  const source = deflated[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = source.next();
      if (inflater.meanwhile) yield* checked(inflater.meanwhile(next));
      const { done, value: chunk } = await next;
      if (done) break;
      readBytes += chunk.length;
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        yield* checked(inflater.write(chunk.subarray(at, at + pieceBytes)));
      }
    }
    if (isOpen) yield* inflater.write(lastBlock);
    yield* inflater.settle();
    await inflater.end();
    ended = true;
  } catch (cause) {
    if (cause instanceof InpointError || !(cause instanceof TypeError)) throw cause;
    throw new ArtifactError('archive-corrupt', 'its compressed data are damaged. Download or make it again.', {
      cause,
    });
  } finally {
    if (!ended) inflater.abort();
    await source.return?.();
  }
}

/** The next `count` bytes of a source. */
export async function* upTo(source: ByteReader, count: number): AsyncGenerator<Uint8Array> {
  for (let left = count; left > 0;) {
    const bytes = await source.some(left);
    if (!bytes) throw new ArtifactError('archive-truncated', `it ends ${left} bytes before its end. Try again.`);
    left -= bytes.length;
    yield bytes;
  }
}

/** Bytes that an inflater gets at once: it answers in one piece, up to 1,032 times as large. */
const pieceBytes = 64 * 1024;

/** A last block of deflate that holds nothing: what ends a part that is inflated by itself. */
const lastBlock = Uint8Array.of(3, 0);
