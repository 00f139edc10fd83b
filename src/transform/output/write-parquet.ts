import type { RowGroup, SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { InputError } from '../../errors.ts';
import type { Cell } from './flatten.ts';
import type { ResultWriter } from './result-writer.ts';
import { tableRows, type TableCells } from './table-rows.ts';

/** What a writer of Parquet has to know to go on: what the end of the file says of what is before. */
export interface ParquetState {
  readonly schema: readonly SchemaElement[];
  readonly columns: readonly string[];
  readonly rowGroups: readonly RowGroup[];
  readonly bytes: number;
}

/** Rows of a row group, at least: what is held in memory until it is written. */
const groupRows = 16_384;

/**
 * Writes a row of a Parquet table a result, in row groups that end with a batch. The first row group says what a column
 * holds: numbers, truth values or texts; each may be missing.
 * Source: Apache Parquet.
 *
 * @param withErrors whether there is a column for errors
 * @param state that of a writer that it goes on for
 */
export function writeParquet(withErrors: boolean, state?: ParquetState): ResultWriter {
  const table = tableRows(withErrors, state?.columns);
  const bytes = new ByteWriter();
  let schema = state?.schema;
  let writer: ParquetWriter | undefined;
  let rows: TableCells[] = [];
  const take = (): Uint8Array => {
    const all = bytes.getBytes().slice();
    // What was taken is not needed again; offsets are counted by themselves.
    bytes.index = 0;
    return all;
  };
  const open = (): ParquetWriter => {
    const made = new ParquetWriter({ writer: bytes, schema: [...schema!], createdBy: 'inpoint' });
    if (state) {
      made.row_groups = [...state.rowGroups];
      made.num_rows = state.rowGroups.reduce((sum, { num_rows }) => sum + num_rows, 0n);
      bytes.offset = state.bytes;
      bytes.index = 0;
    }
    return made;
  };
  const writeGroup = (): void => {
    schema ??= schemaOf(table.columns ?? [], rows);
    writer ??= open();
    if (rows.length === 0) return;
    const columnData = table.columns!.map((name, place) => ({
      name,
      data: rows.map((row) => fitted(row[place]!, schema![place + 1]!)),
      offsetIndex: false,
    }));
    void writer.write({ columnData, rowGroupSize: rows.length });
    rows = [];
  };
  return {
    get isClean() {
      return rows.length === 0 && !table.isWaiting;
    },
    get state(): ParquetState | undefined {
      if (!writer) return state;
      return { schema: schema!, columns: table.columns!, rowGroups: [...writer.row_groups], bytes: bytes.offset };
    },
    write(results) {
      for (const row of table.add(results)) rows.push(row);
      if (rows.length >= groupRows) writeGroup();
      return take();
    },
    end() {
      for (const row of table.end()) rows.push(row);
      writeGroup();
      void writer!.finish();
      return take();
    },
  };
}

/** One type a column; where values are of several, or none is there, it holds texts. */
function schemaOf(columns: readonly string[], rows: readonly TableCells[]): SchemaElement[] {
  const elements = columns.map((name, place): SchemaElement => {
    const types = new Set(rows.map((row) => (row[place] === null ? undefined : typeof row[place])));
    types.delete(undefined);
    const only = types.size === 1 ? [...types][0] : 'string';
    const repetition = { name, repetition_type: 'OPTIONAL' as const };
    if (only === 'number') return { ...repetition, type: 'DOUBLE' };
    if (only === 'boolean') return { ...repetition, type: 'BOOLEAN' };
    return { ...repetition, type: 'BYTE_ARRAY', converted_type: 'UTF8' };
  });
  return [{ name: 'root', num_children: columns.length }, ...elements];
}

function fitted(cell: Cell, { name, type }: SchemaElement): Cell {
  if (cell === null) return null;
  if (type === 'BYTE_ARRAY') return typeof cell === 'string' ? cell : String(cell);
  if (typeof cell === (type === 'DOUBLE' ? 'number' : 'boolean')) return cell;
  throw new InputError(
    'outputFormat',
    `The column ${JSON.stringify(name)} of the output holds ${type === 'DOUBLE' ? 'numbers' : 'truth values'} in the first rows, and ${JSON.stringify(cell)} later: a Parquet column has one type. Write outputFormat: 'jsonl'.`,
  );
}
