import { InputError } from '../../errors.ts';
import { shorten } from '../../shown.ts';
import { isReordered, keepOrder } from '../column-order.ts';
import { BadRecord } from '../record-batch.ts';
import type { TextCutter } from './text-cutter.ts';

/** What a reader of CSV has to know to go on amid a file. */
export interface CsvState {
  /** Names of the columns. */
  readonly columns: readonly string[];
  readonly lineEnd: '\n' | '\r';
}

/**
 * Cuts rows of comma-separated values, as objects by the names of their columns. Blank lines are passed over, blanks around
 * values taken off. A row with too many values or too few, or with text behind a closing quote, is bad by itself; a quote
 * that is never closed leaves open what is a row. A quote inside a value that does not begin with one stands for itself.
 * Lines end with LF or CR LF; or with CR alone, where the first one does.
 * Source: RFC 4180.
 *
 * @param columns their names, where no row names them
 * @param state where it goes on amid a file
 * @throws {InputError} for names that are there twice
 */
export function cutCsv(columns?: readonly string[], state?: CsvState): TextCutter {
  let names = state?.columns ?? (columns && checkNames(columns));
  let isOther = isReordered(names ?? []);
  let lineEnd = state?.lineEnd;
  return {
    get state(): CsvState | undefined {
      return names && lineEnd && { columns: names, lineEnd };
    },
    cut(text, start, isEnd, records, wanted) {
      lineEnd ??= lineEndOf(text, start, isEnd);
      if (lineEnd === undefined) return start;
      let at = start;
      let quote = text.indexOf('"', at);
      while (records.length < wanted && at < text.length) {
        let end = text.indexOf(lineEnd, at);
        if (end < 0 && !isEnd) break;
        if (end < 0) end = text.length;
        if (quote >= 0 && quote < at) quote = text.indexOf('"', at);
        let values: readonly string[] | string;
        const isQuoted = quote >= 0 && quote <= end;
        if (!isQuoted) values = plainValues(text, at, end);
        else {
          const row = quotedValues(text, at, lineEnd);
          if (row.end >= text.length && !isEnd) break;
          if (row.isOpen) throw neverClosed(text, at);
          ({ values, end } = row);
        }
        at = end + 1;
        if (typeof values === 'string') {
          if (!names) throw new InputError('input', `The row that names the columns cannot be read: ${values}`);
          records.push(new BadRecord(new InputError('row', values)));
        } else if (isBlank(values) && !isQuoted) continue;
        else if (!names) {
          names = checkNames(values);
          isOther = isReordered(names);
        } else if (values.length === names.length) {
          const row = rowOf(names, values);
          if (isOther) keepOrder(row, names);
          records.push(row);
        } else records.push(new BadRecord(misfit(values.length, names.length)));
      }
      return Math.min(at, text.length);
    },
  };
}

function isBlank(values: readonly string[]): boolean {
  return values.length === 1 && values[0] === '';
}

/** Undefined while it cannot be told yet. */
function lineEndOf(text: string, start: number, isEnd: boolean): CsvState['lineEnd'] | undefined {
  const at = text.slice(start).search(/[\r\n]/);
  if (at < 0) return isEnd ? '\n' : undefined;
  if (text[start + at] === '\n') return '\n';
  if (start + at + 1 === text.length && !isEnd) return undefined;
  return text[start + at + 1] === '\n' ? '\n' : '\r';
}

function plainValues(text: string, start: number, end: number): string[] {
  const stop = end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
  const values = text.slice(start, stop).split(',');
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value.charCodeAt(0) <= 32 || value.charCodeAt(value.length - 1) <= 32) values[i] = value.trim();
  }
  return values;
}

interface QuotedRow {
  /** What is wrong, where it is a text. */
  readonly values: readonly string[] | string;
  /** Where its line ends. */
  readonly end: number;
  /** Whether a quote of it is never closed. */
  readonly isOpen?: boolean;
}

function quotedValues(text: string, start: number, lineEnd: string): QuotedRow {
  const values: string[] = [];
  let at = start;
  for (;;) {
    while (text[at] === ' ' || text[at] === '\t') at++;
    if (text[at] !== '"') {
      const comma = endOr(text, text.indexOf(',', at));
      const end = endOr(text, text.indexOf(lineEnd, at));
      const stop = Math.min(comma, end);
      values.push(text.slice(at, stop).trim());
      if (end <= comma) return { values, end };
      at = comma + 1;
      continue;
    }
    let close = at + 1;
    for (;;) {
      close = text.indexOf('"', close);
      if (close < 0) return { values, end: text.length, isOpen: true };
      if (text[close + 1] !== '"') break;
      close += 2;
    }
    values.push(text.slice(at + 1, close).replaceAll('""', '"'));
    at = close + 1;
    at = skipBlanks(text, at, lineEnd);
    if (at >= text.length || text[at] === lineEnd) return { values, end: at };
    if (text[at] !== ',') {
      const problem = `Text follows the closing quote of value ${values.length}: ${JSON.stringify(shorten(text.slice(at, at + 30).split(lineEnd)[0]!))}. A quote inside a quoted value is written twice.`;
      return { values: problem, end: endOr(text, text.indexOf(lineEnd, at)) };
    }
    at++;
  }
}

/** A carriage return before a line feed is a part of the line's end. */
function skipBlanks(text: string, start: number, lineEnd: string): number {
  const other = lineEnd === '\n' ? /[^ \t\r]/g : /[^ \t]/g;
  other.lastIndex = start;
  return other.exec(text)?.index ?? text.length;
}

function endOr(text: string, place: number): number {
  return place < 0 ? text.length : place;
}

function rowOf(names: readonly string[], values: readonly string[]): Readonly<Record<string, string>> {
  const row: Record<string, string> = {};
  for (let i = 0; i < names.length; i++) row[names[i]!] = values[i]!;
  return row;
}

/** @throws {InputError} */
function checkNames(names: readonly string[]): readonly string[] {
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined) {
    throw new InputError('input', `The header names two columns ${JSON.stringify(twice)}. Rename one of them.`);
  }
  const separator = names.length === 1 ? /[;\t]/.exec(names[0]!)?.[0] : undefined;
  if (separator === undefined) return names;
  throw new InputError(
    'input',
    `The header is one column, ${JSON.stringify(shorten(names[0]!))}: the file seems to be separated by ${separator === '\t' ? 'tabs' : 'semicolons'}. Save it with commas.`,
  );
}

function misfit(values: number, names: number): InputError {
  return new InputError(
    'row',
    `The row has ${values} ${values === 1 ? 'value' : 'values'}, and the header names ${names}.`,
  );
}

function neverClosed(text: string, at: number): InputError {
  return new InputError(
    'input',
    `A quote is never closed in the row that begins with ${JSON.stringify(shorten(text.slice(at, at + 60)))}: what follows cannot be told apart. Close it, or cut the file before it.`,
  );
}
