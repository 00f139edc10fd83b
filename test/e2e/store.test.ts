import { readFile } from 'node:fs/promises';
import type axeCore from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium, launchProfile } from '../chromium.ts';
import { serve, type Route, type Site } from '../serve.ts';
import { colours, words, type Upload } from './archives.ts';
import { demoFolder } from './demo-folder.ts';
import { draw, prediction, ready, seven } from './draw.ts';
import { previewDemo } from './preview-demo.ts';
import { visit, type VisitOptions } from './visit.ts';

// The room that shows what is kept on this device, and does with it whatever the library can.

let browser: Browser;
let site: Site;
/** What `/changing.tar.gz` is now. */
let changing: Upload;

beforeAll(async () => {
  browser = await launchChromium();
  changing = await colours();
  const endless: Route = (_, response) => {
    response.writeHead(200, { 'content-length': '1000000' }).write(changing.buffer.subarray(0, 600));
  };
  site = await serve(demoFolder, {
    routes: {
      '/changing.tar.gz': (_, response) => void response.end(changing.buffer),
      '/endless.tar.gz': endless,
    },
  });
});

afterAll(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
});

const visitStore = (work: (page: Page) => Promise<void>, options?: VisitOptions): Promise<void> =>
  visit(
    browser,
    `${site.url}/#/store`,
    async (page) => {
      await page.getByRole('heading', { level: 1 }).waitFor();
      await work(page);
    },
    options,
  );

