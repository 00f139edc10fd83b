import { InputError } from '../errors.ts';

/**
 * The fields of one row of comma-separated values, quotes taken off. A line break may end it, and a byte order mark
 * begin it; a quote inside a field that does not begin with one stands for itself, as Python's `csv` has it.
 * Source: RFC 4180.
 *
 * @throws {InputError} `row`: nothing, an open quote, text behind a quoted field, or a second row.
 */
export function readCsvRow(text: string): string[] {
  const row = text.replace(/^\uFEFF/, '').replace(/(\r\n|\n|\r)$/, '');
  if (row.trim() === '') throw new InputError('row', 'The row is empty: pass its values, separated by commas.');
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const field = row[at] === '"' ? quoted(row, at) : plain(row, at);
    fields.push(field.value);
    at = field.end;
    if (at >= row.length) return fields;
    if (row[at] !== ',') throw problemAt(row, at, fields.length);
    at++;
  }
}

interface Field {
  readonly value: string;
  /** Where the comma behind it is, or the end. */
  readonly end: number;
}

function plain(row: string, start: number): Field {
  const rest = row.slice(start).search(/[,\r\n]/);
  const end = rest < 0 ? row.length : start + rest;
  return { value: row.slice(start, end), end };
}

function quoted(row: string, start: number): Field {
  let end = start + 1;
  for (;;) {
    end = row.indexOf('"', end);
    if (end < 0) throw new InputError('row', `The quote at character ${start + 1} of the row is never closed.`);
    if (row[end + 1] !== '"') break;
    end += 2;
  }
  return { value: row.slice(start + 1, end).replaceAll('""', '"'), end: end + 1 };
}

function problemAt(row: string, at: number, field: number): InputError {
  return /[\r\n]/.test(row[at]!)
    ? new InputError('row', 'The text holds more than one row: pass one at a time, without a header.')
    : new InputError(
        'row',
        `Text follows the closing quote of value ${field} of the row, at character ${at + 1}; a quote inside a quoted value is written twice.`,
      );
}
