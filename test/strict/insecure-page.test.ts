import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { strictSite, type Asked, type StrictSite, type Told } from './strict-site.ts';

let browser: Browser;
let context: BrowserContext;
let site: StrictSite;

beforeAll(async () => {
  browser = await launchChromium(['--host-resolver-rules=MAP insecure.test 127.0.0.1']);
  [context, site] = await Promise.all([browser.newContext(), strictSite()]);
});

afterAll(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
});

function visit(asked?: Asked): Promise<Told> {
  return site.visit(context, asked, site.url.replace('127.0.0.1', 'insecure.test'));
}

describe('a page that is not served securely', () => {
  test('has its model in memory, on one thread, and is told what to do', async () => {
    const { value, here } = await visit();
    expect(here.isSecureContext).toBe(false);
    expect(here.lacks).toEqual(['crypto.subtle', 'OPFS', 'locks', 'caches', 'SharedArrayBuffer']);
    expect(value).toMatchObject({ label: '7', kept: [], report: { threads: 1 }, storage: { kind: 'memory' } });
    expect(value!.storage.reason).toBe(
      'This page is not served securely, and its browser keeps no files for it. Serve it by https, or from localhost.',
    );
  });

  test('compares archives with { integrity }', async () => {
    const archive = await readFile(new URL('../../public/models/digits/model.tar.gz', import.meta.url));
    const integrityOf = (bytes: Uint8Array): string => `sha256-${createHash('sha256').update(bytes).digest('base64')}`;
    const right = await visit({ options: { integrity: integrityOf(archive) } });
    expect(right).toMatchObject({ value: { label: '7' } });
    const wrong = await visit({ options: { integrity: integrityOf(archive.subarray(1)) } });
    expect(wrong).toMatchObject({ error: { name: 'ArtifactError', code: 'integrity-mismatch' } });
  });

  test('is refused by name what it cannot be promised', async () => {
    const trust = [Buffer.alloc(32, 1).toString('base64')];
    const { error: untrusted } = await visit({ options: { trust } });
    expect(untrusted).toMatchObject({ name: 'ArtifactError', code: 'signature-unsupported', isInpoint: true });
    expect(untrusted!.message).toMatch(/since this page is not served securely\..* https\.$/);
    const { error: unkept } = await visit({ call: 'prefetch' });
    expect(unkept).toMatchObject({ name: 'StoreError', code: 'store-failed', isInpoint: true });
    expect(unkept!.message).toMatch(/Serve it by https, or from localhost\.$/);
    const { error: offline } = await visit({ options: { cache: 'only-if-cached' } });
    expect(offline).toMatchObject({ name: 'StoreError', code: 'not-kept' });
    expect(await visit({ call: 'persist' })).toMatchObject({ value: false });
  });
});
