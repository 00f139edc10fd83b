import type { Scenario } from '../scenarios/scenario.ts';
import { barChart, type BarGroup } from './bar-chart.ts';
import { lineChart, type Line } from './line-chart.ts';
import type { CellResult, Metric, Results } from './results.ts';
import { rivalNames } from './rival-names.ts';
import { summarize } from './summarize.ts';
import type { PlotLink } from './to-markdown.ts';

/** A plot and the file that it is written to. */
export interface Plot extends PlotLink {
  readonly svg: string;
}

/** What is plotted of each scenario; those that grow are lines. */
const plotted: readonly { readonly scenario: string; readonly metric: string; readonly over?: 'MB' | 'callers' }[] = [
  { scenario: 'start', metric: 'coldMs' },
  { scenario: 'start', metric: 'warmMs' },
  { scenario: 'latency', metric: 'p50' },
  { scenario: 'throughput', metric: 'perSecond' },
  { scenario: 'chat', metric: 'tokensPerSecond' },
  { scenario: 'main-thread', metric: 'longestTaskMs' },
  { scenario: 'memory', metric: 'steadyMB' },
  { scenario: 'memory', metric: 'closedMB' },
  { scenario: 'growth', metric: 'coldMs', over: 'MB' },
  { scenario: 'growth', metric: 'warmMs', over: 'MB' },
  { scenario: 'load', metric: 'perSecond', over: 'callers' },
];

/** The plots of a run. */
export function plotsOf(results: Results, scenarios: readonly Scenario[]): Plot[] {
  return plotted.flatMap(({ scenario: name, metric, over }): Plot[] => {
    const scenario = scenarios.find((one) => one.name === name);
    const described = scenario?.metrics[metric];
    const cells = results.cells.filter(
      (cell) => cell.scenario === name && (cell.values[metric] ?? []).some(Number.isFinite),
    );
    if (!scenario || !described || cells.length === 0) return [];
    const title = `${scenario.title}: ${described.title}`;
    const svg = over
      ? lineChart({ title, unit: described.unit, over, lines: linesOf(cells, metric, over) })
      : barChart({ title, metric: described, groups: groupsOf(cells, metric, described) });
    return [{ scenario: name, file: `${name}-${kebab(metric)}.svg`, title, svg }];
  });
}

function groupsOf(cells: readonly CellResult[], metric: string, { unit }: Metric): BarGroup[] {
  const groups = Object.groupBy(cells, ({ model, condition }) => [model, condition].filter(Boolean).join(', '));
  return Object.entries(groups).map(([title, list = []]) => ({
    title,
    unit,
    bars: list.map(({ rival, values }) => ({
      rival,
      name: rivalNames[rival] ?? rival,
      ...summarize(values[metric]!.filter(Number.isFinite)),
    })),
  }));
}

function linesOf(cells: readonly CellResult[], metric: string, over: 'MB' | 'callers'): Line[] {
  const lines = Object.groupBy(cells, ({ rival }) => rival);
  return Object.entries(lines).map(([rival, list = []]) => ({
    rival,
    name: rivalNames[rival] ?? rival,
    points: list
      .map(({ model, condition, values }) => ({
        x: Number((over === 'MB' ? /-(\d+)$/.exec(model) : /^(\d+) /.exec(condition))?.[1]),
        ...summarize(values[metric]!.filter(Number.isFinite)),
      }))
      .toSorted((a, b) => a.x - b.x),
  }));
}

function kebab(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => `-${letters.toLowerCase()}`);
}
