import { createReadStream } from 'node:fs';
import { parse, type CsvError } from 'csv-parse';
import { InputError } from '../errors.ts';
import { reasonOf } from './open-file.ts';

/** A row of a CSV file by the names in its first one, or what is wrong with it. */
export type CsvRow =
  | { readonly number: number; readonly row: Readonly<Record<string, string>> }
  /** Its number is undefined where it is not one row that is wrong, but the file. */
  | { readonly number: number | undefined; readonly error: unknown };

/**
 * Reads a CSV file in UTF-8 with a header. A row that is wrong has an error in its place, and the others go on; where a
 * quote leaves open what is a row, nothing behind it is one. Rows are counted from 1, without the header and empty lines.
 * Source: RFC 4180.
 *
 * @param signal an abort rejects with its reason
 */
export async function* readCsv(path: string, signal: AbortSignal): AsyncGenerator<CsvRow> {
  const waiting: (readonly string[] | CsvError)[] = [];
  const parser = parse({
    bom: true,
    skip_empty_lines: true,
    trim: true,
    relax_column_count: true,
    skip_records_with_error: true,
    // Not read as a stream: that would forget the rows before an error.
    on_record: (record: readonly string[]) => void waiting.push(record),
    on_skip: (error) => void (error && waiting.push(error)),
  });
  const feed = (chunk?: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      const done = (error?: Error | null): void => (error ? reject(error) : resolve());
      if (chunk) parser.write(chunk, done);
      else parser.end(done);
    });
  parser.on('error', () => {});
  parser.resume();
  let header: readonly string[] | undefined;
  let number = 0;
  try {
    for await (const chunk of createReadStream(path, { signal })) {
      await feed(chunk as Uint8Array);
      if (!(yield* rows())) return;
    }
    await feed();
    yield* rows();
  } catch (cause) {
    signal.throwIfAborted();
    yield {
      number: undefined,
      error: new InputError('row', `The file cannot be read: ${reasonOf(cause)}.`, { cause }),
    };
  } finally {
    parser.destroy();
  }

  /** What has been parsed so far; false where nothing can follow. */
  function* rows(): Generator<CsvRow, boolean> {
    for (const record of waiting.splice(0)) {
      if (record instanceof Error) {
        number++;
        const error = new InputError('row', `The row cannot be read as CSV: ${record.message}.`, { cause: record });
        yield { number: header ? number : undefined, error };
        // A quote amid an unquoted value ends with its line; any other may be open.
        if (header && (record.code as string) === 'INVALID_OPENING_QUOTE') continue;
        return false;
      }
      if (!header) {
        const problem = headerProblem(record);
        if (problem !== undefined) {
          yield { number: undefined, error: new InputError('row', problem) };
          return false;
        }
        header = record;
        continue;
      }
      number++;
      if (record.length === header.length) {
        yield { number, row: Object.fromEntries(header.map((name, index) => [name, record[index]!])) };
      } else {
        const message = `The row has ${record.length} ${record.length === 1 ? 'value' : 'values'}, and the header names ${header.length}.`;
        yield { number, error: new InputError('row', message) };
      }
    }
    return true;
  }
}

function headerProblem(names: readonly string[]): string | undefined {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `The header names two columns ${JSON.stringify(twice)}. Rename one of them.`;
  const separator = names.length === 1 ? /[;\t]/.exec(names[0]!)?.[0] : undefined;
  if (separator === undefined) return undefined;
  return `The header is one column, ${JSON.stringify(names[0]!.slice(0, 80))}: the file seems to be separated by ${separator === '\t' ? 'tabs' : 'semicolons'}. Save it with commas.`;
}
