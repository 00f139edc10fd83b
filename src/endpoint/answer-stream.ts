import type { Generation, GenerationEnd, TextPiece } from '../generation/options.ts';
import type { Transcript, TranscriptEnd } from '../generation/speech/transcript.ts';

/**
 * An answer as it comes, which `for await` reads too; its last piece is the whole of it. Leaving the loop, or `cancel()`,
 * stops the work, and waits until it has stopped.
 */
export type AnswerStream<End = GenerationEnd> = ReadableStream<TextPiece | End> & AsyncIterable<TextPiece | End>;

/**
 * Makes the stream of an answer that comes in pieces. A transcript that came without any is a piece itself.
 *
 * @param write stops when the signal is aborted
 */
export function answerStream<Answer extends Generation | Transcript>(
  write: (onPiece: (piece: TextPiece) => void, signal: AbortSignal) => Promise<Answer>,
): AnswerStream<Answer extends Generation ? GenerationEnd : TranscriptEnd> {
  const stop = new AbortController();
  const { signal } = stop;
  let writing: Promise<void> | undefined;
  const stream = new ReadableStream<TextPiece | GenerationEnd | TranscriptEnd>({
    start(controller) {
      let hasPieces = false;
      const onPiece = (piece: TextPiece): void => {
        hasPieces = true;
        if (!signal.aborted) controller.enqueue(piece);
      };
      writing = (async () => {
        try {
          const answer = await write(onPiece, signal);
          if (signal.aborted) return;
          if ('text' in answer && answer.text !== '' && !hasPieces) onPiece({ text: answer.text, index: 0 });
          controller.enqueue({ ...answer, text: '', done: true });
          controller.close();
        } catch (error) {
          if (!signal.aborted) controller.error(error);
        }
      })();
    },
    cancel(reason) {
      stop.abort(reason);
      // Whoever has left the loop may ask for the next answer.
      return writing;
    },
  });
  // WebKit has streams that cannot be iterated.
  if (!(Symbol.asyncIterator in stream)) {
    Object.defineProperty(stream, Symbol.asyncIterator, { value: () => piecesOf(stream) });
  }
  return stream as ReturnType<typeof answerStream<Answer>>;
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
