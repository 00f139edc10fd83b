import { InputError, ManifestError } from '../errors.ts';
import type { OneHotStep, OrdinalStep, TableStep } from '../manifest/index.ts';
import { categoryFinder, isMissing, listCategories, type Cell } from './table-categories.ts';

/** A column on its way through the steps. */
export interface Feature {
  readonly name: string;
  readonly type: 'number' | 'category';
  /** The column of the row that it was made of, for messages. */
  readonly column: string;
}

/** A step that was checked against the features before it. */
export interface PlannedStep {
  readonly features: readonly Feature[];
  readonly apply: (cells: readonly Cell[]) => Cell[];
}

/**
 * Checks a step against the features it works on, and plans it.
 *
 * @param at where it is in `inference.json`, as in `preprocess[1]`
 * @throws {ManifestError} `file-invalid` that names the place.
 */
export function planStep(step: TableStep, at: string, features: readonly Feature[]): PlannedStep {
  const chosen = placesOf(step.columns, at, features);
  const planned = plan(step, { at, features, chosen });
  const names = planned.features.map(({ name }) => name);
  const twice = names.find((name, place) => names.indexOf(name) < place);
  if (twice === undefined) return planned;
  throw wrong(at, `makes a second column ${JSON.stringify(twice)}. Rename the one that is there already`);
}

interface Setting {
  readonly at: string;
  readonly features: readonly Feature[];
  /** Places of the features that the step names. */
  readonly chosen: readonly number[];
}

function placesOf(columns: readonly string[], at: string, features: readonly Feature[]): number[] {
  return columns.map((name, i) => {
    const place = features.findIndex((feature) => feature.name === name);
    if (place < 0) {
      const there = features.slice(0, 40).map((feature) => JSON.stringify(feature.name));
      throw wrong(
        `${at}.columns[${i}]`,
        `is ${JSON.stringify(name)}, which is no column there; there are ${there.join(', ')}${features.length > there.length ? ' …' : ''}`,
      );
    }
    if (columns.indexOf(name) < i) throw wrong(`${at}.columns[${i}]`, `is ${JSON.stringify(name)} for the second time`);
    return place;
  });
}

function plan(step: TableStep, setting: Setting): PlannedStep {
  switch (step.step) {
    case 'impute':
      return impute(step, setting);
    case 'standard-scale': {
      const { mean, scale } = step;
      checkLength('mean', mean, setting);
      checkLength('scale', scale, setting);
      checkScale(scale, setting);
      return eachNumber(setting, (x, i) => (x - mean[i]!) / scale[i]!);
    }
    case 'min-max-scale': {
      const { min, scale } = step;
      checkLength('min', min, setting);
      checkLength('scale', scale, setting);
      return eachNumber(setting, (x, i) => x * scale[i]! + min[i]!);
    }
    case 'clip':
      if (step.min > step.max) throw wrong(`${setting.at}.min`, `is ${step.min}, above max, ${step.max}`);
      return eachNumber(setting, (x) => Math.min(Math.max(x, step.min), step.max));
    case 'log1p':
      return eachNumber(setting, (x) => Math.log1p(x), { name: 'log1p', above: -1 });
    case 'power': {
      const { lambdas, method } = step;
      checkLength('lambdas', lambdas, setting);
      return method === 'box-cox'
        ? eachNumber(setting, (x, i) => boxCox(x, lambdas[i]!), { name: 'power', above: 0 })
        : eachNumber(setting, (x, i) => yeoJohnson(x, lambdas[i]!));
    }
    case 'bin':
      checkLength('edges', step.edges, setting);
      checkEdges(step.edges, setting);
      return eachNumber(setting, (x, i) => binOf(x, step.edges[i]!));
    case 'normalize':
      return normalize(step.norm, setting);
    case 'one-hot':
      return oneHot(step, setting);
    case 'ordinal':
      return ordinal(step, setting);
    default:
      return {
        features: setting.chosen.map((place) => setting.features[place]!),
        apply: (cells) => setting.chosen.map((place) => cells[place]!),
      };
  }
}

interface Replacement {
  readonly features: readonly Feature[];
  readonly make: (cell: Cell) => readonly Cell[];
}

