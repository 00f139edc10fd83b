import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeMedia } from '../src/cli/node-media.ts';
import { readGolden } from '../src/golden.ts';
import { checkInferenceJson, inferenceJsonSchemas, taskNames } from '../src/manifest/inference-json.ts';
import { loadModel } from '../src/model.ts';
import { startRuntime } from '../src/runtime/ort.ts';
import { headingsOf, linksOf, readPages, root } from './docs/pages.ts';
import { runExample } from './docs/run-example.ts';
import { stepsOf } from './docs/steps-of.ts';
import { isShown, makeFolder, removeFolder, transcriptsOf, type } from './docs/transcripts.ts';
import { typeErrors } from './docs/type-check.ts';
import { artifactOf, taskFixtures, taskFolder } from './task-fixtures.ts';

const pages = readPages('README.md', 'docs');

test('TypeScript in the docs agrees with the types of the package', () => {
  expect(typeErrors(pages)).toEqual([]);
});

/** A JSON block is a whole `inference.json`, unless it says which file it is. */
const inferenceJsons = pages.flatMap(({ path, blocks }) =>
  blocks
    .filter(({ language, info }) => language === 'json' && info === '')
    .map(({ code, line }) => ({ place: `${path}:${line}`, code })),
);

test.each(inferenceJsons)('inference.json at $place is one', ({ code }) => {
  const json = JSON.parse(code) as Record<string, unknown>;
  expect(taskNames).toContain(json['task']);
  checkInferenceJson('the example', json, json['task'] as (typeof taskNames)[number]);
});

const otherJsons = pages.flatMap(({ path, blocks }) =>
  blocks
    .filter(({ language, info }) => language === 'json' && info !== '')
    .map(({ code, line, info }) => ({ place: `${info} at ${path}:${line}`, code })),
);

test.each(otherJsons)('$place is JSON', ({ code }) => {
  expect(() => JSON.parse(code) as unknown).not.toThrow();
});

test('golden samples in the docs can be read', async () => {
  const goldens = pages.flatMap(({ blocks }) => blocks.filter(({ info }) => info === 'golden.json'));
  expect(goldens).not.toEqual([]);
  for (const { code } of goldens) {
    const blob = new Blob([code]);
    const named = [...code.matchAll(/"\$file": "([^"]+)"/g)].map(([, path]) => ({
      path: path!,
      size: 0,
      blob: new Blob(),
    }));
    const files = [{ path: 'golden.json', size: blob.size, blob }, ...named];
    const golden = await readGolden({ name: 'the example', files, downloadedBytes: 0 }, { golden: 'golden.json' });
    expect(golden!.samples).not.toEqual([]);
  }
});

test('links of the docs lead somewhere', () => {
  const all = readPages('README.md', 'CHANGELOG.md', 'docs', 'decisions', 'training');
  const broken = all.flatMap((page) =>
    linksOf(page)
      .filter(({ file, heading }) => {
        if (!existsSync(join(root, file))) return true;
        return heading !== '' && !headingsOf(readFileSync(join(root, file), 'utf8')).includes(heading);
      })
      .map(({ link }) => `${page.path}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test('each step of inference.json is described, with all of its fields', () => {
  const { text } = pages.find(({ path }) => path === 'docs/inference-json.md')!;
  const steps = stepsOf(inferenceJsonSchemas());
  expect(steps.size).toBeGreaterThan(30);
  const sections = text.split(/^## /m);
  const missing = [...steps].flatMap(([step, fields]) => {
    const about = sections.filter((section) => new RegExp(`^\\| \`${step}\` `, 'm').test(section)).join('');
    return [step, ...fields].filter((name) => !about.includes(`\`${name}\``)).map((name) => `${step}: ${name}`);
  });
  expect(missing).toEqual([]);
});

/** The folder that the example of a task's page is run with, and the file that a visitor chooses there. */
const examples: Readonly<Record<string, { fixture?: string; file?: string }>> = {
  'feature-extraction': { fixture: 'feature-extraction--sentence-transformers' },
  'image-classification': { file: 'golden/landscape.png' },
  'image-feature-extraction': { fixture: 'image-feature-extraction--cls', file: 'golden/landscape.png' },
  'object-detection': { fixture: 'object-detection--yolov8', file: 'golden/landscape.png' },
  'image-segmentation': { file: 'golden/landscape.png' },
  'image-to-image': { file: 'golden/landscape.png' },
  'audio-classification': { file: 'golden/stereo.wav' },
  'automatic-speech-recognition': { file: 'golden/stereo.wav' },
  'tabular-classification': { fixture: 'tabular-classification--embeddings' },
  tensor: { fixture: 'tensor--stateful' },
};

describe.each(taskNames.filter((task) => task !== 'pipeline'))('the page of %s', (task) => {
  const { fixture = task, file } = examples[task] ?? {};
  const page = pages.find(({ path }) => path === `docs/tasks/${task}.md`);
  let runtime: ReturnType<typeof startRuntime>;
  beforeAll(() => {
    const dist = new URL('../dist/', import.meta.url);
    const wasmBinary = readFileSync(new URL('ort-wasm-simd-threaded.wasm', dist));
    runtime = startRuntime({ assets: dist.href, threads: 1, wasmBinary });
  });

  test('is there, and in the list of tasks', () => {
    expect(page).toBeDefined();
    expect(pages.find(({ path }) => path === 'docs/README.md')!.text).toContain(`](tasks/${task}.md)`);
  });

  test('shows the answers that its example gets', async () => {
    expect(taskFixtures).toContain(fixture);
    const folder = join(taskFolder, fixture);
    const example = page!.blocks.find(({ language }) => language === 'ts')!;
    const model = await loadModel(artifactOf(folder), runtime, {
      task,
      media: nodeMedia(new URL('../dist/', import.meta.url)),
    });
    try {
      const chosen = file === undefined ? undefined : new Blob([readFileSync(join(folder, file))]);
      const { checked, problems } = await runExample(example.code, model, chosen);
      expect(problems).toEqual([]);
      expect(checked).toBeGreaterThan(0);
    } finally {
      await model.dispose();
    }
  });
});

/** In their order: some work on what those before them wrote. */
describe('the page of the command line', () => {
  const folder = makeFolder();
  afterAll(() => removeFolder(folder));
  const transcripts = transcriptsOf(pages.find(({ path }) => path === 'docs/cli.md')!);

  test('has commands', () => expect(transcripts.length).toBeGreaterThan(5));

  test.each(transcripts)('shows what is written by: $command', ({ command, shown }) => {
    const written = type(command, folder);
    if (!isShown(written, shown)) expect(written).toBe(shown);
  });
});
