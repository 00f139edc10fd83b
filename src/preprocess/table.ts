import { ManifestError } from '../errors.ts';
import type { Column, TableStep } from '../manifest/index.ts';
import type { Cell } from './table-categories.ts';
import { createRowReader, type RowColumn } from './table-row.ts';
import { planStep, type Feature } from './table-steps.ts';

export type { Cell } from './table-categories.ts';
export type { Feature } from './table-steps.ts';

/** From a row to the values of features. */
export interface TableEncoder {
  /** What there is after the last step, in order. */
  readonly features: readonly Feature[];
  /**
   * A value a feature; numbers are float64, NaN where a missing one was left so.
   *
   * @throws {InputError} `row`, or `row.<column>` where one value is at fault.
   */
  encode(input: unknown): Cell[];
}

/**
 * Makes the encoder of a table's rows.
 *
 * @throws {ManifestError} `file-invalid` that names the place in `inference.json` where columns and steps disagree.
 */
export function createTableEncoder(columns: readonly Column[], steps: readonly TableStep[]): TableEncoder {
  for (const [place, { name }] of columns.entries()) {
    if (columns.findIndex((column) => column.name === name) < place) {
      throw new ManifestError(
        'file-invalid',
        `Two columns are named ${JSON.stringify(name)}: the second is columns[${place}] of inference.json. Name each once.`,
      );
    }
  }
  let features: readonly Feature[] = columns.map(({ name, type }) => ({ name, type, column: name }));
  const applied = steps.map((step, index) => {
    const planned = planStep(step, `preprocess[${index}]`, features);
    features = planned.features;
    return planned.apply;
  });
  const readRow = createRowReader(columns.map((column) => rowColumn(column, steps, features)));
  return { features, encode: (input) => applied.reduce((cells, apply) => apply(cells), readRow(input)) };
}

function rowColumn(column: Column, steps: readonly TableStep[], features: readonly Feature[]): RowColumn {
  const { name } = column;
  const categories = steps.flatMap((step) =>
    step.step === 'one-hot' || step.step === 'ordinal' ? (step.categories[step.columns.indexOf(name)] ?? []) : [],
  );
  const named = steps.some((step) => step.step !== 'select' && step.columns.includes(name));
  const filled = steps.some((step) => step.step === 'impute' && step.columns.includes(name));
  return {
    ...column,
    optional: column.optional ?? (filled || categories.includes(null)),
    unused: !features.some((feature) => feature.column === name) && !named,
    known: [...(column.values ?? []), ...categories.filter((category) => category !== null)],
  };
}
