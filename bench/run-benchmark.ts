import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { enginesOf } from './browser/engines.ts';
import type { BenchEngine } from './browser/bench-browser.ts';
import { prepareModel, type PreparedModel } from './models/prepare-model.ts';
import type { CellResult, Environment, Results } from './report/results.ts';
import { summarize } from './report/summarize.ts';
import { runScenario } from './run-scenario.ts';
import { scenarios } from './scenarios/index.ts';
import type { Bench, Scenario } from './scenarios/scenario.ts';
import { serveBench } from './site/serve-bench.ts';

export interface BenchmarkOptions {
  /** Its root folder. */
  readonly repository: string;
  readonly isQuick: boolean;
  readonly engine: BenchEngine['name'];
  /** Names of scenarios. */
  readonly only: readonly string[];
  /** Names of models: cells with others are left out. @default all */
  readonly models?: readonly string[] | undefined;
  /** Files of `bench/rivals`. @default those that each cell names */
  readonly rivals?: readonly string[] | undefined;
  /** @default 7, and 3 of a quick run */
  readonly rounds?: number | undefined;
  readonly threads: number;
  /** Is told what happens, a line at a time. */
  log(line: string): void;
}

/**
 * Runs the benchmark: makes the models, serves them on the loopback, and measures scenario after scenario. All that it
 * started is stopped at the end.
 *
 * @throws {RangeError} for an engine or a scenario that there is not
 */
export async function runBenchmark(options: BenchmarkOptions): Promise<Results> {
  const { repository, isQuick, only, rivals, threads, log, rounds = isQuick ? 3 : 7 } = options;
  const unknown = only.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown !== undefined)
    throw new RangeError(
      `No scenario is called ${unknown}. There are ${scenarios.map(({ name }) => name).join(', ')}.`,
    );
  const cache = join(repository, 'bench/.cache');
  await using site = await serveBench({
    folders: {
      page: join(repository, 'bench/page'),
      rivals: join(repository, 'bench/rivals'),
      installed: join(repository, 'bench/node_modules'),
      inpoint: join(repository, 'dist'),
      runtime: join(repository, 'node_modules/onnxruntime-web/dist'),
      tokenizers: join(repository, 'node_modules/@huggingface/tokenizers/dist'),
      models: join(cache, 'models'),
    },
    cache: join(cache, 'compressed'),
  });
  const engine = enginesOf(site)[options.engine];
  if (!engine) throw new RangeError(`No engine is called ${options.engine}. There are chromium, firefox, webkit.`);
  if (engine.missing) throw new RangeError(`${engine.name} cannot be started: install ${engine.missing}.`);
  const chosen = scenarios
    .filter(({ name }) => only.includes(name))
    .map((scenario) => withModels(scenario, options.models));
  const prepared = await prepareAll(chosen, options, cache);
  const before = loadavg()[0]!;
  const bench: Bench = {
    site,
    engine,
    isQuick,
    repository,
    model(name) {
      const model = prepared.get(name);
      // What is missing takes no part before anything is asked of it but its precision.
      return model?.kind === 'ready' ? model.serve(site.url, threads) : ({ name, dtype: 'fp32' } as never);
    },
  };
  const cells: CellResult[] = [];
  const missing = (name: string): string | undefined => {
    const model = prepared.get(name);
    return model?.kind === 'missing' ? model.reason : undefined;
  };
  for (const scenario of chosen) {
    log(`${scenario.title}: ${scenario.about}`);
    const found = await runScenario(scenario, bench, {
      rounds,
      rivals,
      limitMs: isQuick ? 60_000 : 180_000,
      missing,
      onCell: (results, tookMs) => logCell(results, tookMs, log),
    });
    cells.push(...found);
  }
  const environment = await environmentOf(options, engine, rounds, before);
  return { format: 1, date: new Date().toISOString(), environment, cells };
}

/** The scenario with those of its cells that have one of these models. */
function withModels(scenario: Scenario, models: readonly string[] | undefined): Scenario {
  if (!models) return scenario;
  return { ...scenario, cells: (plan) => scenario.cells(plan).filter(({ model }) => models.includes(model)) };
}

async function prepareAll(
  chosen: readonly Scenario[],
  { repository, isQuick, log }: BenchmarkOptions,
  cache: string,
): Promise<ReadonlyMap<string, PreparedModel>> {
  const names = new Set(chosen.flatMap((scenario) => scenario.cells({ isQuick }).map(({ model }) => model)));
  const prepared = new Map<string, PreparedModel>();
  for (const name of names) {
    const model = await prepareModel(name, repository, join(cache, 'models')).catch(
      (error: unknown): PreparedModel => ({ kind: 'missing', reason: String(error).split('\n')[0]! }),
    );
    prepared.set(name, model);
    log(`${name}: ${model.kind === 'ready' ? `${(model.bytes / 1e6).toFixed(1)} MB` : `skipped, ${model.reason}`}`);
  }
  return prepared;
}

function logCell(results: readonly CellResult[], tookMs: number, log: (line: string) => void): void {
  const [{ scenario, model, condition }] = results as [CellResult];
  log(`  ${[scenario, model, condition].filter(Boolean).join(', ')} (${(tookMs / 1000).toFixed(0)} s)`);
  for (const { rival, values, reason } of results) {
    const figures = Object.entries(values).map(([name, list]) => {
      const { median, low, high } = summarize(list);
      return `${name} ${shown(median)} (${shown(low)} to ${shown(high)})`;
    });
    log(`    ${rival.padEnd(20)} ${reason ?? figures.join(', ')}`);
  }
}

function shown(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

async function environmentOf(
  { repository, isQuick, threads }: BenchmarkOptions,
  engine: BenchEngine,
  rounds: number,
  before: number,
): Promise<Environment> {
  await using browser = await engine.launch();
  const version = async (folder: string): Promise<[string, string] | undefined> => {
    const file = join(repository, folder, 'package.json');
    if (!existsSync(file)) return undefined;
    const { name, version: is } = JSON.parse(await readFile(file, 'utf8')) as { name: string; version: string };
    return [name, is];
  };
  const commit = await promisify(execFile)('git', ['rev-parse', '--short', 'HEAD'], { cwd: repository }).then(
    ({ stdout }) => ` (${stdout.trim()})`,
    () => '',
  );
  const packages = await Promise.all(
    [
      '.',
      'node_modules/onnxruntime-web',
      ...['@huggingface/transformers', '@tensorflow/tfjs', '@wllama/wllama'].map(
        (name) => `bench/node_modules/${name}`,
      ),
    ].map(version),
  );
  const versions = Object.fromEntries(packages.filter((one) => one !== undefined));
  return {
    browser: browser.version,
    node: process.version,
    system: `${platform()} ${release()} ${arch()}`,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 1e9),
    load: [before, loadavg()[0]!],
    rounds,
    isQuick,
    threads,
    versions: { ...versions, inpoint: `${versions['inpoint']}${commit}` },
  };
}
