// How long the first prediction takes from nothing, against a hand-written worker with the bare runtime; and how much
// predictions on WASM wait while WebGPU is being prepared. node bench/special/runtime/run.ts [--rounds 7] [--models digits] [--only cold,beside]

import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { openAsBlob } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { unpackArtifact } from '../../../src/artifact/index.ts';
import { launchProfile } from '../../../test/chromium.ts';
import { serve } from '../../../test/serve.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    models: { type: 'string', default: 'digits,clothing' },
    only: { type: 'string', default: 'cold,beside' },
    seconds: { type: 'string', default: '6' },
  },
});

/** What each model takes, by its name in `public/models`. */
const inputs: Readonly<Record<string, { name: string; dims: readonly number[] }>> = {
  digits: { name: 'pixel_values', dims: [1, 1, 28, 28] },
  clothing: { name: 'pixel_values', dims: [1, 3, 128, 128] },
};

const repository = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const folder = join(tmpdir(), 'inpoint-bench-runtime');
await mkdir(folder, { recursive: true });
for (const [name, target] of [
  ['dist', 'dist'],
  ['page', 'bench/special/runtime'],
  ['runtime', 'node_modules/onnxruntime-web/dist'],
  ['models', 'public/models'],
] as const) {
  await rm(join(folder, name), { force: true });
  await symlink(join(repository, target), join(folder, name));
}

const headers = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cache-control': 'no-cache',
};
await using site = await serve(folder, { headers });

for (const model of values.models.split(',')) {
  const archive = await openAsBlob(join(repository, 'public/models', model, 'model.tar.gz'));
  const { files } = await unpackArtifact(archive);
  const { blob } = files.find(({ path }) => path.endsWith('.onnx'))!;
  await writeFile(join(folder, `${model}.onnx`), new Uint8Array(await blob.arrayBuffer()));
  const given = { onnx: `/${model}.onnx`, archive: `/models/${model}/model.tar.gz`, input: inputs[model]! };
  if (values.only.includes('cold')) await measureCold(model, given);
  if (values.only.includes('beside')) await measureBeside(model, given);
}

interface Given {
  readonly onnx: string;
  readonly archive: string;
  readonly input: { readonly name: string; readonly dims: readonly number[] };
}

interface Run {
  readonly ms: number;
  readonly first: readonly number[];
  readonly coldStart?: readonly { readonly phase: string; readonly startMs: number; readonly endMs: number }[];
}

type Scenarios = Record<'floor' | 'inpoint', (given: Given) => Promise<Run>>;

async function measureCold(model: string, given: Given): Promise<void> {
  const ratios: number[] = [];
  const ms: Record<string, number[]> = { floor: [], inpoint: [] };
  let phases: Run['coldStart'];
  for (let round = 0; round <= Number(values.rounds); round++) {
    const firsts: Record<string, readonly number[]> = {};
    const order = round % 2 === 0 ? (['floor', 'inpoint'] as const) : (['inpoint', 'floor'] as const);
    const took: Record<string, number> = {};
    for (const name of order) {
      // Each with a browser of its own: what one compiled must not serve the other.
      await using browser = await launchProfile();
      const page = await browser.context.newPage();
      await page.goto(`${site.url}/page/page.html`);
      await page.waitForFunction(() => document.title === 'ready');
      const run = await page.evaluate(
        ([scenario, what]) => (globalThis as never as { scenarios: Scenarios }).scenarios[scenario](what),
        [name, given] as const,
      );
      took[name] = run.ms;
      firsts[name] = run.first;
      phases = run.coldStart ?? phases;
    }
    if (String(firsts['floor']) !== String(firsts['inpoint']))
      throw new Error(`The answers differ: ${JSON.stringify(firsts)}`);
    // The first round warms the disk's cache.
    if (round === 0) continue;
    for (const name of order) ms[name]!.push(took[name]!);
    ratios.push(took['inpoint']! / took['floor']!);
  }
  console.log(
    `${model}, cold: floor ${median(ms['floor']!).toFixed(0)} ms, inpoint ${median(ms['inpoint']!).toFixed(0)} ms, ${median(ratios).toFixed(2)} × (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
  );
  const shown = phases?.map(({ phase, startMs, endMs }) => `${phase} ${startMs.toFixed(0)} to ${endMs.toFixed(0)}`);
  console.log(`  phases of the last one, in ms: ${shown?.join(', ')}`);
}

interface Beside {
  readonly times: readonly number[];
  readonly verdict: string | undefined;
}

async function measureBeside(model: string, given: Given): Promise<void> {
  await using browser = await launchProfile(
    {},
    { extraArgs: ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'] },
  );
  const page = await browser.context.newPage();
  await page.goto(`${site.url}/page/page.html`);
  await page.waitForFunction(() => document.title === 'ready');
  const ratios: number[] = [];
  const p99s: Record<string, number[]> = { nothing: [], dummy: [], webgpu: [] };
  let verdict: string | undefined;
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const other of ['nothing', 'dummy', 'webgpu'] as const) {
      const run = await page.evaluate(
        ([what, name]) =>
          (globalThis as never as { beside(what: object, name: string): Promise<Beside> }).beside(what, name),
        [{ ...given, seconds: Number(values.seconds) }, other] as const,
      );
      verdict = run.verdict ?? verdict;
      if (round > 0) p99s[other]!.push(quantile(run.times, 0.99));
    }
    if (round > 0) ratios.push(p99s['webgpu']!.at(-1)! / p99s['dummy']!.at(-1)!);
  }
  const figures = Object.entries(p99s).map(([name, list]) => `beside ${name} ${median(list).toFixed(2)} ms`);
  console.log(
    `${model}, p99 on WASM: ${figures.join(', ')}; webgpu to dummy ${median(ratios).toFixed(2)} × (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}); SwiftShader, no real GPU`,
  );
  console.log(`  ${verdict}`);
}

function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

function quantile(numbers: readonly number[], share: number): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * share)] ?? Number.NaN;
}
