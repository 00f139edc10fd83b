import { InferenceError, InputError } from '../../errors.ts';
import type { TransformResult } from '../result.ts';
import { flatten, type Cell } from './flatten.ts';

/** A row by its columns' places. */
export type TableCells = readonly Cell[];

/** Makes rows of one table of results: the first answer says which columns there are. */
export interface TableRows {
  /** Undefined until the first answer. */
  readonly columns: readonly string[] | undefined;
  /** Whether results wait for the first answer. */
  readonly isWaiting: boolean;
  /** Rows of these results, and of those that waited. */
  add(results: readonly TransformResult[]): TableCells[];
  /** Rows of those that waited in vain. */
  end(): TableCells[];
}

/** Records without an answer that may come before the first one. */
const maxWaiting = 10_000;

/**
 * @param withErrors whether there is a last column `error`, which has a text where there is no answer
 * @param given the columns, where it goes on with a table
 */
export function tableRows(withErrors: boolean, given?: readonly string[]): TableRows {
  let columns = given;
  let places = placesOf(given);
  let waiting: TransformResult[] = [];
  const rowOf = (result: TransformResult): TableCells => {
    const cells: Cell[] = Array.from({ length: columns!.length }, () => null);
    const error = 'error' in result ? result.error : undefined;
    for (const [name, cell] of flatten(result.output)) {
      const place = places.get(name);
      if (place !== undefined) cells[place] = cell;
      else if (!error) throw newColumn(result.index, name, columns!);
    }
    if (error) cells[cells.length - 1] = error.message;
    return cells;
  };
  const begin = (names: readonly string[]): void => {
    columns = withErrors ? [...names.filter((name) => name !== 'error'), 'error'] : names;
    places = placesOf(columns);
  };
  const flush = (): TableCells[] => {
    const rows = waiting.map(rowOf);
    waiting = [];
    return rows;
  };
  return {
    get columns() {
      return columns;
    },
    get isWaiting() {
      return waiting.length > 0;
    },
    add(results) {
      if (columns) return results.map(rowOf);
      waiting.push(...results);
      const first = results.find((result) => !('error' in result));
      if (first) {
        begin([...flatten(first.output).keys()]);
        return flush();
      }
      if (waiting.length >= maxWaiting) throw noColumns(waiting);
      return [];
    },
    end() {
      if (waiting.length > 0) begin([]);
      return flush();
    },
  };
}

function placesOf(columns: readonly string[] = []): ReadonlyMap<string, number> {
  return new Map(columns.map((name, place) => [name, place]));
}

function newColumn(index: number, name: string, columns: readonly string[]): InputError {
  return new InputError(
    'outputFormat',
    `The result of record ${index + 1} has a column ${JSON.stringify(name)}, which that of the first one has not (${columns.slice(0, 20).join(', ')}): a table cannot hold both. Choose what all have with outputFilter, or write outputFormat: 'jsonl'.`,
  );
}

function noColumns(waiting: readonly TransformResult[]): InferenceError {
  const [first] = waiting;
  const reason = first && 'error' in first ? first.error.message : '';
  return new InferenceError(
    'inference-failed',
    `None of the first ${waiting.length} records has an answer, so that nothing tells the columns of the output. The first one: ${reason}`,
  );
}
