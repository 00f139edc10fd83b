import type { Metric } from './results.ts';
import { shownValue } from './shown-value.ts';
import type { Summary } from './summarize.ts';
import { at, escapeXml, rivalColours, svgFile } from './svg.ts';

export interface Line {
  readonly rival: string;
  readonly name: string;
  /** From left to right. */
  readonly points: readonly (Summary & { readonly x: number })[];
}

export interface LineChart {
  readonly title: string;
  readonly unit: Metric['unit'];
  /** What the horizontal axis counts. */
  readonly over: string;
  readonly lines: readonly Line[];
}

/** Draws medians over what grows, both axes logarithmic: what is proportional rises at 45°. */
export function lineChart({ title, unit, over, lines }: LineChart): string {
  const points = lines.flatMap((line) => line.points);
  const xs = [...new Set(points.map(({ x }) => x))].toSorted((a, b) => a - b);
  const x = scale(Math.min(...xs), Math.max(...xs), left, right);
  const medians = points.map(({ median }) => median).filter((median) => median > 0);
  const ticks = ticksOf(Math.min(...medians), Math.max(...medians));
  const y = scale(ticks[0]!, ticks.at(-1)!, bottom, top);
  const parts = [
    ...ticks.map(
      (tick) =>
        `<path class="axis" d="M${left} ${at(y(tick))}H${right}"/><text class="quiet" x="${left - 8}" y="${at(y(tick) + 4)}" text-anchor="end">${escapeXml(shownValue(tick, unit))}</text>`,
    ),
    ...xs.map(
      (value) =>
        `<text class="quiet" x="${at(x(value))}" y="${bottom + 20}" text-anchor="middle">${value.toLocaleString('en')}</text>`,
    ),
    `<text class="quiet" x="${(left + right) / 2}" y="${bottom + 40}" text-anchor="middle">${escapeXml(over)}</text>`,
  ];
  for (const [index, { rival, name, points: of }] of lines.entries()) {
    const colour = rivalColours[rival] ?? '#666';
    const drawn = of.filter(({ median }) => median > 0);
    const path = drawn.map((point, i) => `${i === 0 ? 'M' : 'L'}${at(x(point.x))} ${at(y(point.median))}`).join('');
    parts.push(
      `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...drawn.map((point) => `<circle cx="${at(x(point.x))}" cy="${at(y(point.median))}" r="3.5" fill="${colour}"/>`),
      `<circle cx="${right + 20}" cy="${top + 6 + index * 22}" r="5" fill="${colour}"/>`,
      `<text x="${right + 32}" y="${top + 10 + index * 22}">${escapeXml(name)}</text>`,
    );
  }
  return svgFile(title, width, bottom + 56, parts);
}

const [width, left, right, top, bottom] = [720, 80, 500, 56, 336];

/** Of one value alone, the middle. */
function scale(from: number, to: number, start: number, end: number): (value: number) => number {
  const range = Math.log(to) - Math.log(from);
  return (value) => start + (range === 0 ? 0.5 : (Math.log(value) - Math.log(from)) / range) * (end - start);
}

/** 1, 2 and 5 of each decade, around what there is; of many decades, only the 1. */
function ticksOf(least: number, most: number): number[] {
  const [first, last] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  const steps = last - first > 2 ? [1] : [1, 2, 5];
  const all = Array.from({ length: last - first + 1 }, (_, i) => steps.map((step) => step * 10 ** (first + i))).flat();
  const below = all.findLastIndex((tick) => tick <= least);
  const above = all.findIndex((tick) => tick >= most);
  return all.slice(Math.max(0, below), above === -1 ? undefined : above + 1);
}
