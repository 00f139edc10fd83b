import { InputError } from '../errors.ts';
import { shown } from '../shown.ts';
import type { Column } from '../manifest/index.ts';
import { readCsvRow } from './csv.ts';
import { categoryFinder, listCategories, parseNumber, type Cell, type FindCategory } from './table-categories.ts';

/** A column of which it is known what its values are for. */
export interface RowColumn extends Column {
  /** Whether a value may be missing. */
  readonly optional: boolean;
  /** Whether nothing looks at its values. */
  readonly unused: boolean;
  /** All that is known to be a category of it. */
  readonly known: readonly Cell[];
}

/** Reads a row as people have it: an object by the names of columns, values in their order, or a line of CSV. */
export type ReadRow = (input: unknown) => Cell[];

/**
 * Makes the reader of a table's rows, which gives a value a column. Missing are: a name that an object leaves out,
 * null, undefined, NaN, blank text, and the words that pandas takes for missing (`NA`, `NaN`, `null` …) unless a step
 * or `values` knows them as categories. Numbers may come as text in decimal digits.
 *
 * The reader @throws {InputError} `row`, or `row.<column>` where one value is at fault.
 */
export function createRowReader(columns: readonly RowColumn[]): ReadRow {
  const readers = columns.map(cellReader);
  const places = new Map(columns.map(({ name }, place) => [name, place]));
  return (input) => {
    const values = valuesOf(input, columns, places);
    return readers.map((read, place) => read(values[place]));
  };
}

function valuesOf(
  input: unknown,
  columns: readonly RowColumn[],
  places: ReadonlyMap<string, number>,
): ArrayLike<unknown> {
  if (typeof input === 'string') return inOrder(readCsvRow(input), columns);
  if (Array.isArray(input) || isNumbers(input)) return inOrder(input, columns);
  if (typeof input !== 'object' || input === null || Object.prototype.toString.call(input) !== '[object Object]') {
    throw new InputError(
      'row',
      `A row is an object by column name, an array of values, or a line of CSV. ${expected(columns)}`,
    );
  }
  const values: unknown[] = Array.from(columns, () => undefined);
  for (const [name, value] of Object.entries(input)) {
    const place = places.get(name);
    if (place === undefined) throw unknownColumn(name, columns);
    values[place] = value;
  }
  return values;
}

function isNumbers(input: unknown): input is ArrayLike<number> {
  return ArrayBuffer.isView(input) && !(input instanceof DataView);
}

function inOrder(values: ArrayLike<unknown>, columns: readonly RowColumn[]): ArrayLike<unknown> {
  if (values.length === columns.length) return values;
  throw new InputError(
    'row',
    `The row has ${values.length} ${values.length === 1 ? 'value' : 'values'}, and the table has ${columns.length} columns. ${expected(columns)}`,
  );
}

function expected(columns: readonly RowColumn[]): string {
  const names = columns.slice(0, 40).map(({ name }) => JSON.stringify(name));
  return `The columns are ${names.join(', ')}${columns.length > names.length ? ' …' : ''}.`;
}

function unknownColumn(name: string, columns: readonly RowColumn[]): InputError {
  const meant = nearest(
    name,
    columns.map((column) => column.name),
  );
  return new InputError(
    `row.${name}`,
    `The table has no column ${shown(name)}. ${meant === undefined ? expected(columns) : `Did you mean ${JSON.stringify(meant)}?`}`,
  );
}

/** The name that differs by the fewest letters, if by no more than a third of them; case, spaces and signs count for none. */
function nearest(name: string, names: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  const ranked = names
    .map((other) => ({ other, distance: editDistance(plain(name), plain(other)) }))
    .toSorted((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best && best.distance <= Math.floor(best.other.length / 3) ? best.other : undefined;
}

/** Letters to add, take away or change to make one of the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of from.split('').entries()) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (letter === to[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length]!;
}

type ReadCell = (value: unknown) => Cell;

function cellReader(column: RowColumn): ReadCell {
  const { name, type, optional } = column;
  if (column.unused) return () => (type === 'number' ? NaN : null);
  const read = type === 'number' ? numberReader(name) : categoryReader(column);
  const known = categoryFinder(column.known);
  return (value) => {
    if (!isAbsent(value, known)) return read(value);
    if (optional) return type === 'number' ? NaN : null;
    throw new InputError(
      `row.${name}`,
      `The column ${JSON.stringify(name)} has no value, and the model needs one: ${wanted(column)}.`,
    );
  };
}

function isAbsent(value: unknown, known: FindCategory): boolean {
  if (value === null || value === undefined || Number.isNaN(value)) return true;
  return typeof value === 'string' && missingWords.has(value.trim()) && known(value) < 0;
}

/** Source: `na_values` of pandas.read_csv, pandas 2. */
const missingWords = new Set(
  '|#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null'.split('|'),
);

function wanted({ type, values }: RowColumn): string {
  if (type === 'number') return 'a number';
  return values ? `one of ${listCategories(values)}` : 'a category';
}

function numberReader(name: string): ReadCell {
  return (value) => {
    const number =
      typeof value === 'number' || typeof value === 'bigint'
        ? Number(value)
        : typeof value === 'string'
          ? parseNumber(value)
          : undefined;
    if (number !== undefined && Number.isFinite(number)) return number;
    const reason = number === undefined && !isInfinity(value) ? 'not a number' : 'infinite';
    throw new InputError(
      `row.${name}`,
      `The value ${shown(value)} of the column ${JSON.stringify(name)} is ${reason}: pass a finite number, in decimal digits with a point where it is text.`,
    );
  };
}

function isInfinity(value: unknown): boolean {
  return typeof value === 'string' && /^\s*[+-]?inf(inity)?\s*$/i.test(value);
}

function categoryReader({ name, values }: RowColumn): ReadCell {
  const find = values && categoryFinder(values);
  return (value) => {
    const cell = typeof value === 'bigint' ? Number(value) : value;
    if (typeof cell !== 'string' && typeof cell !== 'boolean' && !Number.isFinite(cell)) {
      throw new InputError(
        `row.${name}`,
        `The value ${shown(value)} of the column ${JSON.stringify(name)} is not a category: pass a string, a number or a boolean.`,
      );
    }
    if (find && find(cell as Cell) < 0) {
      throw new InputError(
        `row.${name}`,
        `The column ${JSON.stringify(name)} knows no ${shown(value)}; it is one of ${listCategories(values)}.`,
      );
    }
    return cell as Cell;
  };
}
