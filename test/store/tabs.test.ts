import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { launchProfile, type Profile } from '../chromium.ts';
import { answer, model, modelServer, packModel, type Archive, type ModelServer } from './model-server.ts';
import { openPage } from './open-page.ts';
import { freeze, kill, open, predict, sum } from './visitor.ts';

// One model in several tabs at once, of which some die or stand still.

let profile: Profile;
let context: BrowserContext;
let archive: Archive;

beforeAll(async () => {
  [profile, archive] = await Promise.all([launchProfile(), packModel()]);
  ({ context } = profile);
});
afterAll(() => profile[Symbol.asyncDispose]());

describe.concurrent('several tabs', () => {
  test.each([2, 5])('%i at once: one downloads, all tell how far it is, and all answer', async (count) => {
    await using server = await modelServer({ [model]: archive });
    server.paceMs = 2;
    const pages = await tabs(server, count);
    for (const { progress, value } of await Promise.all(pages.map((page) => predict(page)))) {
      expect(value).toBeCloseTo(answer, 1);
      expect(Math.max(...progress)).toBeGreaterThan(archive.bytes.length / 2);
    }
    expect(server.sentBytes()).toBe(archive.bytes.length);
    expect(await pages[0]!.evaluate(() => inpoint.models.list())).toMatchObject([{ isInUse: true }]);
    await close(pages);
  });

  test('the one that downloads dies: another goes on at once, from where it was', async () => {
    await using server = await modelServer({ [model]: archive });
    server.paceMs = 1;
    server.stopAt = Math.round(archive.bytes.length / 2);
    const [first, second] = (await tabs(server, 2)) as [Page, Page];
    const dying = first.evaluate((address) => void inpoint.openArtifact(address).catch(() => {}), model);
    await dying;
    await stopped(server);
    const waiting = open(second);
    await waiters(second, 1);
    await kill(first);
    server.stopAt = Infinity;
    const started = performance.now();
    expect(await waiting).toMatchObject({ files: archive.files, storage: { source: 'network' } });
    expect(performance.now() - started).toBeLessThan(5000);
    expect(server.sentBytes()).toBeLessThan(archive.bytes.length * 1.3);
    await close([second]);
  });

  test('the one that downloads is frozen: another takes over, and the first comes right when it wakes up', async () => {
    await using server = await modelServer({ [model]: archive });
    server.paceMs = 1;
    server.stopAt = Math.round(archive.bytes.length / 2);
    const [first, second] = (await tabs(server, 2)) as [Page, Page];
    const frozen = open(first);
    await stopped(server);
    const waiting = open(second);
    await waiters(second, 1);
    const { thaw } = await freeze(first);
    server.stopAt = Infinity;
    const started = performance.now();
    expect(await waiting).toMatchObject({ files: archive.files, storage: { source: 'network' } });
    expect(performance.now() - started).toBeLessThan(15_000);
    await thaw();
    expect(await frozen).toMatchObject({ files: archive.files });
    expect(await second.evaluate(() => inpoint.models.list())).toHaveLength(1);
    const paths = Object.keys(await second.evaluate(() => opfs()));
    expect(paths.filter((path) => path.includes('/incoming/'))).toEqual([]);
    await close([first, second]);
  });
});

async function tabs(server: ModelServer, count: number): Promise<Page[]> {
  return Promise.all(Array.from({ length: count }, () => openPage(context, server)));
}

async function close(pages: readonly Page[]): Promise<void> {
  await Promise.all(pages.map((page) => page.close()));
}

/** Resolves once the server stands still where it is told to. */
async function stopped(server: ModelServer): Promise<void> {
  await vi.waitFor(() => expect(sum(server.sent.map(({ bytes }) => bytes))).toBe(server.stopAt), 10_000);
}

/** Resolves once so many tabs wait for their turn with the model. */
async function waiters(page: Page, count: number): Promise<void> {
  const waiting = (): Promise<number> =>
    page.evaluate(async () => {
      const { pending = [] } = await navigator.locks.query();
      return pending.filter(({ name }) => name!.includes('/key/')).length;
    });
  await vi.waitFor(async () => expect(await waiting()).toBe(count), 10_000);
}
