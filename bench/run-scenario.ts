import { setTimeout as wait } from 'node:timers/promises';
import type { BenchBrowser } from './browser/bench-browser.ts';
import type { CellResult } from './report/results.ts';
import type { ServedModel } from './rivals/rival.ts';
import { differenceOf } from './same-answer.ts';
import type { Bench, Cell, Measurement, Round, Scenario } from './scenarios/scenario.ts';

export interface RunOptions {
  readonly rounds: number;
  /** Who takes part. @default those that the cell names */
  readonly rivals?: readonly string[] | undefined;
  /** Milliseconds that opening a rival, or a round of it, may take. */
  readonly limitMs: number;
  /** Why a model is not there; undefined where it is. */
  missing(model: string): string | undefined;
  /** Is told of each cell once it is done. */
  readonly onCell?: (results: readonly CellResult[], tookMs: number) => void;
}

/**
 * Measures a scenario, cell after cell. In each round every rival has its turn, in an order that changes from round to
 * round, so that what slows the machine for a while slows all of them. A rival that fails, answers something else, or takes
 * too long leaves its cell with the reason, and the others go on.
 */
export async function runScenario(scenario: Scenario, bench: Bench, options: RunOptions): Promise<CellResult[]> {
  const results: CellResult[] = [];
  for (const cell of scenario.cells({ isQuick: bench.isQuick })) {
    const start = performance.now();
    const found = await runCell(scenario, bench, cell, options);
    results.push(...found);
    options.onCell?.(found, performance.now() - start);
  }
  return results;
}

interface Contender {
  readonly rival: string;
  readonly rounds: Round[];
  /** What it started, and has to be closed where it does not come to its end. */
  readonly browsers: Set<BenchBrowser>;
  measurement?: Measurement | undefined;
  reason?: string;
  /** Why a round was repeated. */
  repeated?: string;
}

async function runCell(scenario: Scenario, bench: Bench, cell: Cell, options: RunOptions): Promise<CellResult[]> {
  const { limitMs, missing, rivals = cell.rivals } = options;
  const contenders = rivals.map((rival): Contender => ({ rival, rounds: [], browsers: new Set() }));
  const noModel = missing(cell.model);
  for (const contender of contenders) {
    const { rival } = contender;
    const reason = noModel === undefined ? unfit(rival, bench.model(cell.model), scenario.name) : `skipped: ${noModel}`;
    if (reason !== undefined) contender.reason = reason;
    else await attempt(contender, () => open(scenario, bench, cell, contender, limitMs));
  }
  const alive = (): Contender[] => contenders.filter(({ reason }) => reason === undefined);
  try {
    const count = (cell.rounds ?? options.rounds) + (scenario.isWarmedUp ? 1 : 0);
    for (let index = 0; index < count; index++) {
      const order = index % 2 === 0 ? alive() : alive().toReversed();
      for (const contender of order) {
        await attempt(contender, async () => {
          // A machine has its moments: who fails once is opened anew, and may go on.
          if (!contender.measurement) {
            await open(scenario, bench, cell, contender, limitMs);
            if (scenario.isWarmedUp) await within(limitMs, contender.measurement!.round(index));
          }
          contender.rounds[index] = await within(limitMs, contender.measurement!.round(index));
        });
      }
      compareAnswers(alive(), index, bench.model(cell.model));
    }
  } finally {
    for (const contender of contenders) await dispose(contender);
  }
  return contenders.map((contender) => resultOf(scenario, cell, contender));
}

/** Why a rival takes no part in a cell; undefined where it does. */
function unfit(rival: string, model: ServedModel, scenario: string): string | undefined {
  // What a bundle holds does not depend on the model.
  if (scenario === 'bundle') return undefined;
  if (rival === 'tensorflow' && !model.tfjs) return 'no part: the model is not made for TensorFlow.js';
  if (rival === 'wllama' && !model.gguf) return 'no part: the model is not made for llama.cpp';
  return undefined;
}

async function open(
  scenario: Scenario,
  bench: Bench,
  cell: Cell,
  contender: Contender,
  limitMs: number,
): Promise<void> {
  contender.measurement = await within(limitMs, scenario.open(watched(bench, contender), cell, contender.rival));
}

/** Does something, once more if it fails for the first time; who fails again is out. */
async function attempt(contender: Contender, work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      const said = String(error).split('\n')[0]!;
      await dispose(contender);
      if (contender.repeated !== undefined) {
        contender.reason = `failed: ${said}`;
        return;
      }
      contender.repeated = said;
    }
  }
}

async function dispose(contender: Contender): Promise<void> {
  const { measurement, browsers } = contender;
  contender.measurement = undefined;
  const left = [...browsers];
  browsers.clear();
  // A browser that does not close is ended with the benchmark.
  for (const one of [measurement, ...left])
    if (one) await within(closeMs, Promise.resolve(one[Symbol.asyncDispose]())).catch(() => {});
}

/** What a contender measures with: its browsers are known, so that one that hangs takes nothing from the others. */
function watched(bench: Bench, { browsers }: Contender): Bench {
  const { engine } = bench;
  return {
    ...bench,
    engine: {
      ...engine,
      async launch(options) {
        const browser = await engine.launch(options);
        let closing: Promise<void> | undefined;
        // Its user may come to it late, after it was closed for taking too long.
        const close = (): Promise<void> => {
          browsers.delete(known);
          return (closing ??= Promise.resolve(browser[Symbol.asyncDispose]()));
        };
        const known: BenchBrowser = { ...browser, [Symbol.asyncDispose]: close };
        browsers.add(known);
        return known;
      },
    },
  };
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  // What comes too late fails for nobody.
  work.catch(() => {});
  try {
    return await Promise.race([
      work,
      wait(ms, undefined, { signal: over.signal }).then(() => {
        throw new Error(`It took longer than ${ms / 1000} s.`);
      }),
    ]);
  } finally {
    over.abort();
  }
}

/** The first of those that are left says what is right; who answers something else is out. */
function compareAnswers(contenders: readonly Contender[], index: number, { dtype }: ServedModel): void {
  const [first, ...others] = contenders;
  for (const contender of others) {
    const [answer, right] = [contender.rounds[index]?.answer, first!.rounds[index]?.answer];
    // Where nothing is asked, there is nothing to be compared.
    const difference =
      answer === undefined && right === undefined ? undefined : differenceOf(answer, right, tolerances[dtype]);
    if (difference !== undefined) contender.reason = `another answer than ${first!.rival}: ${difference.slice(0, 200)}`;
  }
}

/** Kernels of 8 bits round activations, which may come out one step apart. */
const tolerances: Readonly<Record<ServedModel['dtype'], number>> = { fp32: 1e-3, int8: 2e-2 };

const closeMs = 20_000;

function resultOf(
  scenario: Scenario,
  { model, condition }: Cell,
  { rival, rounds, reason, repeated }: Contender,
): CellResult {
  const counted = reason === undefined ? rounds.slice(scenario.isWarmedUp ? 1 : 0) : [];
  const names = new Set(counted.flatMap(({ values }) => Object.keys(values)));
  const values = Object.fromEntries(
    [...names].map((name) => [name, counted.map((round) => round.values[name] ?? Number.NaN)]),
  );
  return {
    scenario: scenario.name,
    model,
    condition,
    rival,
    values,
    ...(reason !== undefined && { reason }),
    ...(reason === undefined && repeated !== undefined && { repeated }),
  };
}
