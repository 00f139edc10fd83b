import { abortable } from '../../abortable.ts';
import { InputError } from '../../errors.ts';
import type { Position, RecordBatch } from '../record-batch.ts';
import type { TextCutter } from './text-cutter.ts';

/** Characters that one record may have: what is never ended must not fill the memory. */
const maxRecordLength = 2 ** 25;

/** Bytes that are taken in at once, so that no turn of the event loop takes long. */
const pieceBytes = 2 ** 16;

/**
 * Reads batches of records out of a text in UTF-8. No more is read ahead than a piece of 64 KiB and the beginning of a record.
 *
 * @param bytes those behind `from`; cancelled when the reader is left
 * @param from where they begin, so that positions are those of the whole input
 * @throws {InputError} for what is no UTF-8, and as the cutter
 */
export async function* readText(
  bytes: ReadableStream<Uint8Array>,
  cutter: TextCutter,
  { batchSize, from, signal }: { batchSize: number; from: Position; signal: AbortSignal },
): AsyncGenerator<RecordBatch> {
  const reader = bytes.getReader();
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  let at = 0;
  let isAscii = true;
  let wasPlain = true;
  /** What was counted of the text already, and the bytes up to there. */
  let counted = 0;
  let bytesBefore = from.bytes;
  let recordsBefore = from.records;
  let records: unknown[] = [];
  let isEnd = false;
  let piece: Uint8Array = new Uint8Array();
  // A record of many pieces is looked at again only when there is twice as much of it.
  let enough = 0;
  const batch = (): RecordBatch => {
    bytesBefore += isAscii ? at - counted : utf8Length(text, counted, at);
    counted = at;
    recordsBefore += records.length;
    const end = { records: recordsBefore, bytes: bytesBefore, state: cutter.state };
    const full = { records, end };
    records = [];
    return full;
  };
  try {
    for (;;) {
      if (text.length - at >= enough || isEnd) {
        const before = at;
        at = cutter.cut(text, at, isEnd, records, batchSize);
        enough = at === before ? 2 * (text.length - at) : 0;
        if (enough > 2 * maxRecordLength) throw tooLong(recordsBefore + records.length);
      }
      if (records.length >= batchSize) {
        yield batch();
        continue;
      }
      if (isEnd) break;
      if (piece.length === 0) {
        const next = await abortable(reader.read(), signal);
        if (next.done) isEnd = true;
        else piece = bytesOf(next.value);
      }
      const taken = piece.subarray(0, pieceBytes);
      piece = piece.subarray(taken.length);
      const rest = text.slice(at);
      bytesBefore += isAscii ? at - counted : utf8Length(text, counted, at);
      const more = decode(decoder, taken, isEnd, recordsBefore + records.length);
      // Of bytes that begin with a letter as many letters as bytes are ASCII.
      wasPlain = more.length === taken.length && (wasPlain || isPlain(more));
      isAscii = (isAscii || isPlain(rest)) && wasPlain;
      text = rest + more;
      at = 0;
      counted = 0;
      if (bytesBefore === 0 && recordsBefore === 0 && text.startsWith('\uFEFF')) at = 1;
    }
    if (records.length > 0) yield batch();
  } finally {
    // What is being read is read to no end.
    reader.cancel().catch(() => {});
  }
}

function decode(decoder: TextDecoder, bytes: Uint8Array, isEnd: boolean, record: number): string {
  try {
    return decoder.decode(bytes, { stream: !isEnd });
  } catch (cause) {
    throw new InputError('input', `The text is not in UTF-8, soon behind record ${record}. Save it in UTF-8.`, {
      cause,
    });
  }
}

/** @throws {InputError} for a stream of something else */
function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw new InputError('input', 'A stream that is read as a file has to give bytes, as Uint8Array.');
}

function isPlain(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return /^[\0-\x7f]*$/.test(text);
}

function utf8Length(text: string, start: number, end: number): number {
  let length = 0;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    // Each half of a pair counts for two of its four bytes.
    length += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3;
  }
  return length;
}

function tooLong(record: number): InputError {
  return new InputError(
    'input',
    `Record ${record + 1} has more than ${maxRecordLength / 2 ** 20} million characters: a quote or a bracket before it is never closed, or the file is not in this format.`,
  );
}
