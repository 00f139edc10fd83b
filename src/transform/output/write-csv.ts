import type { Cell } from './flatten.ts';
import type { ResultWriter } from './result-writer.ts';
import { tableRows, type TableCells } from './table-rows.ts';

/**
 * Writes a row of comma-separated values a result, under a row of names; lines end with LF.
 * Source: RFC 4180.
 *
 * @param withErrors whether there is a column for errors
 * @param state that of a writer that it goes on for: the names of the columns
 */
export function writeCsv(withErrors: boolean, state?: readonly string[]): ResultWriter {
  const encoder = new TextEncoder();
  const table = tableRows(withErrors, state);
  let hasHeader = state !== undefined;
  const encode = (rows: readonly TableCells[]): Uint8Array => {
    let text = '';
    if (!hasHeader && table.columns) {
      hasHeader = true;
      text = lineOf(table.columns);
    }
    for (const row of rows) text += lineOf(row);
    return encoder.encode(text);
  };
  return {
    get isClean() {
      return !table.isWaiting;
    },
    get state() {
      return table.columns;
    },
    write: (results) => encode(table.add(results)),
    end: () => encode(table.end()),
  };
}

function lineOf(cells: readonly Cell[]): string {
  let line = '';
  for (let i = 0; i < cells.length; i++) line += `${i === 0 ? '' : ','}${shownCell(cells[i]!)}`;
  // A line without anything is none.
  return line === '' ? '""\n' : `${line}\n`;
}

function shownCell(cell: Cell): string {
  if (cell === null) return '';
  const text = String(cell);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
