// Calls in closed loops, against a hand-written worker that posts one message a call, both warm and in one page.
// node bench/special/modes/run.ts [--rounds 7] [--seconds 1.5] [--models penguins,sentiment,mobilenet] [--callers 1,8,64]

import { existsSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { openAsBlob } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { unpackArtifact } from '../../../src/artifact/index.ts';
import { launchChromium } from '../../../test/chromium.ts';
import { serve } from '../../../test/serve.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '1.5' },
    models: { type: 'string', default: 'penguins,sentiment,mobilenet' },
    callers: { type: 'string', default: '1,8,64' },
    only: { type: 'string', default: 'loops,replicas' },
  },
});

const repository = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const folder = join(tmpdir(), 'inpoint-bench-modes');
const shared = join(repository, '../shared');

/** A tensor that a model is fed; of whole numbers below some, or ones. */
interface Input {
  readonly name: string;
  readonly type: 'float32' | 'int64';
  readonly dims: readonly number[];
  readonly below?: number;
}

/** Where the archives are, and what their models take and give. */
const models: Readonly<Record<string, { archive: string; inputs: readonly Input[]; output: string }>> = {
  penguins: {
    archive: join(repository, 'public/models/penguins/model.tar.gz'),
    inputs: [{ name: 'features', type: 'float32', dims: [1, 15] }],
    output: 'probabilities',
  },
  sentiment: {
    archive: join(repository, 'public/models/sentiment/model.tar.gz'),
    inputs: [
      { name: 'input_ids', type: 'int64', dims: [1, 32], below: 250 },
      { name: 'attention_mask', type: 'int64', dims: [1, 32] },
    ],
    output: 'logits',
  },
  mobilenet: {
    archive: join(shared, 'archives/mobilenet_v1_0.5_160.tar.gz'),
    inputs: [{ name: 'pixel_values', type: 'float32', dims: [1, 3, 160, 160] }],
    output: 'logits',
  },
  clothing: {
    archive: join(repository, 'public/models/clothing/model.tar.gz'),
    inputs: [{ name: 'pixel_values', type: 'float32', dims: [1, 3, 128, 128] }],
    output: 'logits',
  },
};

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
for (const [name, target] of [
  ['dist', 'dist'],
  ['page', 'bench/special/modes'],
  ['runtime', 'node_modules/onnxruntime-web/dist'],
] as const) {
  await symlink(join(repository, target), join(folder, name));
}
await using site = await serve(folder, {
  headers: {
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'cache-control': 'no-cache',
  },
});
await using plain = await serve(folder);

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof launchChromium>>['newPage']>>;

interface Given {
  readonly onnx: string;
  readonly archive: string;
  readonly inputs: readonly Input[];
  readonly output: string;
}

interface LoopRun {
  readonly perSecond: number;
  readonly p50: number;
}

for (const name of values.models.split(',')) {
  const model = models[name];
  if (!model) throw new Error(`No model is called ${name}.`);
  if (!existsSync(model.archive)) {
    console.log(`${name} is skipped: ${model.archive} is not there.`);
    continue;
  }
  await symlink(model.archive, join(folder, `${name}.tar.gz`));
  const { files } = await unpackArtifact(await openAsBlob(model.archive));
  const { blob } = files.find(({ path }) => path.endsWith('.onnx'))!;
  await writeFile(join(folder, `${name}.onnx`), new Uint8Array(await blob.arrayBuffer()));
  const given: Given = {
    onnx: `/${name}.onnx`,
    archive: `/${name}.tar.gz`,
    inputs: model.inputs,
    output: model.output,
  };
  if (values.only.includes('loops')) await measureLoops(name, given);
  if (values.only.includes('replicas')) await measureReplicas(name, given);
}

async function measureLoops(name: string, given: Given): Promise<void> {
  await using browser = await launchChromium();
  const page = await opened(browser, site.url);
  await openSide(page, 'rival', { ...given, side: 'rival', threads: 1 });
  await openSide(page, 'inpoint', { ...given, side: 'inpoint', threads: 1 });
  await compareAnswers(page, given);
  for (const callers of values.callers.split(',').map(Number)) {
    const { rival, inpoint, ratios } = await interleaved(page, ['rival', 'inpoint'], { ...given, callers });
    const more = inpoint.map(({ p50 }, round) => p50 - rival[round]!.p50);
    console.log(
      `${name}, ${callers} callers: a message a call ${rate(rival)}/s, inpoint ${rate(inpoint)}/s, ${shown(ratios)} ×` +
        (callers === 1 ? `; the median call takes ${shown(more, 3)} ms more` : ''),
    );
  }
}

