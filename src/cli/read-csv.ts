import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { InputError, isInputError } from '../errors.ts';
import { cutCsv } from '../transform/input/cut-csv.ts';
import { start } from '../transform/input/open-input.ts';
import { readText } from '../transform/input/read-text.ts';
import { BadRecord } from '../transform/record-batch.ts';
import { reasonOf } from './open-file.ts';

/** A row of a CSV file by the names in its first one, or what is wrong with it. */
export type CsvRow =
  | { readonly number: number; readonly row: Readonly<Record<string, string>> }
  /** Its number is undefined where it is not one row that is wrong, but the file. */
  | { readonly number: number | undefined; readonly error: unknown };

/**
 * Reads a CSV file in UTF-8 with a header, as a transform job does. A row that is wrong has an error in its place, and the
 * others go on; where a quote leaves open what is a row, nothing behind it is one. Rows are counted from 1, without the
 * header and empty lines.
 *
 * @param signal an abort rejects with its reason
 */
export async function* readCsv(path: string, signal: AbortSignal): AsyncGenerator<CsvRow> {
  const bytes = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
  try {
    for await (const { records, end } of readText(bytes, cutCsv(), { batchSize: 1, from: start, signal })) {
      const [row] = records;
      yield row instanceof BadRecord
        ? { number: end.records, error: row.error }
        : { number: end.records, row: row as Readonly<Record<string, string>> };
    }
  } catch (cause) {
    signal.throwIfAborted();
    const error = isInputError(cause)
      ? cause
      : new InputError('row', `The file cannot be read: ${reasonOf(cause)}.`, { cause });
    yield { number: undefined, error };
  }
}
