import type { Scenario } from '../scenarios/scenario.ts';
import type { CellResult, Metric, Results } from './results.ts';
import { rivalNames } from './rival-names.ts';
import { shownValue } from './shown-value.ts';
import { quantile, ratiosOf, summarize } from './summarize.ts';

/** A plot of a scenario: the file, beside the page's folder of plots, and what it shows. */
export interface PlotLink {
  readonly scenario: string;
  readonly file: string;
  readonly title: string;
}

/** The page of the documentation that shows what a run found. */
export function toMarkdown(
  results: Results,
  scenarios: readonly Scenario[],
  plots: readonly PlotLink[],
  aboutModel: (name: string) => string,
): string {
  const { environment, date } = results;
  const lines = [
    '# Benchmarks',
    '',
    '<!-- Written by `npm run bench`: change bench/report/to-markdown.ts instead. -->',
    '',
    'Inpoint beside what one would use instead, doing the same work on the same models in one run. The *floor* is a worker that is written by hand around bare ONNX Runtime Web, and does nothing else.',
    '',
    `\`npm run bench\` of ${date.slice(0, 10)}: ${environment.browser}, ${environment.processor}, ${environment.cores} cores, ${environment.memoryGB} GB, ${environment.system}; load ${environment.load.map((load) => load.toFixed(1)).join(' before and ')} after; ${environment.threads} thread${environment.threads === 1 ? '' : 's'} a model. ${Object.entries(
      environment.versions,
    )
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.${environment.isQuick ? ' A quick run, with fewer cells and rounds: for a first look.' : ''}`,
    '',
    ...(environment.load[0] > busyLoad
      ? [
          '> Other programs had the machine when this run began: these figures try the benchmark out, and say little of the rivals.',
          '',
        ]
      : []),
    `Each figure is the median of ${environment.rounds} rounds, with the quartiles in brackets; in each round every rival has its turn. *×* is what it is of the floor's figure, the median of the ratios within a round. Answers are compared: one who answers something else has no figure.`,
    '',
  ];
  for (const scenario of scenarios) {
    const cells = results.cells.filter((cell) => cell.scenario === scenario.name);
    if (cells.length === 0) continue;
    lines.push(`## ${scenario.title}`, '', scenario.about, '');
    for (const { file, title } of plots.filter((plot) => plot.scenario === scenario.name))
      lines.push(`![${title}](./benchmarks/${file})`, '');
    for (const group of groupsOf(cells)) lines.push(...tableOf(group, scenario, aboutModel), '');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

/** What a machine that does nothing else stays below. */
const busyLoad = 1;

/** Cells that differ by their rival only. */
function groupsOf(cells: readonly CellResult[]): CellResult[][] {
  return Object.values(
    Object.groupBy(cells, ({ model, condition }) => JSON.stringify([model, condition])),
  ) as CellResult[][];
}

function tableOf(cells: readonly CellResult[], { metrics, name }: Scenario, about: (name: string) => string): string[] {
  const [{ model, condition }] = cells as [CellResult];
  const floor = cells.find(({ rival }) => rival === 'floor');
  const shown = Object.entries(metrics).filter(([metric]) => cells.some(({ values }) => isThere(values[metric])));
  const caption = name === 'bundle' ? '' : `**${[about(model), condition].filter(Boolean).join(', ')}**`;
  const took = cells.filter(({ reason }) => reason === undefined);
  const out = cells.filter(({ reason }) => reason !== undefined && !reason.startsWith('no part'));
  return [
    ...(caption ? [caption, ''] : []),
    ...(took.length > 0
      ? [
          `| | ${shown.map(([, { title }]) => title).join(' | ')} |`,
          `| --- | ${shown.map(() => '---').join(' | ')} |`,
          ...took.map(
            (cell) =>
              `| ${rivalNames[cell.rival] ?? cell.rival} | ${shown.map(([metric, described]) => figure(cell, floor, metric, described)).join(' | ')} |`,
          ),
          '',
        ]
      : []),
    ...cells
      .filter(({ repeated }) => repeated !== undefined)
      .map(
        ({ rival, repeated }) =>
          `- ${rivalNames[rival] ?? rival}, of which a round was repeated: ${escaped(repeated!)}`,
      ),
    ...out.map(({ rival, reason }) => `- ${rivalNames[rival] ?? rival}: ${escaped(reason!)}`),
  ];
}

function figure(
  cell: CellResult,
  floor: CellResult | undefined,
  metric: string,
  { unit, isDifference }: Metric,
): string {
  const numbers = cell.values[metric];
  if (!isThere(numbers)) return '–';
  const { median, low, high, count } = summarize(numbers.filter(Number.isFinite));
  const spread = count > 1 && low !== high ? ` (${shownValue(low, unit)} to ${shownValue(high, unit)})` : '';
  const ratio =
    isDifference || cell === floor ? Number.NaN : quantile(ratiosOf(numbers, floor?.values[metric] ?? []), 0.5);
  return `${shownValue(median, unit)}${spread}${Number.isFinite(ratio) ? `, ${ratio.toFixed(2)} ×` : ''}`;
}

function isThere(numbers: readonly number[] | undefined): numbers is readonly number[] {
  return numbers?.some(Number.isFinite) ?? false;
}

function escaped(text: string): string {
  return text.replace(/[<>|*_`]/g, (sign) => `\\${sign}`);
}
