import * as v from 'valibot';
import { finite, numbers, type BaseManifest } from './base.ts';
import { labels, scoreStep, type ScoreStep } from './score.ts';

/** A column of the raw table, in the order of a CSV row. */
export interface Column {
  readonly name: string;
  readonly type: 'number' | 'category';
  /** What a category may be; anything else is refused. @default anything */
  readonly values?: readonly Category[] | undefined;
  /**
   * Whether a value may be missing. A missing number is NaN, a missing category null, and where no step fills them
   * the model is fed NaN or an empty string.
   *
   * @default whether a step says what becomes of it: `impute`, or a `null` among the categories
   */
  readonly optional?: boolean | undefined;
}

/** A category as JSON has it. A number is met by its digits too (`"408"`), a boolean by its name (`"True"`). */
type Category = string | number | boolean;

/**
 * From a row's columns to features. Each works on the columns it names, in the order it names them, and what it makes
 * of a column takes its place; all is computed in float64, as scikit-learn does. With the attributes of the fitted
 * objects that hold the numbers:
 *
 * - `impute`: a missing value becomes `values[i]` (`SimpleImputer.statistics_`). With `indicator`, columns
 *   `missingindicator_<name>` of 0 or 1 that say whether it was missing come right behind the last of `columns`.
 * - `standard-scale`: `(x - mean_i) / scale_i` (`StandardScaler.mean_`, `scale_`; `RobustScaler.center_`, `scale_`;
 *   `MaxAbsScaler`: 0, `scale_`. A part that was switched off is 0, or 1).
 * - `min-max-scale`: `x * scale_i + min_i` (`MinMaxScaler.scale_`, `min_`).
 * - `clip`: `min(max(x, min), max)` (`MinMaxScaler(clip=True)`: after it, its `feature_range`).
 * - `log1p`: `ln(1 + x)`.
 * - `power`: the transform of Yeo and Johnson or of Box and Cox with `lambdas[i]` (`PowerTransformer.lambdas_`; a
 *   `standard-scale` with its `_scaler` comes after it).
 * - `bin`: the number of the inner edges, those but the first and the last, that are not above x
 *   (`KBinsDiscretizer.bin_edges_`; `one-hot` may come after it).
 * - `normalize`: `x / |x|` over the columns of a row, by their l1, l2 or max norm (`Normalizer`); zeros stay.
 * - `one-hot`: one column `<name>_<category>`, or `<name>_nan`, of 0 or 1 a category (`OneHotEncoder.categories_`), without the one at
 *   `drop[i]` (`drop_idx_`).
 * - `ordinal`: the index of the category (`OrdinalEncoder.categories_`).
 * - `select`: keeps these columns, in this order. First, it does what `ColumnTransformer` does with the order of columns.
 */
export type TableStep =
  | ImputeStep
  | {
      readonly step: 'standard-scale';
      readonly columns: readonly string[];
      readonly mean: readonly number[];
      readonly scale: readonly number[];
    }
  | {
      readonly step: 'min-max-scale';
      readonly columns: readonly string[];
      readonly min: readonly number[];
      readonly scale: readonly number[];
    }
  | { readonly step: 'clip'; readonly columns: readonly string[]; readonly min: number; readonly max: number }
  | { readonly step: 'log1p'; readonly columns: readonly string[] }
  | {
      readonly step: 'power';
      readonly columns: readonly string[];
      readonly method: 'yeo-johnson' | 'box-cox';
      readonly lambdas: readonly number[];
    }
  | {
      readonly step: 'bin';
      readonly columns: readonly string[];
      readonly edges: readonly (readonly number[])[];
    }
  | { readonly step: 'normalize'; readonly columns: readonly string[]; readonly norm: 'l1' | 'l2' | 'max' }
  | OneHotStep
  | OrdinalStep
  | { readonly step: 'select'; readonly columns: readonly string[] };

interface ImputeStep {
  readonly step: 'impute';
  readonly columns: readonly string[];
  readonly values: readonly Category[];
  /** For which columns to say that they were missing: all, or these (`indicator_.features_`). @default none */
  readonly indicator?: boolean | readonly string[] | undefined;
}

export interface OneHotStep {
  readonly step: 'one-hot';
  readonly columns: readonly string[];
  /** Of each column. A missing value is one where `null` is listed, which is how NaN and None are written here. */
  readonly categories: readonly (readonly (Category | null)[])[];
  /** Index of the category that gets no column of its own, a column; null drops none. @default none */
  readonly drop?: readonly (number | null)[] | undefined;
  /** What a category that is not listed is: an error, or zeros throughout. @default 'error' */
  readonly unknown?: 'error' | 'ignore' | undefined;
}

export interface OrdinalStep {
  readonly step: 'ordinal';
  readonly columns: readonly string[];
  readonly categories: readonly (readonly (Category | null)[])[];
  /** What a category that is not listed is: an error, or this number (`unknown_value`). @default 'error' */
  readonly unknown?: 'error' | number | undefined;
  /**
   * What a missing value becomes where `null` is listed: `encoded_missing_value` if it was NaN; if it was None, which
   * scikit-learn takes for a category like others, its index. @default NaN
   */
  readonly missing?: number | undefined;
}

