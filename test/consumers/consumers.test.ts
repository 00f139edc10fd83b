import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify, stripVTControlCharacters } from 'node:util';
import { brotliCompressSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isChromiumsOwn, launchChromium } from '../chromium.ts';
import { isolation, serve } from '../serve.ts';

/**
 * What users do with the package as npm packs it, in folders of their own, with no configuration of anything.
 * Needs `dist/`; asks no registry.
 */

const repository = fileURLToPath(new URL('../..', import.meta.url));
const apps = fileURLToPath(new URL('apps', import.meta.url));
const tool = (path: string): string => join(repository, 'node_modules', path);
const run = promisify(execFile);

let browser: Browser;
let temporary: string;
let tarball: string;

beforeAll(async () => {
  browser = await launchChromium();
  // Its real path: bundlers compare paths, and a temporary folder is a link on some systems.
  temporary = await realpath(await mkdtemp(join(tmpdir(), 'inpoint-consumers-')));
  const installed = join(temporary, 'installed');
  await mkdir(installed);
  await writeFile(join(installed, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }));
  const npm = (folder: string, ...words: string[]) =>
    run('npm', words, { cwd: folder, env: clean, shell: process.platform === 'win32' });
  await npm(repository, 'pack', '--pack-destination', temporary, '--ignore-scripts');
  tarball = join(
    temporary,
    (await readdir(temporary)).find((name) => name.endsWith('.tgz'))!,
  );
  await npm(installed, 'install', tarball, '--offline', '--no-audit', '--no-fund');
}, 60_000);

afterAll(async () => {
  await browser?.close();
  if (temporary) await rm(temporary, { recursive: true, force: true });
});

/** As a user's shell has it: a test runner's `NODE_ENV` would change what Vite builds. */
const clean: NodeJS.ProcessEnv = {
  ...process.env,
  NODE_ENV: undefined,
  VITEST: undefined,
  NO_COLOR: '1',
  FORCE_COLOR: undefined,
};

describe('inpoint.tgz', () => {
  test('holds what was built and nothing else, and brings no other package', async ({ annotate }) => {
    const folder = join(temporary, 'installed/node_modules');
    expect((await readdir(folder)).filter((name) => !name.startsWith('.'))).toEqual(['inpoint']);
    const names = (await readdir(join(folder, 'inpoint'))).filter(
      (name) => !/^(readme|license|changelog|third-party)/i.test(name),
    );
    expect(names.toSorted()).toEqual(['dist', 'package.json']);
    expect((await readdir(join(folder, 'inpoint/dist'))).toSorted()).toEqual([
      'archive-worker.js',
      'chat.js',
      'cli.js',
      'deploy-async.js',
      'deploy-variants.js',
      'device-worker.js',
      'engine-worker.js',
      'idb.js',
      'index.d.ts',
      'index.js',
      'inference.schema.json',
      'inpoint-generation.js',
      'kept-output.js',
      'kept.js',
      'mozjpeg_dec.wasm',
      'observe.js',
      'ort-wasm-simd-threaded.asyncify.js',
      'ort-wasm-simd-threaded.asyncify.wasm',
      'ort-wasm-simd-threaded.js',
      'ort-wasm-simd-threaded.jspi.js',
      'ort-wasm-simd-threaded.jspi.wasm',
      'ort-wasm-simd-threaded.wasm',
      'parquet-codecs.js',
      'parquet.js',
      'read-parquet.js',
      'rolldown-runtime.js',
      'run-transform.js',
      'sagemaker_handler.py',
      'scale-keeper.js',
      'send-audio.js',
      'service-worker.d.ts',
      'service-worker.js',
      'shown.js',
      'spare.js',
      'try-webgpu.js',
      'update-variant.js',
      'variant-router.js',
      'webgpu-worker.js',
      'worker.d.ts',
      'worker.js',
      'write-parquet.js',
    ]);
    await annotate(`tarball: ${(await stat(tarball)).size} bytes`);
  });
});

describe('npx inpoint', () => {
  test('answers from where the package was installed', async () => {
    const bin = join(temporary, 'installed/node_modules/.bin/inpoint');
    const archive = join(repository, 'public/models/digits/model.tar.gz');
    const { stdout, stderr } = await run(process.execPath, [bin, 'verify', archive], { env: clean });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/samples agree/);
  });
});

