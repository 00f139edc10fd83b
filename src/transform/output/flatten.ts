import { toPlainJson } from '../../plain-json.ts';

/** What a cell of a table can hold. */
export type Cell = string | number | boolean | null;

/**
 * A result as a row of a table: the fields of objects within it by their path, as in `SageMakerOutput.score`; lists as
 * JSON. What is no object is the column `output`.
 */
export function flatten(output: unknown): Map<string, Cell> {
  const row = new Map<string, Cell>();
  const plain = toPlainJson(output);
  if (isFields(plain)) add(row, '', plain);
  else row.set('output', cellOf(plain));
  return row;
}

function add(row: Map<string, Cell>, prefix: string, fields: object): void {
  for (const [name, value] of Object.entries(fields)) {
    if (isFields(value)) add(row, `${prefix}${name}.`, value);
    else row.set(prefix + name, cellOf(value));
  }
}

function isFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function cellOf(value: unknown): Cell {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (value instanceof Date) return value.toJSON();
  return value === null || value === undefined ? null : JSON.stringify(value);
}
