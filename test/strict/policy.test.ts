import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unpackArtifact } from '../../src/artifact/index.ts';
import { packArtifact } from '../../src/pack/index.ts';
import { launchChromium } from '../chromium.ts';
import { isolation } from '../serve.ts';
import { policies } from './docs.ts';
import { recorded } from './recorded-chromium.ts';
import { repository, strictSite, type Told } from './strict-site.ts';

const [strictest, named, byDefault] = policies as [string, string, string];
const digits = '/public/models/digits/model.tar.gz';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
});

test('the strictest policy of the docs is the one that is promised', () => {
  expect(strictest).toBe(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; require-trusted-types-for 'script'",
  );
  expect(named).toBe(`${strictest}; trusted-types inpoint`);
  expect(byDefault).toBe(`${strictest}; trusted-types default inpoint`);
});

describe.each([
  ['with no list of Trusted Types policies', strictest, 'inpoint'],
  ['with a list of them', named, 'inpoint'],
  ['with a default one, and no assets', byDefault, 'default'],
])('the strictest policy, %s', (_, policy, name) => {
  test('lets a model be deployed, kept, called and opened again; no request leaves the origin', async () => {
    await using site = await strictSite({ policy });
    const told: Told[] = [];
    const { requests, started, lookedUp } = await recorded('http://127.0.0.1', async (context) => {
      told.push(await site.visit(context, { policy: name }));
      told.push(await site.visit(context, { policy: name, options: { cache: 'only-if-cached' } }));
    });
    const answer = { label: '7', kept: [digits] };
    expect(told).toMatchObject([
      { value: { ...answer, storage: { kind: 'opfs', source: 'network' } }, violations: [] },
      { value: { ...answer, storage: { kind: 'opfs', source: 'store' } }, violations: [] },
    ]);
    expect(site.reports).toEqual([]);
    for (const addresses of [requests, started]) {
      expect(new Set(addresses.map((address) => new URL(address).origin))).toEqual(new Set([site.url]));
      // What workers asked for is among them.
      const paths = addresses.map((address) => new URL(address).pathname);
      expect(paths).toEqual(expect.arrayContaining([digits, '/dist/ort-wasm-simd-threaded.wasm']));
    }
    expect(new Set(lookedUp)).toEqual(new Set([site.url]));
    expect(site.requests.filter((request) => request.endsWith(digits))).toHaveLength(1);
  });

  test('lets a second worker unpack a large archive', async () => {
    const archive = await packLarge();
    const large = '/large.tar.gz';
    const routes = {
      [large]: (_request: unknown, response: { end(bytes: Uint8Array): void }) => response.end(archive),
    };
    await using site = await strictSite({ policy, routes });
    await using context = await browser.newContext();
    const visit = { policy: name, call: 'openArtifact' } as const;
    await site.visit(context, visit);
    const ofSmall = site.requests.filter(isArchiveWorker).length;
    expect(await site.visit(context, { ...visit, model: large })).toMatchObject({
      value: 'large.tar.gz',
      violations: [],
    });
    expect(site.requests.filter(isArchiveWorker).length - ofSmall).toBe(ofSmall + 1);
    expect(site.reports).toEqual([]);
  });

  test('lets the runtime start its threads', async () => {
    await using site = await strictSite({ policy, headers: isolation });
    await using context = await browser.newContext();
    const told = await site.visit(context, { policy: name, options: { threads: 2 } });
    const threads = Math.min(2, availableParallelism());
    expect(told).toMatchObject({ value: { label: '7', report: { threads } }, violations: [] });
    expect(site.reports).toEqual([]);
  });
});