test('a model is looked at, downloaded, exported as a file that opens again, asked for anew and removed', async () => {
  await visitStore(async (page) => {
    await page.getByRole('heading', { name: 'No model is saved yet' }).waitFor();
    await page.getByRole('list', { name: 'Or look at one' }).getByRole('button', { name: 'digits' }).click();
    const look = page.getByRole('region', { name: 'digits' });
    await look.getByText('This device can run it').waitFor();
    expect(await facts(look)).toMatchObject({
      Task: 'image-classification',
      'Made by': 'inpoint pack, not signed',
      'On this device': 'not yet',
      Download: expect.stringMatching(/^\d+\.\d kB$/) as string,
      'Memory to load it': expect.stringMatching(/^about \d+\.\d kB$/) as string,
    });
    await page.getByRole('heading', { name: 'No model is saved yet' }).waitFor();

    await look.getByRole('button', { name: 'Download' }).click();
    const digits = cardOf(page, 'digits');
    await digits.waitFor();
    expect(await status(page)).toMatch(/^digits is saved: \d+\.\d kB$/);
    await expect.poll(() => announced(page)).toMatch(/digits is saved/);
    expect(await facts(digits)).toMatchObject({
      Version: expect.stringMatching(/^[\da-f]{8}$/) as string,
      'Version before': 'none',
      Files: '7',
      Signed: 'no',
    });
    expect(await page.locator('.usage [data-part=models] dd').innerText()).toBe(
      await digits.locator('.kept-size').innerText(),
    );
    expect(await page.locator('#store-kind').innerText()).toContain('OPFS');
    expect(await violations(page)).toEqual([]);

    await digits.getByRole('button', { name: 'Check for a newer version: digits' }).click();
    await digits.getByText('This is the newest version.').waitFor();

    const download = page.waitForEvent('download');
    await digits.getByRole('button', { name: 'Export as a file: digits' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe('digits.tar.gz');
    await digits.getByText(/^digits\.tar\.gz, \d+\.\d kB, is in your downloads\.$/).waitFor();
    await open(page, 'Your model');
    await page.locator('#archive-file').setInputFiles({
      name: 'digits.tar.gz',
      mimeType: 'application/gzip',
      buffer: await readFile(await file.path()),
    });
    await expect
      .poll(() => page.locator('#archive-status').innerText(), patient)
      .toBe('digits.tar.gz is ready, task image-classification');
    await open(page, 'Saved');

    await digits.getByRole('button', { name: 'Remove: digits' }).click();
    await digits.getByText(/ kB would have to be downloaded again\.$/).waitFor();
    await digits.getByRole('button', { name: 'Cancel' }).click();
    await digits.getByRole('button', { name: 'Remove: digits' }).click();
    await digits.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('heading', { name: 'No model is saved yet' }).waitFor();
    expect(await page.locator('.usage [data-part=models] dd').innerText()).toBe('0 bytes');
    await page.getByRole('button', { name: 'Ask the browser to keep it' }).click();
    await page.getByText(/The browser (keeps it until you remove it|did not agree now)/).waitFor();
  });
});

test('the room is worked by keyboard alone, and the focus is never lost', async () => {
  await visitStore(async (page) => {
    const focused = page.locator('*:focus');
    const press = async (...keys: readonly string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await page.locator('#store-url').focus();
    await page.keyboard.type('./models/penguins/model.tar.gz');
    await press('Enter');
    await page.getByRole('region', { name: 'penguins' }).waitFor();
    const download = page.getByRole('region', { name: 'penguins' }).getByRole('button', { name: 'Download' });
    for (let tabs = 0; tabs < 30 && !(await isFocused(download)); tabs++) await press('Tab');
    await press('Enter');
    const penguins = cardOf(page, 'penguins');
    await penguins.waitFor();
    expect(await focused.innerText()).toMatch(/^penguins is saved/);
    const remove = penguins.getByRole('button', { name: 'Remove: penguins' });
    for (let tabs = 0; tabs < 30 && !(await isFocused(remove)); tabs++) await press('Tab');
    await press('Enter');
    expect(await focused.innerText()).toBe('Cancel');
    await press('Escape');
    expect(await isFocused(remove)).toBe(true);
    await press('Enter', 'Shift+Tab');
    expect(await focused.innerText()).toBe('Remove');
    await press('Enter');
    await page.getByRole('heading', { name: 'No model is saved yet' }).waitFor();
    expect(await focused.getAttribute('id')).toBe('store-list');
  });
});

test('a model in use says so, is not removed before it is closed, and a room shows what others open', async () => {
  await visitStore(async (page) => {
    await page.evaluate(() => (location.hash = '#/classify/table'));
    await page.locator('[data-room="classify/table"] .load[data-state=ready]').waitFor();
    await open(page, 'Saved');
    const penguins = cardOf(page, 'penguins');
    await penguins.getByText('In use on this page').waitFor();
    await page.getByRole('list', { name: 'Or look at one' }).getByRole('button', { name: 'digits' }).click();
    await page.getByRole('region', { name: 'digits' }).getByRole('button', { name: 'Download' }).click();
    await cardOf(page, 'digits').waitFor();

    // Another tab of the same visitor: it sees that the model is in use, and cannot close it.
    const other = await page.context().newPage();
    await other.goto(`${site.url}/#/store`);
    await cardOf(other, 'penguins').getByText('In use', { exact: true }).waitFor();
    await removeBy(other, 'penguins');
    const refusal = cardOf(other, 'penguins').getByRole('alert');
    expect(await refusal.innerText()).toMatch(/^It was not removed\s+model-in-use/);
    expect(await refusal.getByRole('button').count()).toBe(0);
    await other.close();

    await page.getByRole('button', { name: 'Remove all' }).click();
    await page.getByRole('group').getByRole('button', { name: 'Remove all' }).click();
    const notCleared = page.locator('.kept-list > .notice');
    expect(await notCleared.innerText()).toMatch(/^Not all were removed\s+model-in-use/);
    await expect.poll(() => page.locator('article.kept').count()).toBe(1);

    await removeBy(page, 'penguins');
    const notice = penguins.getByRole('alert');
    expect(await notice.innerText()).toMatch(/^It was not removed\s+model-in-use/);
    expect(await violations(page)).toEqual([]);
    await notice.getByRole('button', { name: 'Close it on this page, and remove it' }).click();
    await page.getByRole('heading', { name: 'No model is saved yet' }).waitFor();
  });
});

test('a newer version that comes is told, and the one before comes back', async () => {
  changing = await colours();
  await visitStore(async (page) => {
    await get(page, './changing.tar.gz');
    const card = cardOf(page, 'changing.tar.gz');
    await card.waitFor();
    const { Version: first } = await facts(card);
    changing = await words();
    await card.getByRole('button', { name: 'Check for a newer version' }).click();
    await card.getByText(/^A newer version came: [\da-f]{8}\.$/).waitFor();
    const { Version: second, 'Version before': before } = await facts(card);
    expect(second).not.toBe(first);
    expect(before).toContain(first);
    await page.getByText('changing.tar.gz: a newer version was saved, for the next time it is opened.').waitFor();
    await card.getByRole('button', { name: 'Back to the version before' }).click();
    await card.getByText(`Version ${first} is the current one again.`).waitFor();
    expect(await facts(card)).toMatchObject({ Version: first });

    await page.setViewportSize({ width: 320, height: 640 });
    await page.getByRole('button', { name: '한국어' }).click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: '모두 지우기' }).click();
    await page.getByRole('group').getByRole('button', { name: '모두 지우기' }).click();
    await page.getByRole('heading', { name: '아직 저장된 모델이 없습니다' }).waitFor();
  }, quietWithoutModel);
});

test('an address that fails says why, and a download that is cancelled leaves nothing', async () => {
  await visitStore(async (page) => {
    await page.locator('#store-url').fill('./nowhere.tar.gz');
    await page.getByRole('button', { name: 'Look first' }).click();
    const notice = page.locator('.get-model').getByRole('alert');
    expect(await notice.innerText()).toMatch(/^This address cannot be looked at\s+download-failed\s[^]*404/);
    await get(page, './nowhere.tar.gz');
    await page.getByText('This model cannot be saved').waitFor();
    expect(await notice.innerText()).toMatch(/404/);

    await get(page, './endless.tar.gz');
    await expect.poll(() => status(page)).toMatch(/^endless\.tar\.gz\. Downloading: \d+ bytes of 1\.0 MB$/);
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await status(page)).toBe('Cancelled endless.tar.gz');
    await page.getByRole('heading', { name: 'No model is saved yet' }).waitFor();
  }, quietWithoutModel);
});

