import { InferenceError, ManifestError } from '../errors.ts';
import type { TabularRegressionManifest } from '../manifest/index.ts';
import { undoScaling } from '../postprocess/regression.ts';
import type { NamedTensors } from '../tensor.ts';
import { checkNumbers } from './check-numbers.ts';
import { numbersOf } from './feeds.ts';
import { createTableFeeds, type TableRow } from './table-feeds.ts';
import type { Task, TaskContext } from './task.ts';

/** What a regression answers. */
export interface Regression {
  /** The number that the model gives; the first of several. */
  value: number;
  /** All of them, by the names of `targets`. */
  values: Record<string, number>;
}

type Context = TaskContext<TabularRegressionManifest>;

/** What number, or numbers, a row of a table has. */
export function tabularRegression(context: Context): Task<TableRow, object, Regression> {
  const feedsOf = createTableFeeds(context);
  const names = outputsOf(context);
  const { targets, postprocess } = context.manifest;
  checkSteps(context.manifest);
  return {
    prepare: (row) => ({
      records: [feedsOf(row)],
      finish: ([outputs]) => answer(numbersAmong(outputs!, names), targets, postprocess),
    }),
  };
}

function answer(
  numbers: readonly number[],
  targets: readonly string[],
  steps: TabularRegressionManifest['postprocess'],
): Regression {
  if (numbers.length === 0 || (targets.length > 0 && targets.length !== numbers.length)) {
    throw new InferenceError(
      'inference-failed',
      `The model gave ${numbers.length} numbers, and "targets" of inference.json names ${targets.length}. Name one a number.`,
    );
  }
  const values = checkNumbers(undoScaling(numbers, steps));
  const name = (i: number): string => targets[i] ?? (values.length === 1 ? 'value' : `value_${i}`);
  return { value: values[0]!, values: Object.fromEntries(values.map((value, i) => [name(i), value])) };
}

function numbersAmong(outputs: NamedTensors, names: readonly string[]): number[] {
  return names.flatMap((name) => Array.from(numbersOf(outputs[name]!)));
}

/** The outputs with the numbers: the one that `results` names, those with the names of targets, or the only one. */
function outputsOf({ manifest: { results, targets }, outputs }: Context): string[] {
  const names = outputs.filter(({ type }) => type !== undefined && type !== 'string').map(({ name }) => name);
  const said = ['value', 'values', 'predictions'].map((role) => results[role]).find((name) => name !== undefined);
  if (said !== undefined && names.includes(said)) return [said];
  if (said === undefined && targets.length > 0 && targets.every((target) => names.includes(target)))
    return [...targets];
  const usual = ['variable', 'predictions', 'prediction', 'value', 'output'].find((name) => names.includes(name));
  const found = names.length === 1 ? names[0] : usual;
  if (said === undefined && found !== undefined) return [found];
  const there = outputs.map(({ name }) => JSON.stringify(name)).join(', ');
  throw new ManifestError(
    'task-unsupported',
    said === undefined
      ? `Nothing says which output of the model holds its numbers: it gives ${there}. Name it under "results" of inference.json: { "value": "…" }.`
      : `The model has no output of numbers ${JSON.stringify(said)}, which "results" of inference.json names; it gives ${there}.`,
  );
}

function checkSteps({ postprocess, targets }: TabularRegressionManifest): void {
  for (const [index, step] of postprocess.entries()) {
    if (step.step !== 'inverse-scale') continue;
    for (const field of ['mean', 'scale'] as const) {
      const { length } = step[field];
      if (length === 1 || length === targets.length) continue;
      throw new ManifestError(
        'file-invalid',
        `postprocess[${index}].${field} of inference.json has ${length} numbers, and there ${targets.length === 1 ? 'is 1 target' : `are ${targets.length} targets`}. Give one a target, named in "targets", or one for all.`,
      );
    }
  }
}
