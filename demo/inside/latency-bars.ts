import { BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip } from 'chart.js';
import type { Call } from '../endpoints/served.ts';

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

/** What the bars are drawn with, all of it as it is now. */
export interface Look {
  readonly calls: readonly Call[];
  /** Of the first of these calls, counted from 1. */
  readonly firstNumber: number;
  readonly format: (ms: number) => string;
  readonly name: (number: number) => string;
  readonly failed: string;
}

/** The latency of each call as a bar, on a canvas. */
export class LatencyBars {
  readonly #canvas: HTMLCanvasElement;
  readonly #chart: Chart<'bar', number[], number>;
  #look: Look | undefined;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#chart = new Chart<'bar', number[], number>(canvas, {
      type: 'bar',
      data: { labels: [], datasets: [{ data: [], maxBarThickness: 18, minBarLength: 2, borderRadius: 2 }] },
      options: {
        animation: false,
        maintainAspectRatio: false,
        scales: {
          x: { grid: { display: false }, ticks: { autoSkipPadding: 16, maxRotation: 0 } },
          y: {
            beginAtZero: true,
            border: { display: false },
            ticks: { maxTicksLimit: 5, callback: (value) => (value === 0 ? '0' : this.#look?.format(Number(value))) },
          },
        },
        plugins: {
          tooltip: {
            displayColors: false,
            callbacks: {
              title: ([item]) => this.#look!.name(Number(item!.label)),
              label: ({ dataIndex, parsed }) =>
                `${this.#look!.format(parsed.y ?? 0)}${this.#look!.calls[dataIndex]!.failed ? `, ${this.#look!.failed}` : ''}`,
            },
          },
        },
      },
    });
  }

  draw(look: Look): void {
    this.#look = look;
    const { data, options } = this.#chart;
    const accent = this.#colour('--accent');
    const warning = this.#colour('--warning');
    data.labels = look.calls.map((_, index) => look.firstNumber + index);
    data.datasets[0]!.data = look.calls.map(({ ms }) => ms);
    data.datasets[0]!.backgroundColor = look.calls.map(({ failed }) => (failed ? warning : accent));
    for (const scale of [options.scales!['x']!, options.scales!['y']!]) {
      scale.ticks!.color = this.#colour('--quiet');
      scale.grid!.color = this.#colour('--line');
    }
    this.#chart.update();
  }

  [Symbol.dispose](): void {
    this.#chart.destroy();
  }

  /** A variable of the theme as a colour that a canvas takes: light or dark, as the page is now. */
  #colour(variable: string): string {
    const { style } = this.#canvas;
    style.color = `var(${variable})`;
    return getComputedStyle(this.#canvas).color;
  }
}
