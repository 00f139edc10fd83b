import type { BenchEngine } from '../browser/bench-browser.ts';
import type { Metric } from '../report/results.ts';
import type { ServedModel } from '../rivals/rival.ts';
import type { BenchSite } from '../site/serve-bench.ts';

/** One thing that is measured of all rivals. Each file of this folder but this one is one. */
export interface Scenario {
  /** What `--only` calls it. */
  readonly name: string;
  readonly title: string;
  /** How it is measured, for the report. */
  readonly about: string;
  readonly metrics: Readonly<Record<string, Metric>>;
  /** Whether the first round is thrown away, since it warms what the others find warm. */
  readonly isWarmedUp: boolean;
  cells(plan: Plan): readonly Cell[];
  /** Makes ready what measures one rival in one cell, once before its rounds. */
  open(bench: Bench, cell: Cell, rival: string): Promise<Measurement>;
}

/** How much is measured. */
export interface Plan {
  readonly isQuick: boolean;
}

/** A scenario with one model under one condition. */
export interface Cell {
  readonly model: string;
  readonly condition: string;
  /** Those who can take part; who cannot open the model is left out with the reason. */
  readonly rivals: readonly string[];
  /** What only the scenario itself reads. */
  readonly settings?: Readonly<Record<string, number>>;
  /** Rounds, where a cell needs fewer than the others. */
  readonly rounds?: number;
}

/** What scenarios measure with. */
export interface Bench {
  readonly site: BenchSite;
  readonly engine: BenchEngine;
  readonly isQuick: boolean;
  readonly repository: string;
  model(name: string): ServedModel;
}

/** Measures one rival, a round at a time. Disposing closes its browser. */
export interface Measurement extends AsyncDisposable {
  round(index: number): Promise<Round>;
}

/** What a round found. */
export interface Round {
  readonly values: Readonly<Record<string, number>>;
  /** What the rival answered; it is compared with what the others did in the same round. */
  readonly answer?: unknown;
}

/** All rivals, in the order of the report; the first is what the others are compared with. */
export const allRivals: readonly string[] = [
  'floor',
  'transformers',
  'transformers-worker',
  'tensorflow',
  'wllama',
  'inpoint',
];
