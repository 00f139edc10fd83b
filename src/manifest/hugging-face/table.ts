import type { ArchiveReader } from '../archive-reader.ts';
import type { Json } from '../read-json.ts';
import type { Column, TableTaskManifest, TabularClassificationManifest, TabularRegressionManifest } from '../table.ts';
import { labelsOf } from './labels.ts';

type Inferred<M extends TableTaskManifest> = Pick<M, 'columns' | 'preprocess'> &
  (M extends TabularClassificationManifest
    ? Pick<M, 'labels'>
    : Pick<TabularRegressionManifest, 'targets' | 'postprocess'>);

/**
 * What an archive says of its table beside `inference.json`: the columns that skops and the Hugging Face Hub write
 * into `config.json` (`{ "sklearn": { "columns": […], "example_input": { column: [values] } } }`), whose types are
 * those of the examples, and labels by `id2label`.
 */
export function inferTable<T extends TableTaskManifest['task']>(
  task: T,
  { config }: Pick<ArchiveReader, 'config'>,
): Inferred<Extract<TableTaskManifest, { task: T }>> {
  const table = { columns: sklearnColumns(config), preprocess: [] };
  return (
    task === 'tabular-classification'
      ? { ...table, labels: labelsOf(config) }
      : { ...table, targets: [], postprocess: [] }
  ) as never;
}

function sklearnColumns(config: Json | undefined): Column[] {
  const { columns, example_input: examples } = (config?.['sklearn'] ?? {}) as {
    columns?: unknown;
    example_input?: Readonly<Record<string, unknown>>;
  };
  if (!Array.isArray(columns)) return [];
  return columns.map((column) => {
    const name = String(column);
    const values: unknown = examples?.[name];
    const isCategory =
      Array.isArray(values) && values.some((value) => typeof value === 'string' || value === true || value === false);
    return { name, type: isCategory ? 'category' : 'number' };
  });
}