/** Replaces each feature that a step names by what is made of it, in its place. */
function replaceEach(
  { features, chosen }: Setting,
  replace: (feature: Feature, i: number) => Replacement,
): PlannedStep {
  const replacements = features.map((feature, place) => {
    const i = chosen.indexOf(place);
    return i < 0 ? undefined : replace(feature, i);
  });
  return {
    features: features.flatMap((feature, place) => replacements[place]?.features ?? [feature]),
    apply(cells) {
      const made: Cell[] = [];
      for (const [place, cell] of cells.entries()) {
        const replacement = replacements[place];
        if (replacement) made.push(...replacement.make(cell));
        else made.push(cell);
      }
      return made;
    },
  };
}

/** The same for a function of numbers, which leaves missing ones alone. */
function eachNumber(
  setting: Setting,
  compute: (x: number, i: number) => number,
  domain?: { name: string; above: number },
): PlannedStep {
  checkNumbers(setting);
  return replaceEach(setting, (feature, i) => ({
    features: [feature],
    make: (cell) => {
      if (isMissing(cell)) return [cell];
      if (domain && !((cell as number) > domain.above)) {
        throw new InputError(
          `row.${feature.column}`,
          `The step ${domain.name} takes numbers above ${domain.above}, and the column ${JSON.stringify(feature.name)} has ${String(cell)}.`,
        );
      }
      return [compute(cell as number, i)];
    },
  }));
}

function impute(step: Extract<TableStep, { step: 'impute' }>, setting: Setting): PlannedStep {
  const { at, features, chosen } = setting;
  checkLength('values', step.values, setting);
  for (const [i, value] of step.values.entries()) {
    const { type, name } = features[chosen[i]!]!;
    if (type === 'number' && typeof value !== 'number') {
      throw wrong(
        `${at}.values[${i}]`,
        `is ${JSON.stringify(value)}, and ${JSON.stringify(name)} is a column of numbers`,
      );
    }
  }
  const told = indicated(step, setting);
  const behind = Math.max(...chosen) + 1;
  const indicators = told.map((place): Feature => {
    const { name, column } = features[place]!;
    return { name: `missingindicator_${name}`, type: 'number', column };
  });
  const filler = new Map(chosen.map((place, i) => [place, step.values[i]!]));
  return {
    features: [...features.slice(0, behind), ...indicators, ...features.slice(behind)],
    apply(cells) {
      const filled = cells.map((cell, place) => (isMissing(cell) ? (filler.get(place) ?? cell) : cell));
      return [
        ...filled.slice(0, behind),
        ...told.map((place) => (isMissing(cells[place]!) ? 1 : 0)),
        ...filled.slice(behind),
      ];
    },
  };
}

function indicated(
  { indicator = false, columns }: Extract<TableStep, { step: 'impute' }>,
  { at, chosen }: Setting,
): readonly number[] {
  if (typeof indicator === 'boolean') return indicator ? chosen : [];
  return indicator.map((name, i) => {
    const place = chosen[columns.indexOf(name)];
    if (place === undefined)
      throw wrong(`${at}.indicator[${i}]`, `is ${JSON.stringify(name)}, which the step does not impute`);
    return place;
  });
}

/** Source: scikit-learn, `PowerTransformer`, which follows Box and Cox (1964). */
function boxCox(x: number, lambda: number): number {
  return lambda === 0 ? Math.log(x) : Math.expm1(lambda * Math.log(x)) / lambda;
}

/** Source: scikit-learn, `PowerTransformer._yeo_johnson_transform`, which follows Yeo and Johnson (2000). */
function yeoJohnson(x: number, lambda: number): number {
  if (x >= 0) return Math.abs(lambda) < epsilon ? Math.log1p(x) : ((x + 1) ** lambda - 1) / lambda;
  return Math.abs(lambda - 2) > epsilon ? -((1 - x) ** (2 - lambda) - 1) / (2 - lambda) : -Math.log1p(-x);
}

/** What a float64 near 1 is spaced by. */
const epsilon = 2 ** -52;

function binOf(x: number, edges: readonly number[]): number {
  return edges.slice(1, -1).filter((edge) => edge <= x).length;
}

