import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { isChromiumsOwn, launchChromium } from '../chromium.ts';
import { serve, type Site } from '../serve.ts';
import { demoFolder } from './demo-folder.ts';
import { ready, seven } from './draw.ts';
import { visit, type VisitOptions } from './visit.ts';

// The rooms for texts, photos and rows of a table, as visitors have them.

const repository = fileURLToPath(new URL('../../', import.meta.url));
const trousers = fileURLToPath(new URL('pictures/trousers.png', import.meta.url));

let browser: Browser;
let site: Site;

beforeAll(async () => {
  browser = await launchChromium(['--use-fake-device-for-media-stream']);
  site = await serve(demoFolder);
});

afterAll(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
});

const visitRoom = (path: string, work: (page: Page) => Promise<void>, options?: VisitOptions): Promise<void> =>
  visit(browser, `${site.url}/#/classify/${path}`, work, options);

const phone: VisitOptions = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

describe('a text', () => {
  test('is answered as it is typed, by the model that is chosen, in English', async () => {
    await visitRoom('text', async (page) => {
      const text = page.getByRole('textbox', { name: 'Text' });
      await text.click();
      await page.keyboard.type('Das Wetter ist heute schön');
      await expect.poll(() => likeliest(page), patient).toBe('German');
      await text.fill('');
      await expect.poll(() => page.locator('.room:not([hidden]) [data-likeliest]').count()).toBe(0);
      await text.fill('hello');
      await expect.poll(() => page.locator('.unsure:visible').innerText(), patient).toContain('Not sure');
      await page.getByRole('radio', { name: 'Intent' }).check();
      await page.getByRole('textbox', { name: 'Text' }).fill('set a timer for ten minutes');
      await expect.poll(() => likeliest(page), patient).toBe('timer');
      await page.getByRole('button', { name: 'why is the sky blue at noon' }).click();
      await expect.poll(() => likeliest(page), patient).toBe('out of scope');
      // Of the archive's own metrics.
      expect(await page.locator('.quality:visible').innerText()).toMatch(/4,500 .* 9[1-9]\.\d%/);
      await page.getByRole('radio', { name: 'Sentiment' }).check();
      await page.getByRole('button', { name: /^This movie was wonderful/ }).click();
      await expect.poll(() => likeliest(page), patient).toBe('positive');
    });
  });

  test('in ten languages is told, in Korean, by finger, on a phone', async () => {
    const texts = {
      한국어: '오늘 저녁에 뭐 먹지?',
      영어: 'What shall we have for dinner tonight?',
      일본어: '今日は天気がいいですね。',
      독일어: 'Wo ist der nächste Bahnhof, bitte?',
      베트남어: 'Hôm nay trời đẹp quá, chúng ta đi dạo nhé.',
      태국어: 'วันนี้อากาศดีมาก',
      그리스어: 'Πού είναι ο σταθμός;',
      폴란드어: 'Gdzie jest najbliższy przystanek autobusowy?',
      힌디어: 'आज मौसम बहुत अच्छा है',
      히브리어: 'איפה תחנת הרכבת?',
    };
    const work = async (page: Page): Promise<void> => {
      await page.locator('.load[data-state=ready]').waitFor();
      await page.getByRole('button', { name: '오늘 저녁에 뭐 먹지?' }).tap();
      const seen: Record<string, string> = {};
      for (const [name, text] of Object.entries(texts)) {
        await page.getByRole('textbox', { name: '글' }).fill(text);
        await expect.poll(() => isBusy(page), patient).toBe(false);
        seen[name] = await likeliest(page);
      }
      expect(Object.keys(texts).filter((name) => seen[name] !== name)).toEqual([]);
    };
    await visitRoom('text', work, { locale: 'ko', ...phone });
  });
});

