import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, launchProfile, type Profile } from '../chromium.ts';
import { answer, model, modelServer, packModel, type Archive, type ModelServer } from './model-server.ts';
import { openPage } from './open-page.ts';
import { newVisit, open, predict, put } from './visitor.ts';

// What is not ours to decide: other libraries on the same origin, the clock, and what the browser has.

let profile: Profile;
let first: Archive;
let second: Archive;

beforeAll(async () => {
  [profile, first, second] = await Promise.all([launchProfile(), packModel(1), packModel(2, 2)]);
});
afterAll(() => profile[Symbol.asyncDispose]());

const other = '/other.tar.gz';

describe.concurrent('what others keep', () => {
  test('of another version of the library, or of another app, stays as it is', async () => {
    await using visit = await newVisit(profile, { [model]: first, [other]: second });
    const { page } = visit;
    const foreign = ['inpoint/0/models/a.1.json', 'inpoint/2/default/files/b', 'another-app/files/c', 'd'];
    for (const path of foreign) await put(page, path, `all of ${path}`);
    await page.evaluate((address) => inpoint.models.prefetch(address), model);
    await open(page, {}, other);
    await page.evaluate((key) => inpoint.models.remove(key), visit.server.url + other).catch(() => {});
    await page.evaluate(() => inpoint.models.clear());
    expect(await page.evaluate(() => opfs())).toEqual(
      Object.fromEntries(foreign.map((path) => [path, `all of ${path}`.length])),
    );
  });

  test('in another namespace stays as it is', async () => {
    await using visit = await newVisit(profile, { [model]: first });
    const { page, server } = visit;
    await open(page);
    await open(page, { namespace: 'a/b' });
    await page.evaluate(() => inpoint.models.clear());
    expect(await page.evaluate(() => inpoint.models.list())).toEqual([]);
    expect(await page.evaluate(() => inpoint.models.in('a/b').list())).toHaveLength(1);
    server.isAway = true;
    expect(await open(page, { namespace: 'a/b' })).toMatchObject({ files: first.files, storage: { source: 'store' } });
  });

  test('in a format that is not known is neither taken nor destroyed, until its key is downloaded', async () => {
    await using visit = await newVisit(profile, { [model]: first, [other]: second });
    const { page } = visit;
    await open(page);
    const path = await recordOf(page);
    await rewrite(page, path, '"format":1', '"format":2');
    expect(await page.evaluate(() => inpoint.models.list())).toEqual([]);
    await open(page, {}, other);
    expect(Object.keys(await page.evaluate(() => opfs()))).toContain(path);
    expect(await open(page)).toMatchObject({ files: first.files, storage: { source: 'network' } });
    expect(Object.keys(await page.evaluate(() => opfs()))).not.toContain(path);
    expect(await page.evaluate(() => inpoint.models.list())).toHaveLength(2);
  });
});

describe.concurrent('the clock', () => {
  const dayMs = 86_400_000;

  test.each([
    ['ahead', dayMs],
    ['back', -dayMs],
  ])('a day %s: what is kept is asked for again, once, and is fresh then', async (_, ms) => {
    await using visit = await newVisit(profile, { [model]: first });
    const { page, server } = visit;
    server.cacheControl = 'max-age=60';
    await open(page);
    await open(page);
    expect(statuses(server)).toEqual([200]);
    await open(page, { patch: `clock=${ms}` });
    await open(page, { patch: `clock=${ms}` });
    expect(statuses(server)).toEqual([200, 304]);
    // And right again.
    expect(await open(page)).toMatchObject({ files: first.files, storage: { source: 'store', healed: [] } });
    expect(statuses(server)).toEqual([200, 304, 304]);
  });

  test('a day back does not make the model used last the oldest', async () => {
    await using visit = await newVisit(profile, { [model]: first, [other]: second });
    const { page, server } = visit;
    await open(page, { patch: `clock=${dayMs}` });
    await open(page, {}, other);
    const keys = await page.evaluate(async () => (await inpoint.models.list()).map(({ key }) => key));
    expect(keys).toEqual([server.url + other, server.url + model]);
    await open(page);
    const later = await page.evaluate(async () => (await inpoint.models.list()).map(({ key }) => key));
    expect(later).toEqual([server.url + model, server.url + other]);
  });
});

describe.concurrent('a browser', () => {
  test('without OPFS keeps models in Cache Storage, and says so', async () => {
    await using visit = await newVisit(profile, { [model]: first });
    const { page, server } = visit;
    const patch = 'without=opfs';
    const storage = { kind: 'cache-storage', reason: expect.stringContaining('OPFS') as string };
    expect(await open(page, { patch })).toMatchObject({
      files: first.files,
      storage: { ...storage, source: 'network' },
    });
    server.sent.length = 0;
    expect(await open(page, { patch })).toMatchObject({ files: first.files, storage: { ...storage, source: 'store' } });
    expect(server.sentBytes()).toBe(0);
    server.isAway = true;
    expect(await open(page, { patch })).toMatchObject({ files: first.files, storage: { isStale: true } });
    expect(Object.keys(await page.evaluate(() => opfs()))).toEqual([]);
  });

  test.each([
    ['OPFS and Cache Storage', 'without=opfs,caches', /OPFS.*Cache Storage/],
    ['Web Locks', 'without=locks', /Web Locks/],
  ])('without %s has models in memory, and says so', async (_, patch, reason) => {
    await using visit = await newVisit(profile, { [model]: first });
    const { page, server } = visit;
    const storage = {
      kind: 'memory',
      source: 'network',
      key: undefined,
      reason: expect.stringMatching(reason) as string,
    };
    expect(await open(page, { patch })).toMatchObject({ files: first.files, storage });
    expect(await open(page, { patch })).toMatchObject({ files: first.files, storage });
    // What the browser itself keeps it is asked for: nothing else does.
    expect(statuses(server)).toEqual([200, 304]);
  });

  test('that was not reached securely has models in memory, and they answer', async () => {
    await using server = await modelServer({ [model]: first });
    const { port } = new URL(server.url);
    const browser = await launchChromium(['--host-resolver-rules=MAP insecure.test 127.0.0.1']);
    try {
      const page = await openPage(await browser.newContext(), { url: `http://insecure.test:${port}` });
      expect(await page.evaluate(() => isSecureContext)).toBe(false);
      expect(await predict(page)).toMatchObject({
        value: expect.closeTo(answer, 1) as number,
        storage: { kind: 'memory', key: undefined, reason: expect.stringContaining('securely') as string },
      });
      expect(await page.evaluate(() => inpoint.models.list())).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});

function statuses({ sent }: ModelServer): number[] {
  return sent.map(({ status }) => status);
}

async function recordOf(page: Page): Promise<string> {
  const paths = Object.keys(await page.evaluate(() => opfs()));
  return paths.find((path) => path.startsWith('inpoint/1/default/models/'))!;
}

/** Changes a record as another version of the library would have written it. */
async function rewrite(page: Page, path: string, before: string, after: string): Promise<void> {
  const text = await page.evaluate(
    async ({ names, from, to }) => {
      let folder = await navigator.storage.getDirectory();
      for (const name of names.slice(0, -1)) folder = await folder.getDirectoryHandle(name);
      const record = await (await folder.getFileHandle(names.at(-1)!)).getFile();
      const [json] = (await record.text()).split('\n');
      const changed = new TextEncoder().encode(json!.replace(from, to));
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', changed));
      return `${new TextDecoder().decode(changed)}\n${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
    },
    { names: path.split('/'), from: before, to: after },
  );
  expect(text).toContain(after);
  await put(page, path, text);
}