function normalize(norm: 'l1' | 'l2' | 'max', setting: Setting): PlannedStep {
  checkNumbers(setting);
  const { features, chosen } = setting;
  return {
    features,
    apply(cells) {
      const numbers = chosen.map((place) => Math.abs(cells[place] as number));
      const length =
        norm === 'max'
          ? Math.max(...numbers)
          : norm === 'l1'
            ? numbers.reduce((sum, x) => sum + x, 0)
            : Math.sqrt(numbers.reduce((sum, x) => sum + x * x, 0));
      const scaled = [...cells];
      if (length !== 0) for (const place of chosen) scaled[place] = (cells[place] as number) / length;
      return scaled;
    },
  };
}

function oneHot({ categories, drop, unknown = 'error' }: OneHotStep, setting: Setting): PlannedStep {
  const { at } = setting;
  checkLength('categories', categories, setting);
  checkCategories(categories, setting);
  if (drop) checkLength('drop', drop, setting);
  return replaceEach(setting, ({ name, column }, i) => {
    const listed = categories[i]!;
    const dropped = drop?.[i] ?? -1;
    if (dropped >= listed.length) {
      throw wrong(
        `${at}.drop[${i}]`,
        `is ${dropped}, and the column has ${listed.length} categories, the first of which is 0`,
      );
    }
    const kept = [...listed.keys()].filter((place) => place !== dropped);
    const find = categoryFinder(listed);
    return {
      features: kept.map((place) => ({ name: `${name}_${String(listed[place] ?? 'nan')}`, type: 'number', column })),
      make(cell) {
        const found = find(cell);
        if (found < 0 && unknown === 'error') throw unknownCategory(cell, name, column, listed);
        return kept.map((place) => (place === found ? 1 : 0));
      },
    };
  });
}

function ordinal({ categories, unknown = 'error', missing = NaN }: OrdinalStep, setting: Setting): PlannedStep {
  checkLength('categories', categories, setting);
  checkCategories(categories, setting);
  return replaceEach(setting, ({ name, column }, i) => {
    const listed = categories[i]!;
    const find = categoryFinder(listed);
    return {
      features: [{ name, type: 'number', column }],
      make(cell) {
        const found = find(cell);
        if (found >= 0) return [listed[found] === null ? missing : found];
        if (unknown === 'error') throw unknownCategory(cell, name, column, listed);
        return [unknown];
      },
    };
  });
}

function unknownCategory(cell: Cell, name: string, column: string, listed: readonly Cell[]): InputError {
  const which = isMissing(cell) ? 'has no value' : `knows no ${JSON.stringify(cell)}`;
  return new InputError(
    `row.${column}`,
    `The column ${JSON.stringify(name)} ${which}; it is one of ${listCategories(listed)}.`,
  );
}

function checkLength(field: string, list: readonly unknown[], { at, chosen }: Setting): void {
  if (list.length === chosen.length) return;
  throw wrong(
    `${at}.${field}`,
    `has ${list.length} ${list.length === 1 ? 'entry' : 'entries'}, and the step names ${chosen.length} ${chosen.length === 1 ? 'column' : 'columns'}: it takes one a column`,
  );
}

function checkNumbers({ at, features, chosen }: Setting): void {
  for (const [i, place] of chosen.entries()) {
    if (features[place]!.type === 'category') {
      throw wrong(
        `${at}.columns[${i}]`,
        `is ${JSON.stringify(features[place]!.name)}, a category, and the step takes numbers; "one-hot" or "ordinal" before it makes numbers of categories`,
      );
    }
  }
}

function checkScale(scale: readonly number[], { at }: Setting): void {
  const zero = scale.indexOf(0);
  if (zero >= 0) throw wrong(`${at}.scale[${zero}]`, 'is 0, by which nothing divides; scikit-learn has a 1 there');
}

function checkEdges(edges: readonly (readonly number[])[], { at }: Setting): void {
  for (const [i, list] of edges.entries()) {
    if (list.some((edge, k) => k > 0 && edge < list[k - 1]!))
      throw wrong(`${at}.edges[${i}]`, 'is not in rising order');
  }
}

function checkCategories(categories: readonly (readonly Cell[])[], { at }: Setting): void {
  for (const [i, list] of categories.entries()) {
    const twice = list.findIndex((category, k) => list.indexOf(category) < k);
    if (twice >= 0)
      throw wrong(`${at}.categories[${i}][${twice}]`, `is ${JSON.stringify(list[twice])} for the second time`);
  }
}

function wrong(place: string, what: string): ManifestError {
  return new ManifestError('file-invalid', `${place} of inference.json ${what}.`);
}
