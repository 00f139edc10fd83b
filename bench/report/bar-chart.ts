import type { Metric } from './results.ts';
import { shownValue } from './shown-value.ts';
import type { Summary } from './summarize.ts';
import { at, escapeXml, rivalColours, svgFile } from './svg.ts';

/** Bars that can be compared with each other: each group has a scale of its own. */
export interface BarGroup {
  readonly title: string;
  readonly unit: Metric['unit'];
  readonly bars: readonly (Summary & { readonly rival: string; readonly name: string })[];
}

export interface BarChart {
  readonly title: string;
  readonly metric: Metric;
  readonly groups: readonly BarGroup[];
}

/** Draws medians as bars, and from quartile to quartile as a line over their ends. */
export function barChart({ title, metric, groups }: BarChart): string {
  const parts: string[] = [`<text class="quiet" x="20" y="50">${metric.better} is better</text>`];
  let y = 78;
  for (const { title: name, unit, bars } of groups) {
    parts.push(`<text x="20" y="${y}" font-weight="600">${escapeXml(name)}</text>`);
    y += 10;
    const most = Math.max(...bars.map(({ high, median }) => Math.max(high, median)), Number.MIN_VALUE);
    const place = (value: number): number => left + (Math.max(0, value) / most) * (right - left);
    for (const { rival, name: who, median, low, high } of bars) {
      const middle = y + barHeight / 2;
      parts.push(
        `<text class="quiet" x="${left - 8}" y="${middle + 4}" text-anchor="end">${escapeXml(who)}</text>`,
        `<rect x="${left}" y="${y}" width="${at(Math.max(1, place(median) - left))}" height="${barHeight}" rx="2" fill="${rivalColours[rival] ?? '#666'}"/>`,
        `<path class="spread" d="M${at(place(low))} ${middle}H${at(place(high))}"/>`,
        `<text x="${at(Math.max(place(median), place(high)) + 6)}" y="${middle + 4}">${escapeXml(shownValue(median, unit))}</text>`,
      );
      y += barHeight + 4;
    }
    y += 22;
  }
  return svgFile(title, width, y, parts);
}

const [width, left, right, barHeight] = [720, 210, 620, 16];