describe('a row', () => {
  test('is answered as it is filled in, with gaps, by keyboard', async () => {
    await visitRoom('table', async (page) => {
      await page.getByRole('combobox', { name: 'Island' }).focus();
      await page.keyboard.press('b');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.getByRole('spinbutton', { name: 'Flipper length' }).focus();
      await page.keyboard.type('220');
      await expect.poll(() => likeliest(page), patient).toBe('Gentoo');
      await page.getByRole('button', { name: 'Adelie' }).click();
      await expect.poll(() => likeliest(page), patient).toBe('Adelie');
      await page.getByRole('combobox', { name: 'Island' }).selectOption('');
      await expect.poll(() => isBusy(page), patient).toBe(false);
      expect(await likeliest(page)).toBe('Adelie');
    });
  });

  test('is answered on a phone, in Korean', async () => {
    const work = async (page: Page): Promise<void> => {
      await page.getByRole('button', { name: 'Chinstrap' }).tap();
      await expect.poll(() => likeliest(page), patient).toBe('Chinstrap');
      expect(await page.getByRole('spinbutton', { name: '부리 길이' }).inputValue()).toBe('51');
    };
    await visitRoom('table', work, { locale: 'ko', ...phone });
  });
});

describe('a photo', () => {
  test('is answered when it is chosen, dropped or pasted; a file that is none is told so', async () => {
    await visitRoom('photo', async (page) => {
      const file = page.locator('#photo-file');
      await file.setInputFiles(trousers);
      await expect.poll(() => likeliest(page), patient).toBe('trousers');
      await file.setInputFiles({ name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
      const notice = page.locator('.room:not([hidden]) .notice');
      await expect.poll(() => notice.innerText(), patient).toMatch(/notes\.png|image/);
      expect(await page.locator('[data-likeliest]:visible').count()).toBe(0);
      await give(page, 'drop', await readFile(trousers));
      await expect.poll(() => likeliest(page), patient).toBe('trousers');
      expect(await notice.count()).toBe(0);
      await page.reload();
      await page.locator('.load[data-state=ready]').waitFor();
      await give(page, 'paste', await readFile(trousers));
      await expect.poll(() => likeliest(page), patient).toBe('trousers');
    });
  });

  test('from the camera is answered as it moves, and the camera goes when the room is left', async () => {
    const work = async (page: Page): Promise<void> => {
      await page.locator('.load[data-state=ready]').waitFor();
      await page.getByRole('button', { name: '카메라 쓰기' }).tap();
      await expect.poll(() => page.locator('[data-likeliest]:visible').count(), patient).toBe(1);
      const live = (): Promise<boolean> =>
        page
          .locator('video')
          .evaluate((video) => ((video as HTMLVideoElement).srcObject as MediaStream | null)?.active ?? false);
      expect(await live()).toBe(true);
      await page.evaluate(() => (location.hash = '#/inside'));
      await expect.poll(live).toBe(false);
      await page.goBack();
      await page.getByRole('button', { name: '카메라 쓰기' }).waitFor();
    };
    await visitRoom('photo', work, { locale: 'ko', permissions: ['camera'], ...phone });
  });

  test('from a camera that may not be used is explained', async () => {
    await visitRoom('photo', async (page) => {
      await page.getByRole('button', { name: 'Use the camera' }).click();
      await expect.poll(() => page.locator('.problem:visible').innerText(), patient).toContain('may not be used');
    });
  });
});

describe('the lines of code that a room shows', () => {
  test('run as they are copied, and give the answer that they show', async () => {
    const copied: Record<string, string> = {};
    await visit(
      browser,
      `${site.url}/`,
      async (page) => {
        await ready(page);
        for (const room of ['draw', 'text', 'photo', 'table']) {
          await page.evaluate((to) => (location.hash = `#/classify/${to}`), room);
          const choices = room === 'text' ? ['Language', 'Intent', 'Sentiment'] : [room];
          for (const choice of choices) {
            if (room === 'text') await page.getByRole('radio', { name: choice }).check();
            await page.locator('.example:visible').getByRole('button', { name: 'Copy' }).click();
            copied[choice] = await page.evaluate(() => navigator.clipboard.readText());
          }
        }
      },
      { permissions: ['clipboard-read', 'clipboard-write'] },
    );
    const folder = await mkdtemp(join(tmpdir(), 'inpoint-copied-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    for (const [name, code] of Object.entries(copied)) {
      expect(code.split('\n').filter((line) => line.trim()).length, name).toBe(5);
      await writeFile(join(folder, `${name}.js`), code);
    }
    await using repo = await serve(repository, {
      routes: Object.fromEntries(
        Object.entries(copied).map(([name, code]) => [
          `/public/${name}.js`,
          (_, response) => void response.setHeader('content-type', 'text/javascript').end(code),
        ]),
      ),
    });
    const page = await browser.newPage();
    try {
      for (const [name, code] of Object.entries(copied)) {
        const said: string[] = [];
        const listen = (message: { text(): string }): void => {
          if (!isChromiumsOwn(message.text())) said.push(message.text());
        };
        await page.goto(`${repo.url}/test/e2e/copied/`);
        await page.locator('input').setInputFiles(trousers);
        if (name === 'draw') await drawSeven(page);
        page.on('console', listen);
        await page.addScriptTag({ url: `/public/${name}.js`, type: 'module' });
        await expect.poll(() => said.length, patient).toBeGreaterThan(0);
        page.off('console', listen);
        const [, label, score] = /label: '?([^',}]+)'?, score: ([\d.]+)/.exec(code)!;
        const [, gotLabel, gotScore] = /label: ([^,]+), score: ([\d.]+)/.exec(said[0]!)!;
        expect(gotLabel, name).toBe(label);
        // A drawing and a photo are the visitor's own.
        if (name !== 'draw' && name !== 'photo') expect(Number(gotScore)).toBeCloseTo(Number(score), 2);
      }
    } finally {
      await page.close();
    }
  });
});

