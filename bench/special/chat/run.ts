// How Inpoint writes texts beside Transformers.js and a hand-written loop, in one run.
// npm --prefix bench ci --ignore-scripts, then: node bench/special/chat/run.ts [--rounds 7] [--models stories260K] [--only speed,second-turn,concurrent]

import { existsSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { launchChromium } from '../../../test/chromium.ts';
import { serve } from '../../../test/serve.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    /** Folders as Transformers.js reads them. */
    models: { type: 'string', default: '../shared/models/stories260K' },
    dtype: { type: 'string', default: 'fp32' },
    tokens: { type: 'string', default: '200' },
    /** Characters that have to be the same: with weights of chance, two tokens are soon as likely. */
    compared: { type: 'string', default: '10000' },
    only: { type: 'string', default: 'speed,second-turn,concurrent' },
    rivals: { type: 'string', default: 'floor,transformers,transformers-worker,inpoint' },
  },
});

const repository = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const folder = join(tmpdir(), 'inpoint-bench-chat');
const file = values.dtype === 'fp32' ? 'onnx/model.onnx' : 'onnx/model_quantized.onnx';
const count = Number(values.tokens);
await rm(folder, { recursive: true, force: true });
await mkdir(join(folder, 'models'), { recursive: true });
for (const [name, target] of [
  ['dist', 'dist'],
  ['page', 'bench/special/chat'],
  ['rivals', 'bench/node_modules'],
  ['runtime', 'node_modules/onnxruntime-web/dist'],
  ['tokenizers', 'node_modules/@huggingface/tokenizers/dist'],
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

interface Written {
  readonly text: string;
  readonly tokens: number;
  readonly firstMs: number;
  readonly tokensPerSecond: number;
  readonly longestTaskMs: number;
  readonly blockedMs: number;
}

/** What `page.js` gives to `page.evaluate()`. */
interface BenchPage {
  open(
    name: string,
    model: object,
    prompt: string,
    tokens: number,
  ): Promise<Pick<Written, 'firstMs' | 'longestTaskMs'>>;
  writeText(prompt: string, tokens: number): Promise<Written>;
  writeAtOnce(prompts: readonly string[], tokens: number): Promise<Pick<Written, 'tokensPerSecond'>>;
}

const prompts = Array.from({ length: 64 }, (_, index) => `${index} Once upon a time, there was`);

for (const path of values.models.split(',')) {
  const source = resolve(repository, path);
  if (!existsSync(source)) {
    console.log(`${path} is not there: skipped`);
    continue;
  }
  const name = basename(source);
  await symlink(source, join(folder, 'models', name));
  if (values.only.includes('speed')) await measureSpeed(name);
  if (values.only.includes('second-turn')) await measureSecondTurn(name);
  if (values.only.includes('concurrent')) await measureConcurrent(name);
}

async function openRival(
  rival: string,
  model: string,
  options: object = {},
): Promise<{ page: Page; close(): Promise<void>; cold: Pick<Written, 'firstMs' | 'longestTaskMs'> }> {
  // Each with a browser of its own: what one compiled must not serve the other.
  const browser = await launchChromium();
  const page = await browser.newPage();
  await page.goto(`${site.url}/page/page.html`);
  await page.waitForFunction(() => document.title === 'ready');
  const given = { name: model, folder: `${site.url}/models/${model}/`, file, dtype: values.dtype, ...options };
  const cold = await page.evaluate(
    ([what, how, prompt, tokens]) => (globalThis as unknown as BenchPage).open(what, how, prompt, tokens),
    [rival, given, 'Once', Math.min(20, count)] as const,
  );
  return { page, close: () => browser.close(), cold };
}

function write(page: Page, prompt: string, tokens: number): Promise<Written> {
  return page.evaluate(([text, most]) => (globalThis as unknown as BenchPage).writeText(text, most), [
    prompt,
    tokens,
  ] as const);
}

async function measureSpeed(model: string): Promise<void> {
  const names = values.rivals.split(',');
  const open = new Map<string, Awaited<ReturnType<typeof openRival>>>();
  for (const name of names) open.set(name, await openRival(name, model));
  const all = new Map<string, Written[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= Number(values.rounds); round++) {
    const texts = new Set<string>();
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) {
      const written = await write(open.get(name)!.page, prompts[round]!, count);
      texts.add(written.text.trim().slice(0, Number(values.compared)));
      if (round > 0) all.get(name)!.push(written);
    }
    if (texts.size > 1) throw new Error(`The texts differ: ${JSON.stringify([...texts])}`);
  }
  const inpoint = all.get('inpoint')!;
  for (const name of names) {
    const list = all.get(name)!;
    const of = (key: 'tokensPerSecond' | 'firstMs' | 'longestTaskMs' | 'blockedMs'): number[] =>
      list.map((one) => one[key]);
    const speeds = list.map(({ tokensPerSecond }, index) => inpoint[index]!.tokensPerSecond / tokensPerSecond);
    const firsts = list.map(({ firstMs }, index) => inpoint[index]!.firstMs / firstMs);
    console.log(
      `${model} ${values.dtype}, ${name}: ${spread(of('tokensPerSecond'), 0)} tokens/s, first token ${spread(of('firstMs'), 1)} ms, longest task ${median(of('longestTaskMs')).toFixed(0)} ms, blocked ${median(of('blockedMs')).toFixed(0)} ms, cold ${open.get(name)!.cold.firstMs.toFixed(0)} ms (longest task ${open.get(name)!.cold.longestTaskMs.toFixed(0)} ms); inpoint has ${spread(speeds, 2)} × its tokens/s and ${spread(firsts, 2)} × its first token`,
    );
  }
  for (const { close } of open.values()) await close();
}

/** The next turn of a long conversation, against computing all of it. */
async function measureSecondTurn(model: string): Promise<void> {
  const long = (index: number): string =>
    `${index} ${'Lily and Tom went to the park to play. '.repeat(40)}`.slice(0, 1150);
  const withCache = await openRival('inpoint', model);
  const without = await openRival('inpoint', model, { cacheMemoryMB: 0.001 });
  const ratios: number[] = [];
  const times: number[][] = [[], []];
  for (let round = 0; round <= Number(values.rounds); round++) {
    const before = await write(withCache.page, long(round), 8);
    const next = `${long(round)}${before.text} Then`;
    const reused = await write(withCache.page, next, 8);
    const anew = await write(without.page, next, 8);
    if (reused.text !== anew.text) throw new Error(`The texts differ: ${JSON.stringify([reused.text, anew.text])}`);
    if (round === 0) continue;
    times[0]!.push(reused.firstMs);
    times[1]!.push(anew.firstMs);
    ratios.push(reused.firstMs / anew.firstMs);
  }
  console.log(
    `${model} ${values.dtype}, second turn of a conversation: first token ${spread(times[0]!, 1)} ms, all computed ${spread(times[1]!, 1)} ms, ${spread(ratios, 2)} ×`,
  );
  await withCache.close();
  await without.close();
}

/** Four texts at once, against one. */
async function measureConcurrent(model: string): Promise<void> {
  const { page, close } = await openRival('inpoint', model);
  const ratios: number[] = [];
  const speeds: number[][] = [[], []];
  for (let round = 0; round <= Number(values.rounds); round++) {
    const atOnce = (texts: readonly string[]): Promise<Pick<Written, 'tokensPerSecond'>> =>
      page.evaluate(([list, most]) => (globalThis as unknown as BenchPage).writeAtOnce(list, most), [
        texts,
        count,
      ] as const);
    const one = await atOnce([`${round} alone`]);
    const four = await atOnce([1, 2, 3, 4].map((index) => `${round} ${index} together`));
    if (round === 0) continue;
    speeds[0]!.push(one.tokensPerSecond);
    speeds[1]!.push(four.tokensPerSecond);
    ratios.push(four.tokensPerSecond / one.tokensPerSecond);
  }
  console.log(
    `${model} ${values.dtype}, four at once: ${spread(speeds[1]!, 0)} tokens/s, one alone ${spread(speeds[0]!, 0)}, ${spread(ratios, 2)} ×`,
  );
  await close();
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function spread(numbers: readonly number[], digits: number): string {
  return `${median(numbers).toFixed(digits)} (${Math.min(...numbers).toFixed(digits)} to ${Math.max(...numbers).toFixed(digits)})`;
}