describe('Vite', () => {
  let app: string;

  beforeAll(async () => {
    app = await makeApp('vite', 'public/model.tar.gz');
    const { stderr } = await run(process.execPath, [tool('vite/bin/vite.js'), 'build'], { cwd: app, env: clean });
    // On a busy machine Rolldown tells which of its plugins took long.
    if (!stderr.includes('PLUGIN_TIMINGS')) expect(stderr).toBe('');
  });

  test('builds a site that runs under a strict policy', async () => {
    await expectPage(join(app, 'dist'), { threads: 1 });
  });

  test('builds a site whose runtime starts its threads', async () => {
    await expectPage(join(app, 'dist'), { threads: 2, headers: isolation });
  });

  test("gives the page's share of the bundle, which is at most 21.5 kB", async ({ annotate }) => {
    const assets = join(app, 'dist/assets');
    const page = (await readdir(assets)).find((name) => name.startsWith('index-') && name.endsWith('.js'))!;
    const { length } = brotliCompressSync(await readFile(join(assets, page)));
    await annotate(`the page's share: ${length} bytes of brotli`);
    expect(length).toBeLessThanOrEqual(21_500);
  });

  test('serves the site while it is developed', async () => {
    await using server = await startViteDev(app);
    expectAnswers(await visit(server.url), 1);
    // Its output tells of what it could not make sense of.
    expect(server.output()).not.toMatch(/warn|error|doesn't exist/i);
  });
});

describe('webpack', () => {
  let app: string;

  beforeAll(async () => {
    app = await makeApp('webpack', 'model.tar.gz');
    const problems = await buildWithWebpack(app);
    // That the `.wasm` is large is no news.
    expect(problems.filter((problem) => !/size limit/.test(problem))).toEqual([]);
  });

  test('builds a site that runs under a strict policy', async () => {
    await expectPage(app, { threads: 1 });
  });

  test('builds a site whose runtime starts its threads', async () => {
    await expectPage(app, { threads: 2, headers: isolation });
  });

  test('emits files whose names need no escaping, without a path of the machine that built them', async () => {
    const folder = join(app, 'dist');
    for (const name of await readdir(folder)) {
      expect(name).toMatch(/^[\w.-]+$/);
      if (name.endsWith('.js')) expect(await readFile(join(folder, name), 'utf8')).not.toContain(temporary);
    }
  });
});

describe('a plain page with an import map', () => {
  let app: string;

  beforeAll(async () => {
    app = await makeApp('plain', 'model.tar.gz');
  });

  test('runs under a strict policy', async () => {
    await expectPage(app, { threads: 1, inlineScript: await importMapOf(app) });
  });

  test('runs with threads', async () => {
    await expectPage(app, { threads: 2, headers: isolation, inlineScript: await importMapOf(app) });
  });
});

describe('Node', () => {
  test("import 'inpoint' and 'inpoint/worker' leave no global, no timer, no word", async () => {
    const script = `
      const before = new Set(Reflect.ownKeys(globalThis));
      const { deploy } = await import('inpoint');
      const { serve } = await import('inpoint/worker');
      const added = Reflect.ownKeys(globalThis).filter((key) => !before.has(key)).map(String);
      process.on('exit', () => console.log(JSON.stringify({ added, exports: [typeof deploy, typeof serve] })));`;
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script], {
      cwd: join(temporary, 'installed'),
      env: clean,
      timeout: 10_000,
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ added: [], exports: ['function', 'function'] });
  });
});

describe('TypeScript', () => {
  test.each([
    ['bundler', 'esnext'],
    ['nodenext', 'nodenext'],
  ])(
    'moduleResolution %s finds types that hold, with no more than the es2022 and dom libraries',
    async (resolution, module) => {
      const app = await makeApp('types', undefined, resolution);
      const options = `--noEmit --strict --target es2022 --lib es2022,dom --module ${module} --moduleResolution ${resolution}`;
      const { stdout } = await run(
        process.execPath,
        [tool('typescript/bin/tsc'), ...options.split(' '), 'page.ts', 'worker.ts'],
        {
          cwd: app,
        },
      ).catch((error: { stdout: string }) => error);
      expect(stdout).toBe('');
    },
  );
});

/** A copy of a fixture with the package installed, and with the model where its server finds it. */
async function makeApp(fixture: string, model?: string, name: string = fixture): Promise<string> {
  const app = join(temporary, name);
  await cp(join(temporary, 'installed'), app, { recursive: true });
  await cp(join(apps, fixture), app, { recursive: true });
  if (model) await cp(join(repository, 'public/models/digits/model.tar.gz'), join(app, model));
  return app;
}

interface Answers {
  readonly labels: readonly { readonly label: string; readonly score: number }[];
  /** What the page's own worker made of the same picture: the place of the highest logit. */
  readonly likeliest: number;
  readonly threads: readonly number[];
}