/** For what takes a model's download and its answer. */
const patient = { timeout: 10_000 };

function likeliest(page: Page): Promise<string> {
  return page.locator('.room:not([hidden]) [data-likeliest] .bar-label').innerText();
}

async function isBusy(page: Page): Promise<boolean> {
  return (await page.locator('.room:not([hidden]) .answer[aria-busy=true]').count()) > 0;
}

/** A picture dropped on the room, or pasted into the page. */
async function give(page: Page, how: 'drop' | 'paste', bytes: Buffer): Promise<void> {
  await page.evaluate(
    ([way, base64]) => {
      const transfer = new DataTransfer();
      const content = Uint8Array.from(atob(base64), (letter) => letter.codePointAt(0)!);
      transfer.items.add(new File([content], 'photo.png', { type: 'image/png' }));
      const options = { bubbles: true, cancelable: true };
      if (way === 'drop')
        document.querySelector('.photo')!.dispatchEvent(new DragEvent('drop', { ...options, dataTransfer: transfer }));
      else document.dispatchEvent(new ClipboardEvent('paste', { ...options, clipboardData: transfer }));
    },
    [how, bytes.toString('base64')] as const,
  );
}

/** On a canvas that knows no pad. */
async function drawSeven(page: Page): Promise<void> {
  await page.locator('canvas').evaluate((canvas, strokes) => {
    const { width, height } = canvas as HTMLCanvasElement;
    const context = (canvas as HTMLCanvasElement).getContext('2d')!;
    context.fillRect(0, 0, width, height);
    context.strokeStyle = 'white';
    context.lineWidth = width * 0.08;
    context.lineCap = 'round';
    context.lineJoin = 'round';
    for (const stroke of strokes) {
      context.beginPath();
      for (const [x, y] of stroke) context.lineTo(x * width, y * height);
      context.stroke();
    }
  }, seven);
}
