// npm run bench: Inpoint beside its rivals, in one run. See bench/README.md.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { BenchEngine } from './browser/bench-browser.ts';
import { baselineOf, compareWithBaseline, type Baseline, type MetricsOf } from './report/compare-with-baseline.ts';
import type { Results } from './report/results.ts';
import { runBenchmark } from './run-benchmark.ts';
import { scenarios } from './scenarios/index.ts';
import { writeReport } from './write-report.ts';

const repository = dirname(dirname(fileURLToPath(import.meta.url)));
const baselineFile = join(repository, 'bench/baseline.json');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    engine: { type: 'string', default: 'chromium' },
    only: { type: 'string' },
    models: { type: 'string' },
    rivals: { type: 'string' },
    rounds: { type: 'string' },
    threads: { type: 'string', default: '1' },
    out: { type: 'string', default: 'bench/results/latest.json' },
    from: { type: 'string' },
    report: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    'update-baseline': { type: 'boolean', default: false },
    special: { type: 'string' },
  },
});

const metricsOf: MetricsOf = (name) => scenarios.find((scenario) => scenario.name === name)?.metrics;

if (values.special !== undefined) await runSpecial(values.special);
else {
  const results = values.from ? await read<Results>(resolve(values.from)) : await run();
  if (values.report || isWhole()) await writeReport(results, repository);
  if (values['update-baseline']) await updateBaseline(results);
  if (values.check) await check(results);
  // A browser that hangs is not waited for.
  process.exit();
}

/** Runs the benchmark, and writes what it found. */
async function run(): Promise<Results> {
  const list = (text: string | undefined): string[] | undefined => text?.split(',').filter((part) => part !== '');
  const count = (text: string | undefined): number | undefined => {
    if (text === undefined) return undefined;
    if (/^[1-9]\d*$/.test(text)) return Number(text);
    throw new RangeError(`${JSON.stringify(text)} is no number of rounds or threads: give a whole one from 1.`);
  };
  const results = await runBenchmark({
    repository,
    isQuick: values.quick,
    engine: values.engine as BenchEngine['name'],
    only: list(values.only) ?? scenarios.map(({ name }) => name),
    models: list(values.models),
    rivals: list(values.rivals),
    rounds: count(values.rounds),
    threads: count(values.threads)!,
    log: (line) => console.log(line),
  });
  const out = resolve(repository, values.out);
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, `${JSON.stringify(results, undefined, 1)}\n`);
  console.log(`Written to ${values.out}.`);
  return results;
}

/** Whether the run is what `docs/benchmarks.md` shows: all scenarios, all rivals, in Chromium. */
function isWhole(): boolean {
  return (
    !values.quick && !values.only && !values.rivals && !values.check && !values.from && values.engine === 'chromium'
  );
}

async function check(results: Results): Promise<void> {
  const baseline = await read<Baseline>(baselineFile);
  const { failures, compared, left } = compareWithBaseline(results, baseline, metricsOf);
  for (const failure of failures) console.error(`✗ ${failure}`);
  for (const name of left) console.log(`– ${name}: not in this run`);
  console.log(`${compared} ratios compared, ${failures.length} past their margin, ${left.length} not in this run.`);
  if (failures.length > 0 || compared === 0) process.exitCode = 1;
}

async function updateBaseline(results: Results): Promise<void> {
  const earlier = existsSync(baselineFile) ? await read<Baseline>(baselineFile) : { margin: defaultMargin, ratios: [] };
  await writeFile(baselineFile, `${JSON.stringify(baselineOf(results, metricsOf, earlier), undefined, 2)}\n`);
}

/** What two runs on one quiet machine differ by, and some more. */
const defaultMargin = 1.3;

async function read<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T;
}

/** Hands over to one of the runs that look into one part, with all that comes after `--`. */
async function runSpecial(name: string): Promise<void> {
  const folder = join(repository, 'bench/special');
  const names = (await readdir(folder)).filter((one) => existsSync(join(folder, one, 'run.ts')));
  if (!names.includes(name)) throw new RangeError(`No special run is called ${name}. There are ${names.join(', ')}.`);
  const child = spawn(process.execPath, [join(folder, name, 'run.ts'), ...positionals], { stdio: 'inherit' });
  process.exitCode = await new Promise<number>((done) => child.once('exit', (code) => done(code ?? 1)));
}