test('where there is no room, the model used longest ago goes and the room says so, or another answers without being kept', async () => {
  // In a browser with a profile: what others keep in memory, they do not count as they write it.
  await using profile = await launchProfile();
  const page = await profile.context.newPage();
  page.setDefaultTimeout(15_000);
  const session = await profile.context.newCDPSession(page);
  // Chromium takes room by the megabyte while it writes.
  const allow = (megabytes: number): Promise<unknown> =>
    session.send('Storage.overrideQuotaForOrigin', { origin: site.url, quotaSize: megabytes * 1e6 });
  await page.goto(`${site.url}/#/store`);
  for (const name of ['clothing', 'language', 'intents']) {
    await get(page, `./models/${name}/model.tar.gz`);
    await cardOf(page, name).waitFor();
  }
  await allow(5.5);
  await get(page, './models/digits/model.tar.gz');
  await cardOf(page, 'digits').waitFor();
  await page.getByText('clothing was removed to make room for another model.').waitFor();
  await expect.poll(() => announced(page)).toMatch(/clothing was removed/);
  expect(await page.locator('article.kept h3').allInnerTexts()).toEqual(['digits', 'intents', 'language']);
  await page.getByRole('button', { name: 'Remove all' }).click();
  await page.getByRole('group').getByRole('button', { name: 'Remove all' }).click();
  await page.getByRole('heading', { name: 'No model is saved yet' }).waitFor();

  await allow(0.1);
  await get(page, './models/digits/model.tar.gz');
  const notice = page.locator('.get-model').getByRole('alert');
  expect(await notice.innerText()).toMatch(
    /quota-exceeded\s+There is no room to keep [\d.]+ kB: the browser refused to/,
  );
  await page.evaluate(() => (location.hash = '#/classify/draw'));
  await ready(page);
  await draw(page, seven);
  expect(await prediction(page)).toBe('7');
  await open(page, 'Inside');
  await page.getByText('the network, and is not kept').waitFor();
});