test('a default policy lets the workers start that a bundler has named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'inpoint-strict-'));
  try {
    await build({
      configFile: false,
      logLevel: 'warn',
      root: join(repository, 'test/strict/page'),
      build: { outDir: folder, emptyOutDir: true, target: 'esnext' },
    });
    await symlink(join(repository, 'public'), join(folder, 'public'));
    await using site = await strictSite({ policy: byDefault, folder, path: '/' });
    await using context = await browser.newContext();
    const told = await site.visit(context, { policy: 'default' });
    expect(told).toMatchObject({ value: { label: '7', storage: { kind: 'opfs' } }, violations: [] });
    expect(site.requests.filter((request) => /^worker \/assets\/(engine|archive)-worker-/.test(request))).not.toEqual(
      [],
    );
    expect(site.reports).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('under a list without our policy, one worker unpacks, one thread computes, and both are reported', async () => {
  const policy = `${strictest}; trusted-types own`;
  const large = '/large.tar.gz';
  const archive = await packLarge();
  const routes = { [large]: (_request: unknown, response: { end(bytes: Uint8Array): void }) => response.end(archive) };
  await using site = await strictSite({ policy, headers: isolation, routes });
  await using context = await browser.newContext();
  const visit = { policy: 'own', model: large };
  expect(await site.visit(context, { ...visit, options: { threads: 1 } })).toMatchObject({ value: { label: '7' } });
  expect(site.reports.join()).toContain('archive-worker.js');
  expect(site.reports.join()).not.toContain('ort-wasm');
  if (availableParallelism() === 1) return;
  const { error } = await site.visit(context, { policy: 'own', options: { threads: 2 } });
  expect(error).toMatchObject({ code: 'runtime-failed' });
  expect(site.reports.join()).toContain('ort-wasm');
});

test('a Blob is read as it is, and a blob: address needs blob: in connect-src', async () => {
  for (const [policy, answers] of [
    [named, ['7', 'input-invalid']],
    [named.replace("connect-src 'self'", "connect-src 'self' blob:"), ['7', '7']],
  ] as const) {
    await using site = await strictSite({ policy });
    await using context = await browser.newContext();
    const told = await site.visit(context, { policy: 'inpoint', call: 'invokeBlobs' });
    expect(told).toMatchObject({ value: answers });
  }
});

test('deploy() without an address that is vouched for is worker-boot-failed, and says what to do', async () => {
  await using site = await strictSite({ policy: strictest });
  await using context = await browser.newContext();
  const { error, violations } = await site.visit(context);
  expect(error).toMatchObject({ name: 'WorkerError', code: 'worker-boot-failed' });
  expect(error!.message).toMatch(/Under Trusted Types, give its address by a policy of the page, with \{ assets \}\.$/);
  // And that is what a violation looks like.
  expect(violations).not.toEqual([]);
  expect(site.reports.join()).toContain('require-trusted-types-for');
});

test("deploy() without 'wasm-unsafe-eval' is runtime-failed, and reported from the worker", async () => {
  await using site = await strictSite({ policy: named.replace(" 'wasm-unsafe-eval'", '') });
  await using context = await browser.newContext();
  const { error } = await site.visit(context, { policy: 'inpoint' });
  expect(error).toMatchObject({ name: 'InferenceError', code: 'runtime-failed' });
  expect(error!.message).toContain("'wasm-unsafe-eval'");
  expect(site.reports.join()).toContain('engine-worker.js');
});

test('the recordings notice what a worker asks of another host', async () => {
  const script = "fetch(name).catch(() => {}).then(() => postMessage('asked'))";
  await using site = await strictSite({
    routes: {
      '/curious.js': (_, response) => void response.setHeader('content-type', 'text/javascript').end(script),
    },
  });
  // Browsers know without asking that this is the loopback.
  const elsewhere = site.url.replace('127.0.0.1', 'elsewhere.localhost');
  const { requests, started, lookedUp } = await recorded('http://127.0.0.1', async (context) => {
    const page = await context.newPage();
    await page.goto(`${site.url}/frame?src=about:blank`);
    await page.evaluate(
      (name) => new Promise((resolve) => (new Worker('/curious.js', { name }).onmessage = resolve)),
      `${elsewhere}/asked`,
    );
  });
  expect(requests).toContain(`${elsewhere}/asked`);
  expect(started).toContain(`${elsewhere}/asked`);
  expect(lookedUp).toContain(elsewhere);
});

function isArchiveWorker(request: string): boolean {
  return request === 'worker /dist/archive-worker.js';
}

/** The digits with noise beside them: so large that the archive worker wants help. */
async function packLarge(): Promise<Uint8Array> {
  const archive = await readFile(join(repository, digits));
  const { files } = await unpackArtifact(new Blob([archive]));
  const noise = { path: 'noise.bin', blob: new Blob([randomBytes(17 * 2 ** 20)]) };
  const described = files.find(({ path }) => path === 'inference.json')!;
  const { files: _, parts: __, ...manifest } = JSON.parse(await described.blob.text()) as Record<string, unknown>;
  const rest = files.filter((file) => file !== described).map(({ path, blob }) => ({ path, blob }));
  const chunks: Uint8Array[] = [];
  for await (const chunk of packArtifact([...rest, noise], { manifest })) chunks.push(chunk);
  return Buffer.concat(chunks);
}
