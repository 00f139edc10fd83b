import type { Generation, GenerationEnd, TextPiece } from '../generation/options.ts';

/**
 * An answer as it comes, which `for await` reads too; its last piece is the whole of it. Leaving the loop, or `cancel()`,
 * stops the work.
 */
export type AnswerStream = ReadableStream<TextPiece | GenerationEnd> & AsyncIterable<TextPiece | GenerationEnd>;

/**
 * Makes the stream of an answer that comes in pieces.
 *
 * @param write stops when the signal is aborted
 */
export function answerStream(
  write: (onPiece: (piece: TextPiece) => void, signal: AbortSignal) => Promise<Generation>,
): AnswerStream {
  const stop = new AbortController();
  const { signal } = stop;
  const stream = new ReadableStream<TextPiece | GenerationEnd>({
    start(controller) {
      const onPiece = (piece: TextPiece): void => void (signal.aborted || controller.enqueue(piece));
      void (async () => {
        try {
          const answer = await write(onPiece, signal);
          if (signal.aborted) return;
          controller.enqueue({ text: '', done: true, ...answer });
          controller.close();
        } catch (error) {
          if (!signal.aborted) controller.error(error);
        }
      })();
    },
    cancel: (reason) => stop.abort(reason),
  });
  // WebKit has streams that cannot be iterated.
  if (!(Symbol.asyncIterator in stream)) {
    Object.defineProperty(stream, Symbol.asyncIterator, { value: () => piecesOf(stream) });
  }
  return stream as AnswerStream;
}

async function* piecesOf<Piece>(stream: ReadableStream<Piece>): AsyncGenerator<Piece> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}