/** Two replicas of one thread on a page that is not isolated, against one of two threads on one that is. */
async function measureReplicas(name: string, given: Given): Promise<void> {
  await using browser = await launchChromium();
  const isolated = await opened(browser, site.url);
  const open = await opened(browser, plain.url);
  await openSide(isolated, 'inpoint', { ...given, side: 'inpoint', threads: 2 });
  await openSide(open, 'inpoint', { ...given, side: 'inpoint', threads: 1, scaling: { min: 2, max: 2 } });
  const ratios: number[] = [];
  const runs: Record<string, LoopRun[]> = { threads: [], replicas: [] };
  for (let round = 0; round <= Number(values.rounds); round++) {
    const sides = [
      ['threads', isolated],
      ['replicas', open],
    ] as const;
    // What comes second finds the processor warmer: each does so every other time.
    for (const [side, page] of round % 2 === 0 ? sides : sides.toReversed()) {
      await page.bringToFront();
      const run = await loop(page, 'inpoint', { ...given, callers: 8 });
      if (round > 0) runs[side]!.push(run);
    }
    if (round > 0) ratios.push(runs['replicas']!.at(-1)!.perSecond / runs['threads']!.at(-1)!.perSecond);
  }
  console.log(
    `${name}, 8 callers: one replica of two threads ${rate(runs['threads']!)}/s, two of one ${rate(runs['replicas']!)}/s, ${shown(ratios)} × (others that want the processor slow threads that wait for each other more: the load was ${loadavg()[0]!.toFixed(1)} in the last minute)`,
  );
}

async function opened(browser: Awaited<ReturnType<typeof launchChromium>>, url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${url}/page/page.html`);
  await page.waitForFunction(() => document.title === 'ready');
  return page;
}

function openSide(page: Page, name: string, given: object): Promise<void> {
  return page.evaluate(
    ([side, what]) =>
      (globalThis as never as { openSide(name: string, given: object): Promise<void> }).openSide(side, what),
    [name, given] as const,
  );
}

function loop(page: Page, name: string, given: Given & { callers: number }): Promise<LoopRun> {
  return page.evaluate(
    ([side, what]) => (globalThis as never as { loop(name: string, given: object): Promise<LoopRun> }).loop(side, what),
    [name, { ...given, seconds: Number(values.seconds) }] as const,
  );
}

async function compareAnswers(page: Page, given: Given): Promise<void> {
  const [rival, inpoint] = await page.evaluate(async (what) => {
    const { answersOf } = globalThis as never as { answersOf(name: string, given: object): Promise<number[][]> };
    return [await answersOf('rival', what), await answersOf('inpoint', what)];
  }, given);
  if (JSON.stringify(rival) !== JSON.stringify(inpoint))
    throw new Error(`The answers differ: ${JSON.stringify([rival, inpoint])}`);
}

async function interleaved(
  page: Page,
  sides: readonly [string, string],
  given: Given & { callers: number },
): Promise<{ rival: LoopRun[]; inpoint: LoopRun[]; ratios: number[] }> {
  const runs: Record<string, LoopRun[]> = { rival: [], inpoint: [] };
  const ratios: number[] = [];
  // The first round warms both.
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const run = await loop(page, side, given);
      if (round > 0) runs[side]!.push(run);
    }
    if (round > 0) ratios.push(runs['inpoint']!.at(-1)!.perSecond / runs['rival']!.at(-1)!.perSecond);
  }
  return { rival: runs['rival']!, inpoint: runs['inpoint']!, ratios };
}

function rate(runs: readonly LoopRun[]): string {
  return median(runs.map(({ perSecond }) => perSecond)).toFixed(0);
}

function shown(numbers: readonly number[], digits = 2): string {
  return `${median(numbers).toFixed(digits)} (${Math.min(...numbers).toFixed(digits)} to ${Math.max(...numbers).toFixed(digits)})`;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
