import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { launchProfile, type Profile } from '../chromium.ts';
import { answer, model, modelServer, packModel, type Archive, type ModelServer } from './model-server.ts';
import { openPage } from './open-page.ts';
import { kill, open, predict, sum } from './visitor.ts';

// What becomes of kept models when tabs die. A profile on disk, since others keep files in memory.

let profile: Profile;
let context: BrowserContext;
let first: Archive;
let second: Archive;

beforeAll(async () => {
  [profile, first, second] = await Promise.all([launchProfile(), packModel(1), packModel(2)]);
  ({ context } = profile);
});
afterAll(() => profile[Symbol.asyncDispose]());

/** Bytes of a part: what a download that broke off loses at most, of one that `pack` made. */
const partBytes = 1.1 * 2 ** 20;

test('a tab that is killed at 10 places of a download costs no more than what its last part has', async () => {
  await using server = await modelServer({ [model]: first });
  server.paceMs = 1;
  const size = first.bytes.length;
  let page = await openPage(context, server);
  for (let moment = 0; moment < 10; moment++) {
    const stopAt = Math.round((size * (moment + 0.5)) / 10);
    server.stopAt = stopAt;
    await page.evaluate((address) => void inpoint.openArtifact(address).catch(() => {}), model);
    await vi.waitFor(() => expect(server.sentBytes()).toBe(stopAt), { interval: 10 });
    // What has left is on its way into files.
    await new Promise((later) => setTimeout(later, 50));
    await kill(page);
    server.stopAt = Infinity;
    const before = server.sentBytes();
    page = await openPage(context, server);
    expect(await open(page)).toMatchObject({ files: first.files, storage: { kind: 'opfs', healed: [] } });
    expect(server.sentBytes() - before, `killed at ${stopAt}`).toBeLessThan(size - stopAt + partBytes);
    await expectSound(page, `killed at ${stopAt}`, false);
    await page.evaluate(() => inpoint.models.clear());
    expect(Object.keys(await page.evaluate(() => opfs()))).toEqual([]);
    server.sent.length = 0;
  }
  await page.close();
});

test('a tab that is killed at any step of an update leaves the model before it or the new one, whole', async () => {
  await using server = await modelServer({ [model]: first });
  let page = await openPage(context, server);
  const steps = await killInUpdate(page, server, Infinity);
  // The record is opened, cut to its size and written before the first file is moved.
  const commit = steps.indexOf('move') - 3;
  // Half a record, and half a file; and all that follows when the download is there.
  const moments = [9, 15, 26, ...steps.keys().filter((step) => step >= commit)];
  page = await openPage(context, server);
  for (const moment of moments) {
    await killInUpdate(page, server, moment + 1);
    const what = `killed at step ${moment}, ${steps[moment]}`;
    page = await openPage(context, server);
    server.isAway = true;
    const offline = await open(page);
    expect(
      [first.files, second.files].some((files) => isSame(files, offline.files)),
      what,
    ).toBe(true);
    server.isAway = false;
    const before = server.sentBytes();
    expect(await open(page), what).toMatchObject({ files: second.files, storage: { healed: [], isStale: false } });
    if (moment >= commit) expect(server.sentBytes() - before, what).toBeLessThan(partBytes);
    await expectSound(page, what, true);
  }
  expect((await predict(page)).value).toBeCloseTo(answer, 1);
  await page.close();
});

/**
 * Has a page keep the first version, and kills it at a step of the update to the second.
 *
 * @param step that after the last where it is `Infinity`
 * @returns the steps of the update
 */
async function killInUpdate(page: Page, server: ModelServer, step: number): Promise<string[]> {
  await page.evaluate(() => inpoint.models.clear());
  server.archives.set(model, first);
  await open(page);
  server.archives.set(model, second);
  const steps = await hangAt(page, step);
  await kill(page);
  return steps;
}

/** Has a page's archive worker stand still at a step of what it does to files, and tells the steps up to there. */
async function hangAt(page: Page, step: number): Promise<string[]> {
  return page.evaluate(
    ({ address, hang }) =>
      new Promise((resolve) => {
        const steps: string[] = [];
        const archiveWorker = (): Worker => {
          const worker = new Worker(`/test/store/workers/patched.js?hang=${hang}`, { type: 'module' });
          worker.addEventListener('message', ({ data }: MessageEvent<{ moment?: number; name: string }>) => {
            if (data.moment === undefined) return;
            steps.push(data.name);
            if (data.moment === hang) resolve(steps);
          });
          return worker;
        };
        void inpoint.openArtifact(address, { assets: { archiveWorker } }).finally(() => resolve(steps));
      }),
    { address: model, hang: step === Infinity ? 1e9 : step },
  );
}

/** Whether a version has these files; of `inference.json` none is asked. */
function isSame(expected: Archive['files'], files: Archive['files']): boolean {
  return Object.entries(expected).every(([path, digest]) => files[path] === digest);
}

/** Sees that what is kept is told rightly, and that nothing lies beside it. */
async function expectSound(page: Page, what: string, hasPrevious: boolean): Promise<void> {
  const [kept, ...others] = await page.evaluate(() => inpoint.models.list());
  expect(others, what).toEqual([]);
  expect(kept!.previous !== undefined, what).toBe(hasPrevious);
  const files = Object.entries(await page.evaluate(() => opfs()));
  const kinds = Object.groupBy(files, ([path]) => path.split('/')[3]!);
  expect(Object.keys(kinds).toSorted(), what).toEqual(['files', 'models', 'used']);
  expect(kinds['models'], what).toHaveLength(1);
  expect(kinds['used'], what).toHaveLength(1);
  const { modelBytes } = await page.evaluate(() => inpoint.models.size());
  expect(sum(kinds['files']!.map(([, bytes]) => bytes)), what).toBe(modelBytes);
}
