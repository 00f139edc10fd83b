/** All that one run of the benchmark found, as it is written to `bench/results/latest.json`. */
export interface Results {
  readonly format: 1;
  /** ISO 8601. */
  readonly date: string;
  readonly environment: Environment;
  readonly cells: readonly CellResult[];
}

/** Where it ran, and what. */
export interface Environment {
  readonly browser: string;
  readonly node: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGB: number;
  /** Of the last minute, before the first and after the last round; more than the benchmark's own says that others worked too. */
  readonly load: readonly [before: number, after: number];
  readonly rounds: number;
  readonly isQuick: boolean;
  readonly threads: number;
  /** By package, Inpoint's own with its commit. */
  readonly versions: Readonly<Record<string, string>>;
}

/** What one rival did in one cell: a scenario with one model under one condition. */
export interface CellResult {
  readonly scenario: string;
  readonly model: string;
  /** What is varied besides the model, such as `10 Mbit/s`; empty where nothing is. */
  readonly condition: string;
  readonly rival: string;
  /** By metric a number of each round; the same place is the same round in all cells of the scenario. */
  readonly values: Readonly<Record<string, readonly number[]>>;
  /** Why there is nothing, or why what there is does not count. */
  readonly reason?: string;
  /** Why a round had to be repeated, where one had. */
  readonly repeated?: string;
}

/** How a metric is read. */
export interface Metric {
  readonly title: string;
  readonly unit: 'ms' | '1/s' | 'MB' | 'bytes' | 'frames';
  readonly better: 'lower' | 'higher';
  /** Ratios say nothing of it, since it may be 0. */
  readonly isDifference?: boolean;
}
