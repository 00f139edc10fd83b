import type { JSX } from 'preact';
import { translated } from '../../site/language.ts';

const words = translated({
  en: {
    none: 'nothing yet',
    label: (title: string, lines: string, seconds: number) => `${title}, the last ${seconds} seconds. Now: ${lines}.`,
  },
  ko: {
    none: '아직 없음',
    label: (title: string, lines: string, seconds: number) => `${title}, 최근 ${seconds}초. 지금: ${lines}.`,
  },
});

/** One line of a chart. */
export interface Line {
  readonly name: string;
  /** How it is drawn: the first is the one that the chart is about, `limit` is what others are measured by. */
  readonly look: 'first' | 'second' | 'third' | 'warning' | 'limit';
  /** One each second, the last one now; undefined where there was nothing to measure. */
  readonly values: readonly (number | undefined)[];
}

export interface TimeChartProps {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Seconds from the left border to the right one. */
  readonly seconds: number;
  /** The top of the scale is not below it. */
  readonly least: number;
  /** Whether a value holds until the next one, instead of leading to it. */
  readonly isStepped?: boolean;
  readonly format: (value: number) => string;
}

/** In units of the drawing, which is stretched to its place. */
const width = 600;
const height = 120;

/** Values over the last seconds as lines, with what they are now in words. */
export function TimeChart({ title, lines, seconds, least, isStepped = false, format }: TimeChartProps): JSX.Element {
  const top = niceTop(Math.max(least, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const text = words.value;
  const now = lines.map(({ name, look, values }) => {
    const last = values.at(-1);
    return {
      name,
      look,
      value: last === undefined ? '–' : format(last),
      said: last === undefined ? text.none : format(last),
    };
  });
  const label = text.label(title, now.map(({ name, said }) => `${name} ${said}`).join(', '), seconds);
  return (
    <figure class="time-chart">
      <figcaption>
        <h3>{title}</h3>
        <ul aria-hidden="true">
          {now.map(({ name, look, value }) => (
            <li key={name} data-look={look}>
              <span>{name}</span> <b>{value}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div class="time-chart-plot">
        <span class="time-chart-scale" aria-hidden="true">
          {format(top)}
        </span>
        <svg role="img" aria-label={label} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none">
          {[0, 0.5, 1].map((part) => (
            <line key={part} class="time-chart-grid" x1="0" x2={width} y1={part * height} y2={part * height} />
          ))}
          {lines.filter(isDrawn).map(({ name, look, values }) => (
            <path key={name} data-look={look} d={pathOf(values, seconds, top, isStepped)} />
          ))}
        </svg>
      </div>
    </figure>
  );
}

/** A warning that there was never reason for would only lie on the ground. */
function isDrawn({ look, values }: Line): boolean {
  return look !== 'warning' || values.some((value) => value);
}

/** The line in SVG's commands. Where a value is missing there is a gap; one alone is a dash of a second. */
function pathOf(values: Line['values'], seconds: number, top: number, isStepped: boolean): string {
  const step = width / seconds;
  const shown = values.slice(-seconds - 1);
  const x = (place: number): string => (width - (shown.length - 1 - place) * step).toFixed(1);
  const y = (value: number): string => (height - (Math.min(value, top) / top) * height).toFixed(1);
  return shown
    .map((value, place) => {
      if (value === undefined) return '';
      const hasNext = shown[place + 1] !== undefined;
      const hasBefore = shown[place - 1] !== undefined;
      if (!hasBefore && !hasNext) return `M${x(place - 0.5)} ${y(value)}H${x(place)}`;
      if (!hasBefore) return `M${x(place)} ${y(value)}`;
      return isStepped ? `H${x(place)}V${y(value)}` : `L${x(place)} ${y(value)}`;
    })
    .join('');
}

/** The next number of 1, 2, 4 or 5 times a power of ten, so that a scale stays while its values move. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1, 2, 4, 5, 10].find((times) => times * power >= value * 0.999)!;
}
