import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkSite } from '../scripts/check-site.mjs';
import { resolveLimits } from '../src/artifact/limits.ts';
import { nodeMedia } from '../src/cli/node-media.ts';
import { readGolden } from '../src/golden.ts';
import { checkInferenceJson, inferenceJsonSchemas, taskNames } from '../src/manifest/inference-json.ts';
import { loadModel } from '../src/model.ts';
import { startWasm } from '../src/runtime/wasm.ts';
import { headingsOf, linksOf, readPages, root } from './docs/pages.ts';
import { runExample } from './docs/run-example.ts';
import { stepsOf } from './docs/steps-of.ts';
import { isShown, makeFolder, removeFolder, transcriptsOf, type } from './docs/transcripts.ts';
import { typeErrors } from './docs/type-check.ts';
import { launchChromium } from './chromium.ts';
import { serve } from './serve.ts';
import { artifactOf, filesOf, taskFixtures, taskFolder } from './task-fixtures.ts';

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

describe('the page of errors', () => {
  const { text } = pages.find(({ path }) => path === 'docs/errors.md')!;
  const source = readFileSync(join(root, 'src/errors.ts'), 'utf8');
  const [, union = ''] = source.match(/export type ErrorCode =([^;]+);/) ?? [];
  const codes = [...union.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code!);

  test('describes each code that there is, and no other', () => {
    expect(codes.length).toBeGreaterThan(20);
    const described = [...text.matchAll(/^### (.+)$/gm)].map(([, code]) => code!);
    expect(described.toSorted()).toEqual(codes.toSorted());
  });

  test('lists each code with the class it belongs to', () => {
    for (const code of codes) expect(text).toContain(`[\`${code}\`](#${code})`);
    const classes = [...source.matchAll(/^export class (\w+) extends InpointError/gm)].map(([, name]) => name!);
    const listed = [...text.matchAll(/^\| `(\w+Error)` +\|/gm)].map(([, name]) => name!);
    expect(listed.toSorted()).toEqual(classes.toSorted());
  });

  test('says of each whether trying again helps', () => {
    for (const section of text.split(/^### /m).slice(1)) expect(section).toMatch(/\*\*Trying\s+again\*\*/);
  });

  test('shows messages that the source has', () => {
    const sources = filesOf(join(root, 'src'))
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => readFileSync(join(root, 'src', name), 'utf8'))
      .join('\n');
    const messages = [...text.matchAll(/(?:^> .+\n)+/gm)].map(([quote]) => quote.replaceAll(/^> |\n$/gm, ''));
    expect(messages.length).toBe(codes.length);
    // What stands between names, numbers and sentences is written somewhere, in one piece or put together of a few.
    const isWritten = (words: readonly string[], pieces: number): boolean =>
      sources.includes(words.join(' ')) ||
      (pieces > 1 &&
        words.some((_, at) => at > 0 && isWritten(words.slice(0, at), 1) && isWritten(words.slice(at), pieces - 1)));
    const parts = messages.flatMap((message) =>
      message
        .replaceAll('\n', ' ')
        .split(/"[^"]*"|\([^)]*\)|…|\d[\d.]*(?: [kM]?B)?|[.:,;] |[.:]$/)
        .map((part) => part.trim())
        .filter((part) => part.length > 12),
    );
    expect(parts.length).toBeGreaterThan(codes.length);
    expect(parts.filter((part) => !isWritten(part.split(' '), 3))).toEqual([]);
  });
});

test('limits in the docs are those in force', () => {
  const { text } = pages.find(({ path }) => path === 'docs/archive-format.md')!;
  const shown = [...text.matchAll(/^\| `(max\w+)` +\| ([\d,]+)( GiB)? /gm)].map(([, name, digits, unit]) => [
    name!,
    Number(digits!.replaceAll(',', '')) * (unit ? 2 ** 30 : 1),
  ]);
  expect(Object.fromEntries(shown)).toEqual(resolveLimits());
});

test('checkSite() names links to no file, to no place in one, and what comes from elsewhere', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'inpoint-site-'));
  try {
    mkdirSync(join(folder, 'more'));
    const links = ['more/#there', '/index.html', '#top', 'https://example.org/x', 'gone.html', 'more/#gone', '#gone'];
    const anchors = links.map((link) => `<a href="${link}">x</a>`).join('');
    const script = '<script src="https://cdn.example/x.js"></script>';
    writeFileSync(join(folder, 'index.html'), `<h1 id="top">x</h1>${anchors}${script}`);
    writeFileSync(join(folder, 'more/index.html'), '<h1 id="there">x</h1><a href="../index.html#top">x</a>');
    const { pages: count, problems } = await checkSite(folder);
    expect(count).toBe(2);
    expect(problems).toEqual([
      'index.html: gone.html: no such file',
      'index.html: more/#gone: no such place in more/index.html',
      'index.html: #gone: no such place in index.html',
      'index.html: https://cdn.example/x.js: it is fetched from elsewhere',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
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
  let runtime: ReturnType<typeof startWasm>;
  beforeAll(() => {
    const dist = new URL('../dist/', import.meta.url);
    const wasmBinary = readFileSync(new URL('ort-wasm-simd-threaded.wasm', dist));
    runtime = startWasm({ assets: dist.href, threads: 1, wasmBinary });
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
describe.each([
  { path: 'docs/cli.md', atLeast: 6 },
  { path: 'docs/quick-start.md', atLeast: 3 },
])('the page $path', ({ path, atLeast }) => {
  const folder = makeFolder();
  afterAll(() => removeFolder(folder));
  const transcripts = transcriptsOf(pages.find((page) => page.path === path)!);

  test('has commands', () => expect(transcripts.length).toBeGreaterThanOrEqual(atLeast));

  test.each(transcripts)('shows what is written by: $command', ({ command, shown }) => {
    const written = type(command, folder);
    if (!isShown(written, shown)) expect(written).toBe(shown);
  });
});

describe('the quick start', () => {
  const { blocks } = pages.find(({ path }) => path === 'docs/quick-start.md')!;

  test('shows what its page says in a browser', async () => {
    const html = blocks.find(({ info }) => info === 'index.html')!.code;
    const { text } = pages.find(({ path }) => path === 'docs/quick-start.md')!;
    const [, promised = ''] = text.match(/^The page says `([^`]+)`/m) ?? [];
    await using site = await serve(join(root, 'public'), {
      routes: { '/start/': (_, response) => void response.setHeader('content-type', 'text/html').end(html) },
    });
    await using browser = await launchChromium();
    const page = await browser.newPage();
    // Where npm would have put the package.
    await page.route('**/node_modules/inpoint/dist/*', (route) =>
      route.fulfill({ path: join(root, 'dist', new URL(route.request().url()).pathname.split('/').at(-1)!) }),
    );
    await page.goto(`${site.url}/start/`);
    await expect.poll(() => page.textContent('output'), { timeout: 30_000 }).not.toBe('Loading …');
    expect(await page.textContent('output')).toBe(promised);
  });

  test('shows the answer that its own model gets', async () => {
    const dist = new URL('../dist/', import.meta.url);
    const wasmBinary = readFileSync(new URL('ort-wasm-simd-threaded.wasm', dist));
    const runtime = startWasm({ assets: dist.href, threads: 1, wasmBinary });
    const artifact = artifactOf(join(taskFolder, 'text-classification--words'));
    const model = await loadModel(artifact, runtime, { task: 'text-classification', media: nodeMedia(dist) });
    try {
      const example = blocks.findLast(({ language }) => language === 'ts')!;
      const { checked, problems } = await runExample(example.code, model, undefined);
      expect(problems).toEqual([]);
      expect(checked).toBe(1);
    } finally {
      await model.dispose();
    }
  });
});
