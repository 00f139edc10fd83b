import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import type * as Inpoint from '../../src/index.ts';
import type { DeployOptions, Endpoint, InvokeOptions } from '../../src/index.ts';
import type { EndpointReport } from '../../src/endpoint/serving.ts';
import { packArtifact } from '../../src/pack/index.ts';
import { serve, type Route } from '../serve.ts';

/** What `page/page.js` gives to `page.evaluate()`. */
declare global {
  /** The built package. */
  var inpoint: typeof Inpoint;
  var lab: Lab;
}

/** How a call is made: how long it runs, how many numbers it needs beside. */
export interface Ask extends InvokeOptions {
  rounds?: number;
  size?: number;
  length?: number;
}

/** What became of a call, and when. */
export interface Outcome {
  readonly value?: number;
  readonly error?: { readonly name: string; readonly code: string | undefined; readonly message: string };
  readonly at: number;
}

/** What became of the calls of a loop. */
export interface LoopEnd {
  /** By number asked and answer given, how many: `{ '3 → 7': 120 }`. */
  readonly answers: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
  /** The longest that a call took, in milliseconds. */
  readonly longestMs: number;
  readonly calls: number;
}

interface Lab {
  /** All workers that were made by the page, unless engines are shared. */
  readonly workers: Worker[];
  readonly reports: (EndpointReport & { at: number })[];
  /** Replies that came more than once. */
  readonly twice: number[];
  /** Deploys one of the archives; `faults` and `poison` are those of `workers/patch.js`. */
  deploy(
    archive: string,
    options?: DeployOptions & { faults?: string; poison?: number; share?: boolean },
  ): Promise<Endpoint<'tensor'>>;
  /** Makes it as if an earlier visit had found a model to be faster on WebGPU. */
  foundFaster(archive: string): void;
  /** Asks the model for twice a number and one more. */
  ask(endpoint: Endpoint<'tensor'>, number: number, options?: Ask): Promise<number>;
  /** Asks a model that `make.py` calls a version. */
  versionOf(endpoint: Endpoint<'tensor'>, number: number, options?: InvokeOptions): Promise<number>;
  /** So many callers, each of whom calls again as soon as it is answered, until `stop()`. */
  loop(endpoint: Endpoint<'tensor'>, callers: number, numberOf: (call: number) => number): { stop(): Promise<LoopEnd> };
  /** How many calls of the last burst are settled. */
  readonly settled: number;
  /** Asks for the numbers from 0 at once, some of them in their own way. */
  burst(endpoint: Endpoint<'tensor'>, count: number, change?: Record<number, Ask>, all?: Ask): Promise<Outcome[]>;
  outcome(promise: Promise<unknown>): Promise<Outcome>;
  /** Does damage, or orders the engines to have it. */
  fault(what: string | (() => void)): void;
  /** Milliseconds from the last fault to the first answer after the loss was noticed. */
  recovery(outcomes: readonly Outcome[]): number;
  until(isSo: () => boolean): Promise<void>;
  wait(ms: number): Promise<void>;
}

/** A page on an origin of its own. Disposing tells whether it came to its end with nothing uncaught. */
export interface OpenLab extends AsyncDisposable {
  readonly page: Page;
  /** Answers that are given instead of the repository's files, by their paths. */
  readonly routes: Record<string, Route>;
}

const repository = fileURLToPath(new URL('../../', import.meta.url));

export async function openLab(browser: Browser | BrowserContext): Promise<OpenLab> {
  const routes: Record<string, Route> = {};
  for (const name of Object.keys(archives)) {
    const bytes = await packed(name);
    routes[`/${name}.tar.gz`] = (_, response) => void response.setHeader('content-length', bytes.length).end(bytes);
  }
  const site = await serve(repository, { routes });
  const page = await browser.newPage();
  const uncaught: string[] = [];
  page.on('pageerror', (error) => uncaught.push(String(error)));
  await page.goto(`${site.url}/test/runtime-faults/page/`);
  await page.waitForFunction(() => document.title === 'ready');
  return {
    page,
    routes,
    async [Symbol.asyncDispose]() {
      const twice = await page.evaluate(() => lab.twice);
      await page.close();
      await site[Symbol.asyncDispose]();
      expect({ uncaught, twice }).toEqual({ uncaught: [], twice: [] });
    },
  };
}

/** Each call has its outcome, and the answer is its own; but for some, whose codes are given. */
export function expectAnswers(outcomes: readonly Outcome[], refused: Readonly<Record<number, string>> = {}): void {
  const wrong = outcomes.flatMap(({ value, error }, number) => {
    const got = value ?? error?.code ?? error?.name;
    return got === (refused[number] ?? 2 * number + 1) ? [] : [`${number}: ${got} ${error?.message ?? ''}`];
  });
  expect(wrong.slice(0, 5)).toEqual([]);
}

/** Prints how long it took until calls were answered again. */
export function tell(what: string, ms: number): void {
  console.log(`recovery, ${what}: ${ms} ms`);
}

const int64 = (value: number, dims: number[]): object => ({ $tensor: { type: 'int64', dims, data: [value] } });
const float32 = (value: number): object => ({ $tensor: { type: 'float32', dims: [1], data: [value] } });

/** Answers of the models that `make.py` calls versions. */
const golden = (factor: number): object => ({
  samples: [3, 4].map((x) => ({ input: { x: float32(x) }, answer: { y: { data: [factor * x + 1] } } })),
});

const version = (factor: number): Record<string, object> => ({
  'inference.json': { task: 'tensor', golden: 'golden.json' },
  'golden.json': golden(factor),
});

const archives: Record<string, Record<string, object>> = {
  'version-1': version(2),
  'version-2': version(3),
  'version-2-failing': version(3),
  'version-2-slow': version(3),
  'version-2-hanging': version(3),
  // Its samples say something else than its model.
  'version-2-wrong': version(4),
  'image-nchw': { 'inference.json': { task: 'image-classification' } },
  costly: {
    'inference.json': { task: 'tensor', golden: 'golden.json' },
    'golden.json': {
      samples: [3, 4].map((x) => ({
        input: { x: float32(x), rounds: int64(1, []), size: int64(1, [1]) },
        answer: { y: { data: [2 * x + 1] } },
      })),
    },
  },
  tally: { 'inference.json': { task: 'tensor', feeds: { sum: { state: 'sumN', dims: [1] } } } },
};

async function packed(name: string): Promise<Buffer> {
  const { 'inference.json': manifest, ...others } = archives[name]!;
  const file = name === 'version-2-wrong' ? 'version-2' : name;
  const model = await readFile(new URL(`../fixtures/models/${file}.onnx`, import.meta.url));
  const files = [
    { path: 'model.onnx', blob: new Blob([model]) },
    ...Object.entries(others).map(([path, json]) => ({ path, blob: new Blob([JSON.stringify(json)]) })),
  ];
  const chunks: Uint8Array[] = [];
  for await (const chunk of packArtifact(files, { manifest: manifest as Record<string, unknown> })) chunks.push(chunk);
  return Buffer.concat(chunks);
}