const columns = v.pipe(v.array(v.string()), v.minLength(1));
const category = v.union([v.string(), finite, v.boolean()]);
const categories = v.array(v.pipe(v.array(v.nullable(category)), v.minLength(1)));

const tableStep: v.GenericSchema<unknown, TableStep> = v.variant('step', [
  v.strictObject({
    step: v.literal('impute'),
    columns,
    values: v.array(category),
    indicator: v.optional(v.union([v.boolean(), v.array(v.string())])),
  }),
  v.strictObject({ step: v.literal('standard-scale'), columns, mean: numbers, scale: numbers }),
  v.strictObject({ step: v.literal('min-max-scale'), columns, min: numbers, scale: numbers }),
  v.strictObject({ step: v.literal('clip'), columns, min: finite, max: finite }),
  v.strictObject({ step: v.literal('log1p'), columns }),
  v.strictObject({
    step: v.literal('power'),
    columns,
    method: v.picklist(['yeo-johnson', 'box-cox']),
    lambdas: numbers,
  }),
  v.strictObject({ step: v.literal('bin'), columns, edges: v.array(v.pipe(v.array(finite), v.minLength(2))) }),
  v.strictObject({ step: v.literal('normalize'), columns, norm: v.picklist(['l1', 'l2', 'max']) }),
  v.strictObject({
    step: v.literal('one-hot'),
    columns,
    categories,
    drop: v.optional(v.array(v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0))))),
    unknown: v.optional(v.picklist(['error', 'ignore'])),
  }),
  v.strictObject({
    step: v.literal('ordinal'),
    columns,
    categories,
    unknown: v.optional(v.union([v.literal('error'), finite])),
    missing: v.optional(finite),
  }),
  v.strictObject({ step: v.literal('select'), columns }),
]);

/**
 * What the two tasks of tables share. A model with one input is fed all features as one tensor `[1, features]`; one
 * with several is fed, by the input's name or by what `feeds` says of it, one feature `[1, 1]`, one of `groups`, or all
 * (`"features"`).
 */
interface TableManifest extends BaseManifest {
  /** None where nothing says which there are: a model with one input a column then tells them itself. */
  readonly columns: readonly Column[];
  readonly preprocess: readonly TableStep[];
  /** Features that are fed as one tensor `[1, features]`, by the name of a model's input. @default none */
  readonly groups?: Readonly<Record<string, readonly string[]>> | undefined;
}

export interface TabularClassificationManifest extends TableManifest {
  readonly task: 'tabular-classification';
  readonly labels: readonly string[];
  /**
   * From the numbers of the output to scores. The default goes by the output's name:
   *
   * - `prob` is in it, or the model gives labels too, as scikit-learn's do: no step. One number alone, of a model
   *   with two labels or none that are named, is that of the second: `complement`.
   * - `logit` is in it: `softmax`; one number alone gets `sigmoid` and then `complement`.
   * - neither: none can be told, and the archive is refused until it says.
   *
   * A model that gives a label and no numbers has that label at a score of 1. A number that it gives as its label
   * stands for the name at that place in `labels`, where there is one, else for itself.
   */
  readonly postprocess?: readonly ScoreStep[] | undefined;
}

export interface TabularRegressionManifest extends TableManifest {
  readonly task: 'tabular-regression';
  /** Names of the numbers that the model gives. @default `value`; several: `value_0`, `value_1` … */
  readonly targets: readonly string[];
  readonly postprocess: readonly RegressionStep[];
}

/**
 * From a regression's numbers, one a target, to those of the training data. In the order given:
 *
 * - `inverse-scale`: `x * scale_i + mean_i` (`StandardScaler.inverse_transform`; that of `MinMaxScaler` is the same
 *   with a scale of `1 / scale_` and a mean of `-min_ / scale_`).
 * - `exp`: `e^x`, where the logarithm was learnt.
 * - `expm1`: `e^x - 1`, where `log1p` was.
 */
export type RegressionStep =
  | { readonly step: 'inverse-scale'; readonly mean: readonly number[]; readonly scale: readonly number[] }
  | { readonly step: 'exp' }
  | { readonly step: 'expm1' };

const regressionStep: v.GenericSchema<unknown, RegressionStep> = v.variant('step', [
  v.strictObject({ step: v.literal('inverse-scale'), mean: numbers, scale: numbers }),
  v.strictObject({ step: v.literal('exp') }),
  v.strictObject({ step: v.literal('expm1') }),
]);

export type TableTaskManifest = TabularClassificationManifest | TabularRegressionManifest;

const fields = {
  columns: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          name: v.string(),
          type: v.picklist(['number', 'category']),
          values: v.optional(v.pipe(v.array(category), v.minLength(1))),
          optional: v.optional(v.boolean()),
        }),
      ),
      v.minLength(1),
    ),
  ),
  preprocess: v.optional(v.array(tableStep)),
  groups: v.optional(v.record(v.string(), columns)),
} as const;

/** What `inference.json` may say beside what every task may. */
export const tableFields: Readonly<Record<TableTaskManifest['task'], v.ObjectEntries>> = {
  'tabular-classification': { ...fields, labels: v.optional(labels), postprocess: v.optional(v.array(scoreStep)) },
  'tabular-regression': {
    ...fields,
    targets: v.optional(v.pipe(v.array(v.string()), v.minLength(1))),
    postprocess: v.optional(v.array(regressionStep)),
  },
};
