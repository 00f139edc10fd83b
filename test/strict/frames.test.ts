import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, launchProfile } from '../chromium.ts';
import { strictSite, type Asked, type StrictSite } from './strict-site.ts';

/** A page without an origin may read nothing of others that does not say so: not even its own scripts. */
const headers = { 'access-control-allow-origin': '*' };

let browser: Browser;
let site: StrictSite;

beforeAll(async () => {
  [browser, site] = await Promise.all([launchChromium(), strictSite({ headers })]);
});

afterAll(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
});

/** What browsers do by default differs, and from one kind of profile to another. */
const allowed = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } };

describe('a frame', () => {
  test.each([
    ['of the same site, in a sandbox with allow-same-origin', '127.0.0.1', 'allow-scripts allow-same-origin'],
    ['of another site', 'localhost', undefined],
    ['of another site, in such a sandbox', 'localhost', 'allow-scripts allow-same-origin'],
  ])('%s deploys, keeps and opens again', async (_, host, sandbox) => {
    await using profile = await launchProfile({}, { preferences: allowed });
    const frame = { sandbox, from: site.url.replace('127.0.0.1', host) };
    const first = await site.visitFramed(profile.context, frame);
    expect(first).toMatchObject({ value: { label: '7', storage: { kind: 'opfs', source: 'network' } } });
    const again = await site.visitFramed(profile.context, frame, { options: { cache: 'only-if-cached' } });
    expect(again).toMatchObject({ value: { label: '7', storage: { kind: 'opfs', source: 'store' } } });
  });
});

/** What a visitor may choose in the browser's settings. */
const blockedThirdParties = { profile: { cookie_controls_mode: 1, block_third_party_cookies: true } };
const blockedAll = { profile: { default_content_setting_values: { cookies: 2 } } };

describe('where storage is blocked', () => {
  test.each([
    ['a frame of another site', blockedThirdParties, true],
    ['a page', blockedAll, false],
  ])('%s has its model in memory, and says why', async (_, preferences, isFramed) => {
    await using profile = await launchProfile({}, { preferences });
    const { context } = profile;
    const visit = (asked?: Asked) =>
      isFramed
        ? site.visitFramed(context, { from: site.url.replace('127.0.0.1', 'localhost') }, asked)
        : site.visit(context, asked);
    const { value } = await visit();
    expect(value).toMatchObject({ label: '7', kept: [], storage: { kind: 'memory', source: 'network' } });
    expect(value!.storage.reason).toMatch(/^OPFS cannot be used here: .*denied.* Cache Storage cannot be used here: ./);
    expect(await visit({ options: { cache: 'only-if-cached' } })).toMatchObject({ error: { code: 'not-kept' } });
    expect(await visit({ call: 'prefetch' })).toMatchObject({ error: { code: 'store-failed' } });
    expect(await visit({ call: 'list' })).toMatchObject({ value: [] });
  });

  test('only for frames of other sites, a page of its own keeps it', async () => {
    await using profile = await launchProfile({}, { preferences: blockedThirdParties });
    expect(await site.visit(profile.context)).toMatchObject({ value: { storage: { kind: 'opfs' } } });
  });
});

describe('without an origin', () => {
  const sandboxed =
    /since it is in a sandbox, .*\. Add allow-same-origin to that sandbox, or show the page without one\.$/;

  test.each(['deploy', 'openArtifact', 'preflight', 'list', 'prefetch'] as const)(
    '%s() rejects at once with origin-missing',
    async (call) => {
      await using context = await browser.newContext();
      const { error, ms, here } = await site.visitFramed(context, { sandbox: 'allow-scripts' }, { call });
      expect(here.origin).toBe('null');
      expect(error).toMatchObject({ name: 'WorkerError', code: 'origin-missing', isInpoint: true });
      expect(error!.message).toMatch(sandboxed);
      expect(ms).toBeLessThan(1000);
    },
  );

  test('nothing can be made persistent', async () => {
    await using context = await browser.newContext();
    const told = await site.visitFramed(context, { sandbox: 'allow-scripts' }, { call: 'persist' });
    expect(told).toMatchObject({ value: false });
  });

  test('by its own policy, a page is told the same', async () => {
    await using strict = await strictSite({
      headers: { ...headers, 'content-security-policy': 'sandbox allow-scripts' },
    });
    await using context = await browser.newContext();
    const { error } = await strict.visit(context);
    expect(error).toMatchObject({ code: 'origin-missing', message: expect.stringMatching(sandboxed) as string });
  });

  test('a page that was opened as a file is told to be served', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inpoint-file-'));
    const file = join(folder, 'index.html');
    await writeFile(file, `<script type="module" src="${site.url}/test/strict/page/page.js"></script>`);
    await using context = await browser.newContext();
    try {
      const { error } = await site.visitAt(context, pathToFileURL(file).href);
      expect(error).toMatchObject({ name: 'WorkerError', code: 'origin-missing' });
      expect(error!.message).toMatch(/since it was opened as a file\. Serve it by https, or from localhost\.$/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
