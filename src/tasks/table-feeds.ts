import { InputError, ManifestError } from '../errors.ts';
import type { Column, TableTaskManifest } from '../manifest/index.ts';
import { createTableEncoder, type Cell, type Feature } from '../preprocess/table.ts';
import type { TensorInfo } from '../runtime/session.ts';
import type { NamedTensors, Tensor } from '../tensor.ts';
import { castTensor } from '../cast-tensor.ts';
import { checkBatch } from './feeds.ts';
import type { TaskContext } from './task.ts';

/**
 * One row of a table: an object by column name, its values in the order of the columns, or a line of CSV (RFC 4180).
 * A number may be given as text. Missing are null, undefined, NaN, blank text, what an object leaves out, and the
 * words that pandas takes for missing (`NA`, `NaN`, `null` …).
 */
export type TableRow = object | string;

/**
 * Makes what turns a row into the tensors that the model is fed, as the manifest's columns and steps say.
 *
 * @throws {ManifestError} where they and the model's inputs do not fit each other.
 */
export function createTableFeeds({
  manifest,
  inputs,
}: Pick<TaskContext<TableTaskManifest>, 'manifest' | 'inputs'>): (row: unknown) => NamedTensors {
  checkBatch(inputs);
  const columns = manifest.columns.length > 0 ? manifest.columns : columnsOf(inputs, manifest);
  const { features } = createTableEncoder(columns, manifest.preprocess);
  const named = new Map(inputs.map((input) => [input, featuresOf(input, features, manifest, inputs.length)]));
  // What no input takes need not be in a row.
  const needed = features.filter((feature) => [...named.values()].some((list) => list.includes(feature)));
  const encoder = createTableEncoder(columns, [
    ...manifest.preprocess,
    { step: 'select', columns: needed.map(({ name }) => name) },
  ]);
  const plan = [...named].map(([input, list]) => createFeed(input, list, needed));
  return (row) => {
    const cells = encoder.encode(row);
    return Object.fromEntries(plan.map((feed) => feed(cells)));
  };
}

/** The columns that a model of one input a column tells by itself. */
function columnsOf(inputs: readonly TensorInfo[], { task }: TableTaskManifest): Column[] {
  const alone = inputs.every(({ shape }) => shape.length < 2 || shape.at(-1) === 1);
  if (inputs.length > 1 && alone) {
    return inputs.map(({ name, type }) => ({ name, type: type === 'string' ? 'category' : 'number' }));
  }
  throw new ManifestError(
    'task-unsupported',
    `Nothing says which columns the table of this ${task} model has. Write them into inference.json in the order of its training data: "columns": [{ "name": "age", "type": "number" }, { "name": "sex", "type": "category" }].`,
  );
}

/**
 * The features that an input is fed, by its name, by what `feeds` says of it, or all where it is the only one. Exporters
 * write `_` for the letters in a column's name that they do not take.
 */
function featuresOf(
  { name }: TensorInfo,
  features: readonly Feature[],
  { feeds, groups = {} }: TableTaskManifest,
  inputs: number,
): readonly Feature[] {
  const find = (wanted: string): Feature | undefined =>
    features.find((feature) => feature.name === wanted) ??
    features.find((feature) => feature.name.replaceAll(/[^A-Za-z0-9]/g, '_') === wanted);
  const said = feeds[name];
  const role = typeof said === 'string' ? said : inputs === 1 ? 'features' : name;
  const group = Object.hasOwn(groups, role) ? groups[role] : undefined;
  const one = find(role);
  if (group) {
    return group.map((wanted, place) => {
      const found = find(wanted);
      if (found) return found;
      throw new ManifestError(
        'file-invalid',
        `groups.${role}[${place}] of inference.json is ${JSON.stringify(wanted)}, which no step gives. There are ${listNames(features)}.`,
      );
    });
  }
  if (role === 'features') return features;
  if (one) return [one];
  throw new ManifestError(
    'task-unsupported',
    `The model wants an input ${JSON.stringify(role)}, which the table does not give: it gives ${listNames(features)}. Say under "feeds" of inference.json which of them it is, or under "groups" which of them are fed together.`,
  );
}

/** @param cells of all `needed` features, in their order */
type FeedOne = (cells: readonly Cell[]) => [name: string, tensor: Tensor];

/** @throws {ManifestError} where the features are not what the input holds. */
function createFeed(input: TensorInfo, list: readonly Feature[], needed: readonly Feature[]): FeedOne {
  const { name, type = 'float32', shape } = input;
  const width = shape.at(-1);
  if (shape.length > 1 && typeof width === 'number' && width > 0 && width !== list.length) {
    throw new ManifestError(
      'task-unsupported',
      `The input ${JSON.stringify(name)} of the model takes ${width} numbers, and the columns and steps of inference.json make ${list.length}: ${listNames(list)}. Compare them with what the model was trained on.`,
    );
  }
  const dims = shape.length === 1 && list.length === 1 ? [1] : [1, list.length];
  const places = list.map((feature) => needed.indexOf(feature));
  const misfit = list.find((feature) => (feature.type === 'category') !== (type === 'string'));
  if (misfit) {
    throw new ManifestError(
      'task-unsupported',
      misfit.type === 'category'
        ? `The column ${JSON.stringify(misfit.name)} is a category, and the input ${JSON.stringify(name)} of the model takes ${type}. Add the step "one-hot" or "ordinal" to "preprocess" of inference.json, or make its type "number".`
        : `The column ${JSON.stringify(misfit.name)} is a number, and the input ${JSON.stringify(name)} of the model takes strings. Make its type "category" in inference.json.`,
    );
  }
  if (type === 'string') {
    return (cells) => [name, { type, data: places.map((place) => String(cells[place] ?? '')), dims }];
  }
  const check = wholeTypes.has(type) ? checkWhole : checkRange(type);
  return (cells) => {
    const numbers = Float64Array.from(places, (place) => cells[place] as number);
    for (const [i, feature] of list.entries()) check(numbers[i]!, feature);
    return [name, castTensor({ type: 'float64', data: numbers, dims }, type)];
  };
}

const wholeTypes = new Set(['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64']);

/** @throws {InputError} */
function checkWhole(value: number, { column, name }: Feature): void {
  if (Number.isSafeInteger(value)) return;
  throw new InputError(
    `row.${column}`,
    Number.isNaN(value)
      ? `The column ${JSON.stringify(name)} has no value, and the model takes whole numbers, which cannot be missing.`
      : `The value ${value} of the column ${JSON.stringify(name)} is not a whole number, which is what the model takes.`,
  );
}

/** Numbers that the model's type has no room for would become infinite. */
function checkRange(type: string): typeof checkWhole {
  const largest = type === 'float16' ? 65504 : type === 'float64' ? Number.MAX_VALUE : 2 ** 128 * (1 - 2 ** -24);
  return (value, { column, name }) => {
    if (!(Math.abs(value) > largest)) return;
    throw new InputError(
      `row.${column}`,
      `The value of the column ${JSON.stringify(column)} becomes ${value} as ${JSON.stringify(name)}, which is too large for the model's ${type}.`,
    );
  };
}

function listNames(features: readonly Feature[]): string {
  const names = features.slice(0, 40).map(({ name }) => JSON.stringify(name));
  return `${names.join(', ')}${features.length > names.length ? ` … (${features.length} in all)` : ''}`;
}