interface PageOptions {
  threads: number;
  headers?: Record<string, string>;
  /** The text of the one inline script that the policy lets through. */
  inlineScript?: string;
}

/** Serves a site under a policy that allows its own files and WASM, and nothing else. */
async function expectPage(folder: string, { threads, headers, inlineScript }: PageOptions): Promise<void> {
  const hash =
    inlineScript === undefined ? '' : ` 'sha256-${createHash('sha256').update(inlineScript).digest('base64')}'`;
  const policy = `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'${hash}; worker-src 'self'; connect-src 'self'; object-src 'none'; report-uri /reports`;
  const reports: string[] = [];
  const fetchedAs = { script: new Set<string>(), worker: new Set<string>() };
  await using site = await serve(folder, {
    headers: { ...headers, 'content-security-policy': policy },
    routes: {
      '/reports': async (request, response) => {
        reports.push(await text(request));
        response.writeHead(204).end();
      },
    },
    onRequest: ({ url, headers: sent }) => {
      const destination = sent['sec-fetch-dest'];
      if (destination === 'script' || destination === 'worker') fetchedAs[destination].add(url!);
    },
  });
  expectAnswers(await visit(site.url), threads);
  expect(reports).toEqual([]);
  // ONNX Runtime's own module is the only one that is imported, and then started again as a worker for each thread.
  expect([...fetchedAs.script].filter((url) => fetchedAs.worker.has(url))).toHaveLength(threads > 1 ? 1 : 0);
}

function expectAnswers({ labels, likeliest, threads }: Answers, wanted: number): void {
  expect(labels.map(({ label }) => label).toSorted()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  expect(labels.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 5);
  expect(labels[0]?.label).toBe('1');
  expect(likeliest).toBe(1);
  expect(threads).toEqual([wanted, wanted]);
}

/** Opens a page and gives what its `result` resolves to. Nothing may go wrong on the way, in its workers neither. */
async function visit(url: string): Promise<Answers> {
  const context = await browser.newContext();
  const troubles: string[] = [];
  context.on('console', (message) => {
    const { url: place } = message.location();
    // The apps have no icon, and browsers ask for one.
    if (isChromiumsOwn(message.text()) || place.endsWith('/favicon.ico')) return;
    if (['error', 'warning'].includes(message.type())) troubles.push(`${message.text()} (${place})`);
  });
  context.on('weberror', (error) => troubles.push(String(error.error())));
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== url && !['blob:', 'data:'].includes(protocol)) troubles.push(`a request to ${request.url()}`);
  });
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText;
    // A worker that ends with its work takes the end of its last download along.
    if (reason !== 'net::ERR_ABORTED') troubles.push(`${request.url()}: ${reason}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 400) troubles.push(`${response.url()}: ${response.status()}`);
  });
  try {
    const page = await context.newPage();
    await page.goto(url);
    const answers = await page.evaluate(() => (globalThis as unknown as { result: Promise<Answers> }).result);
    expect(troubles).toEqual([]);
    return answers;
  } finally {
    await context.close();
  }
}

async function importMapOf(app: string): Promise<string> {
  return /<script type="importmap">(.*?)<\/script>/s.exec(await readFile(join(app, 'index.html'), 'utf8'))![1]!;
}

/** Runs webpack in `app` with no more than a mode, and gives everything it complains of. */
async function buildWithWebpack(app: string): Promise<string[]> {
  const script = `
    require(${JSON.stringify(tool('webpack'))})({ mode: 'production' }, (error, stats) => {
      if (error) throw error;
      const { errors, warnings } = stats.toJson({ errors: true, warnings: true });
      console.log(JSON.stringify([...errors, ...warnings].map(({ message }) => message)));
    });`;
  const { stdout } = await run(process.execPath, ['--input-type=commonjs', '-e', script], { cwd: app, env: clean });
  return JSON.parse(stdout) as string[];
}

interface DevServer extends AsyncDisposable {
  readonly url: string;
  output(): string;
}

/** `vite`, as on a command line. */
async function startViteDev(app: string): Promise<DevServer> {
  const server = spawn(process.execPath, [tool('vite/bin/vite.js'), '--host', '127.0.0.1'], { cwd: app, env: clean });
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
  let output = '';
  const url = new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer): void => {
      output += stripVTControlCharacters(chunk.toString());
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
      if (address) resolve(address);
    };
    server.stdout.on('data', listen);
    server.stderr.on('data', listen);
    void ended.then(() => reject(new Error(`Vite ended: ${output}`)));
  });
  return {
    url: await url,
    output: () => output,
    [Symbol.asyncDispose]: async () => {
      server.kill();
      await ended;
    },
  };
}
