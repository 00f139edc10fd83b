import type { CellResult, Metric, Results } from './results.ts';
import { quantile, ratiosOf } from './summarize.ts';

/** Ratios that hold on any machine, more or less; see `bench/baseline.json`. */
export interface Baseline {
  /** How many times worse a ratio may be than it was; more is a regression. */
  readonly margin: number;
  readonly ratios: readonly BaselineRatio[];
}

export interface BaselineRatio {
  readonly scenario: string;
  readonly model: string;
  readonly condition: string;
  readonly metric: string;
  readonly rival: string;
  /** The other one, whose number it is divided by in each round. */
  readonly to: string;
  readonly ratio: number;
  /** Where another one is right for this ratio. @default that of the baseline */
  readonly margin?: number;
}

/** What became of the ratios of a baseline. */
export interface Comparison {
  /** Those that are past their margin, or that should have been measured and were not, in sentences. */
  readonly failures: readonly string[];
  /** How many were looked at. */
  readonly compared: number;
  /** Those that were not, since the run has no such cell, or the model is not there. */
  readonly left: readonly string[];
}

/** What metrics a scenario has, by its name. */
export type MetricsOf = (scenario: string) => Readonly<Record<string, Metric>> | undefined;

/** Compares the ratios of a run with those of a baseline. Absolute numbers are never compared: they are the machine's. */
export function compareWithBaseline(results: Results, baseline: Baseline, metricsOf: MetricsOf): Comparison {
  const failures: string[] = [];
  const left: string[] = [];
  let compared = 0;
  for (const entry of baseline.ratios) {
    const { scenario, model, condition, metric, rival, to, ratio, margin = baseline.margin } = entry;
    const name = `${[scenario, model, condition].filter(Boolean).join(', ')}: ${metric} of ${rival} to ${to}`;
    const find = (who: string): CellResult | undefined =>
      results.cells.find(
        (cell) =>
          cell.scenario === scenario && cell.model === model && cell.condition === condition && cell.rival === who,
      );
    const [cell, other] = [find(rival), find(to)];
    const described = metricsOf(scenario)?.[metric];
    if (!described) {
      failures.push(`${name} is in the baseline, and the benchmark has no such metric.`);
      continue;
    }
    const isMissing = [cell, other].some((one) => one === undefined || one.reason?.startsWith('skipped'));
    if (isMissing) {
      left.push(name);
      continue;
    }
    compared++;
    const now = quantile(ratiosOf(cell!.values[metric] ?? [], other!.values[metric] ?? []), 0.5);
    if (Number.isNaN(now)) {
      failures.push(`${name} was not measured: ${cell!.reason ?? other!.reason ?? 'there are no numbers'}.`);
      continue;
    }
    const worse = described.better === 'lower' ? now / ratio : ratio / now;
    if (worse > margin) {
      failures.push(
        `${name} is ${now.toFixed(2)}, and was ${ratio.toFixed(2)}: ${worse.toFixed(2)} times worse, and ${margin} is the margin.`,
      );
    }
  }
  return { failures, compared, left };
}

/**
 * Makes a baseline of a run: Inpoint to the floor and to Transformers.js, wherever both were measured. What an earlier one
 * has besides stays, with its margins.
 */
export function baselineOf(results: Results, metricsOf: MetricsOf, earlier: Baseline): Baseline {
  const keyOf = ({ scenario, model, condition, metric, rival, to }: BaselineRatio): string =>
    JSON.stringify([scenario, model, condition, metric, rival, to]);
  const found = new Map(ratiosOfRun(results, metricsOf).map((ratio) => [keyOf(ratio), ratio]));
  const kept = earlier.ratios.map((ratio) => ({ ...ratio, ratio: found.get(keyOf(ratio))?.ratio ?? ratio.ratio }));
  for (const ratio of kept) found.delete(keyOf(ratio));
  return { margin: earlier.margin, ratios: [...kept, ...found.values()] };
}

function ratiosOfRun(results: Results, metricsOf: MetricsOf): BaselineRatio[] {
  return results.cells
    .filter(({ rival, reason }) => rival === 'inpoint' && reason === undefined)
    .flatMap((cell) =>
      ['floor', 'transformers'].flatMap((to) => {
        const other = results.cells.find(
          (one) =>
            one.scenario === cell.scenario &&
            one.model === cell.model &&
            one.condition === cell.condition &&
            one.rival === to &&
            one.reason === undefined,
        );
        return Object.entries(metricsOf(cell.scenario) ?? {}).flatMap(([metric, { isDifference }]): BaselineRatio[] => {
          const { scenario, model, condition } = cell;
          const ratio = quantile(ratiosOf(cell.values[metric] ?? [], other?.values[metric] ?? []), 0.5);
          // What may be nothing has no ratio; and a few late calls say more of the machine than of the code.
          if (isDifference || metric.startsWith('p9') || !Number.isFinite(ratio) || ratio === 0) return [];
          return [{ scenario, model, condition, metric, rival: 'inpoint', to, ratio: Number(ratio.toPrecision(3)) }];
        });
      }),
    );
}
