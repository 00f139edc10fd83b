import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchProfile, type Profile } from '../chromium.ts';
import { extensionFiles, said } from './docs.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const { 'manifest.json': manifest = '', ...scripts } = extensionFiles;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inpoint-extension-'));
});

afterAll(async () => {
  if (folder) await rm(folder, { recursive: true });
});

describe('a page of an extension', () => {
  test('deploys the model it was packaged with, and answers', async () => {
    await using profile = await launchExtension('asked', manifest);
    const requests: string[] = [];
    profile.context.on('request', (request) => requests.push(request.url()));
    const page = await openPage(profile.context);
    await expect.poll(() => page.textContent('output'), { timeout: 30_000 }).toBe(said);
    expect(said).toBe('It is a 7.');
    expect(new Set(requests.map((address) => new URL(address).protocol))).toEqual(new Set(['chrome-extension:']));
  });

  test('keeps a model, and opens it again', async () => {
    const keeps = scripts['page.js']!.replace(", cache: 'no-store'", '');
    const tells = `${keeps}\ndocument.title = JSON.stringify(endpoint.storage);`;
    await using profile = await launchExtension('kept', manifest, { 'page.js': tells });
    const storages: unknown[] = [];
    for (const _ of [1, 2]) {
      const page = await openPage(profile.context);
      await expect.poll(() => page.title(), { timeout: 30_000 }).toMatch(/^\{/);
      storages.push(JSON.parse(await page.title()));
      await page.close();
    }
    expect(storages).toMatchObject([
      { kind: 'opfs', source: 'network' },
      { kind: 'opfs', source: 'store' },
    ]);
  });

  test("without 'wasm-unsafe-eval' is runtime-failed", async () => {
    const { content_security_policy: _, ...rest } = JSON.parse(manifest) as Record<string, unknown>;
    await using profile = await launchExtension('default', JSON.stringify(rest));
    const page = await profile.context.newPage();
    const failed = page.waitForEvent('pageerror');
    await openPage(profile.context, page);
    expect(String(await failed)).toMatch(/ONNX Runtime did not start: .*add 'wasm-unsafe-eval' to its script-src/);
  });
});

/** A browser with the extension, whose files are those of the docs. */
async function launchExtension(
  name: string,
  manifestJson: string,
  changed: Readonly<Record<string, string>> = {},
): Promise<Profile> {
  const extension = join(folder, name);
  await cp(join(repository, 'dist'), join(extension, 'inpoint'), { recursive: true });
  await cp(join(repository, 'public/models/digits/model.tar.gz'), join(extension, 'model.tar.gz'));
  for (const [file, content] of Object.entries({ ...scripts, ...changed, 'manifest.json': manifestJson }))
    await writeFile(join(extension, file), content);
  return launchProfile(
    // What switches extensions off is among what the driver starts a browser with.
    { ignoreDefaultArgs: ['--disable-extensions'] },
    { extraArgs: [`--load-extension=${extension}`, `--disable-extensions-except=${extension}`] },
  );
}

/** The page that a click on the extension's button opens. */
async function openPage(context: BrowserContext, given?: Page): Promise<Page> {
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  const page = given ?? (await context.newPage());
  await page.goto(new URL('page.html', worker.url()).href);
  return page;
}
