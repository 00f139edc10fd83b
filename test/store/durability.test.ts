import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchProfile, type Profile } from '../chromium.ts';
import { modelServer, packModel, type Archive, type ModelServer } from './model-server.ts';
import { openPage } from './open-page.ts';

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

const model = '/model.tar.gz';

/** Bytes of a part: what a download that broke off loses at most, of one that `pack` made. */
const partBytes = 1.1 * 2 ** 20;

test('a tab that is killed at 10 places of a download costs no more than what its last part has', async () => {
  await using server = await modelServer({ [model]: first });
  const size = first.bytes.length;
  for (let moment = 0; moment < 10; moment++) {
    const stopAt = Math.round((size * (moment + 0.5)) / 10);
    server.stopAt = stopAt;
    const victim = await openPage(context, server);
    await victim.evaluate(
      ({ address, bytes }) =>
        new Promise<void>((resolve) => {
          const onProgress = ({ loadedBytes }: { loadedBytes: number }): void => void (loadedBytes >= bytes && resolve());
          inpoint.openArtifact(address, { onProgress }).catch(() => {});
        }),
      { address: model, bytes: stopAt - 100 },
    );
    await kill(victim);
    server.stopAt = Infinity;
    const before = server.sentBytes();
    const page = await openPage(context, server);
    expect(await open(page)).toMatchObject({ files: first.files, storage: { kind: 'opfs', healed: [] } });
    expect(server.sentBytes() - before, `killed at ${stopAt}`).toBeLessThan(size - stopAt + partBytes);
    await expectSound(page, 1);
    await page.evaluate(() => inpoint.models.clear());
    expect(Object.keys(await page.evaluate(() => opfs()))).toEqual([]);
    await page.close();
    server.sent.length = 0;
  }
});

test('a tab that is killed at any step of an update leaves the model before it or the new one, whole', async () => {
  await using server = await modelServer({ [model]: first });
  const page = await openPage(context, server);
  await open(page);
  const steps = (await hangAt(page, server, second, Infinity)).map(({ name }) => name);
  console.log(steps.join(' '));
  await page.close();
});

/** Has a page's archive worker stand still at a step of what it does to files, and tells the steps up to there. */
async function hangAt(
  page: Page,
  server: ModelServer,
  archive: Archive,
  step: number,
): Promise<{ moment: number; name: string }[]> {
  server.archives.set(model, archive);
  return page.evaluate(
    ({ address, hang }) =>
      new Promise((resolve) => {
        const steps: { moment: number; name: string }[] = [];
        const archiveWorker = (): Worker => {
          const worker = new Worker(`/test/store/workers/patched.js?hang=${hang}`, { type: 'module' });
          worker.addEventListener('message', ({ data }) => {
            if (!data.moment) return;
            steps.push(data);
            if (data.moment === hang) resolve(steps);
          });
          return worker;
        };
        void inpoint.openArtifact(address, { assets: { archiveWorker } }).finally(() => resolve(steps));
      }),
    { address: model, hang: step === Infinity ? 1e9 : step },
  );
}

/** Opens the model, and tells what is in it. */
async function open(page: Page): Promise<unknown> {
  return page.evaluate(async (address) => shown(await inpoint.openArtifact(address)), model);
}

/** Sees that what is kept is told rightly, and that nothing lies beside it. */
async function expectSound(page: Page, versions: number): Promise<void> {
  const [model_] = await page.evaluate(() => inpoint.models.list());
  const files = Object.entries(await page.evaluate(() => opfs()));
  const kinds = Object.groupBy(files, ([path]) => path.split('/')[3]!);
  expect(Object.keys(kinds).toSorted()).toEqual(['files', 'models', 'used']);
  expect(kinds['models']).toHaveLength(1);
  expect(kinds['used']).toHaveLength(1);
  const { modelBytes } = await page.evaluate(() => inpoint.models.size());
  expect(kinds['files']!.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(modelBytes);
  expect(model_!.previous === undefined).toBe(versions === 1);
}

/** Ends a tab as a crash does, workers and all. */
async function kill(page: Page): Promise<void> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  session.send('Page.crash').catch(() => {});
  await crashed;
  await page.close();
}