test('offline after a prefetch: with the server stopped, a model that was never opened predicts', async () => {
  const server = await previewDemo();
  try {
    await using profile = await launchProfile();
    const page = await profile.context.newPage();
    page.setDefaultTimeout(30_000);
    await page.clock.install();
    await page.goto(`${server.url}/#/store`);
    await get(page, './models/digits/model.tar.gz');
    await cardOf(page, 'digits').waitFor();
    // As an earlier version of the site kept it.
    await page.evaluate(async () => {
      const cache = await caches.open('inpoint-models-0123456789ab');
      await cache.add('./models/penguins/model.tar.gz');
    });
    // Nobody opens a model: the site is kept after a while all the same.
    await page.clock.fastForward(20_000);
    await page.evaluate(async () => {
      while (!navigator.serviceWorker.controller) await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await expect.poll(() => page.evaluate(() => caches.has('inpoint-models-0123456789ab')), patient).toBe(false);
    await server[Symbol.asyncDispose]();
    await expect(fetch(server.url)).rejects.toThrow('fetch failed');
    await page.goto(`${server.url}/#/classify/draw`);
    await page.reload();
    await ready(page);
    await draw(page, seven);
    expect(await prediction(page)).toBe('7');
    await open(page, 'Inside');
    const digits = page.getByRole('region', { name: 'digits', exact: true });
    expect(await digits.locator('.timeline li').first().innerText()).toMatch(/^Read and verify/);
    await digits.getByText('this device (OPFS): nothing came over the network').waitFor();
    await open(page, 'Saved');
    await cardOf(page, 'penguins').waitFor();
    await cardOf(page, 'digits').getByRole('button', { name: 'Check for a newer version' }).click();
    const notice = cardOf(page, 'digits').getByRole('alert');
    expect(await notice.innerText()).toMatch(/^It is not known whether there is a newer version\s+download-failed/);
  } finally {
    await server[Symbol.asyncDispose]();
  }
});

/** For a worker's start, or for what a service worker does in its own time. */
const patient = { timeout: 20_000 };

/** What a browser says itself of an answer 404. */
const quietWithoutModel: VisitOptions = { excused: /404/ };

async function open(page: Page, room: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: room }).click();
}

/** Downloads what is at an address. */
async function get(page: Page, address: string): Promise<void> {
  await page.locator('#store-url').fill(address);
  await page.locator('.field').getByRole('button', { name: 'Download' }).click();
}

async function removeBy(page: Page, name: string): Promise<void> {
  await cardOf(page, name)
    .getByRole('button', { name: `Remove: ${name}` })
    .click();
  await cardOf(page, name).getByRole('group').getByRole('button', { name: 'Remove' }).click();
}

function cardOf(page: Page, name: string): Locator {
  return page.getByRole('article', { name, exact: true });
}

function status(page: Page): Promise<string> {
  return page.locator('#store-status').innerText();
}

function announced(page: Page): Promise<string> {
  return page.locator('#announcement').innerText();
}

function isFocused(element: Locator): Promise<boolean> {
  return element.evaluate((node) => node === document.activeElement);
}

/** What a card states, by its names. */
function facts(card: Locator): Promise<Record<string, string>> {
  return card
    .locator('.short-facts > div')
    .evaluateAll((all) =>
      Object.fromEntries(
        all.map((one) => [one.querySelector('dt')!.innerText, one.querySelector('dd')!.innerText.trim()]),
      ),
    );
}

/** What axe finds on the page as it is. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8'));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof axeCore };
    const found = await axe.run();
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}
