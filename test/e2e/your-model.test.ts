import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setInterval as every } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { strToU8, zipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { serve, type Route, type Site } from '../serve.ts';
import { archive, colours, onnx, words, type Upload } from './archives.ts';
import { filesOf, taskFixtures, taskFolder } from '../task-fixtures.ts';
import { demoFolder } from './demo-folder.ts';
import { draw, prediction, ready, seven } from './draw.ts';
import { visit, type VisitOptions } from './visit.ts';

// The room for a visitor's own archives, with real files, good and bad.

const demo = demoFolder;
const shared = fileURLToPath(new URL('../../../shared/', import.meta.url));

let browser: Browser;
let site: Site;

beforeAll(async () => {
  browser = await launchChromium();
  site = await serve(demo);
});

afterAll(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
});

const visitDemo = (work: (page: Page) => Promise<void>, options?: VisitOptions): Promise<void> =>
  visit(browser, `${site.url}/#/your-model`, work, options);

describe('an archive', () => {
  test('shows its tree, its card and a form that fits, and answers, be it chosen, sampled or dropped', async () => {
    const red = await picture('red');
    const folder = await mkdtemp(join(tmpdir(), 'inpoint-drop-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const dropped = join(folder, 'model.tar.gz');
    await writeFile(dropped, (await words()).buffer);
    await visitDemo(async (page) => {
      await choose(page, await colours());
      await page.locator('#image-file').setInputFiles(red);
      expect(await likeliest(page)).toBe('red');
      expect(await page.locator('#archive-tree .tree-name').allInnerTexts()).toEqual([
        'onnx/',
        'model.onnx',
        'config.json',
        'preprocessor_config.json',
        'README.md',
      ]);
      expect(await page.locator('#archive-status').innerText()).toContain('task image-classification');
      // What is in an archive is text, whatever it looks like.
      expect(await page.locator('.readme').innerText()).toContain('<img src=x');
      // For those who have no archive at hand, the page has one.
      await page.locator('.address .chips').getByRole('button', { name: 'digits' }).click();
      await expect
        .poll(() => page.locator('.readme:visible').allInnerTexts(), patient)
        .toEqual([expect.stringMatching(/digit/)]);
      await page.locator('#image-file').setInputFiles(red);
      expect(await likeliest(page)).toMatch(/^\d$/);
      await drop(page, dropped);
      await page.locator('#try-text').click();
      await page.keyboard.type('a b');
      expect(await likeliest(page)).toBe('ids');
      // The softmax of 1 + 2 and 0.
      await expect.poll(() => page.locator('form.try [data-likeliest] .bar-score').innerText(), patient).toBe('95.3%');
    });
  });

  test('takes tensors as JSON, and names the one that is wrong', async () => {
    await visitDemo(async (page) => {
      await choose(page, await archive({ 'model.onnx': await onnx('every-type') }));
      const json = page.locator('#tensor-json');
      const run = page.getByRole('button', { name: 'Run' });
      const problem = page.locator('form.try .notice > p');
      await json.waitFor();
      const zeros = await json.inputValue();
      for (const [dims, said] of [
        ['[3]', '"float32_in": The dims [3] ask for 3 values, and data holds 1.'],
        ['[1, 1]', 'The tensor "float32_in" has the shape [1, 1], and the model takes [n].'],
        ['"one"', 'The dims of "float32_in" are a list of whole numbers, not "one".'],
      ] as const) {
        await json.fill(zeros.replace('[1]', dims));
        await run.click();
        await expect.poll(() => problem.innerText(), patient).toBe(said);
      }
      await json.fill(zeros.replace('"data": [0]', '"data": [2.5]').replace('[""]', '["day"]'));
      await run.click();
      await page.locator('.tensor-output').first().waitFor();
      expect(await problem.count()).toBe(0);
      const outputs = await page.locator('.tensor-output').allInnerTexts();
      expect(outputs.length).toBe(13);
      expect(outputs[0]).toMatch(/float32_out\s+float32 \[1\]\s+2\.5/);
      expect(outputs.at(-1)).toMatch(/string_out\s+string \[1\]\s+"day"/);
    });
  });

  test('of any task is tried with a form: as text, as JSON, or with a file', async () => {
    await visitDemo(async (page) => {
      await choose(page, await fixtureArchive('question-answering'));
      await page.locator('#try-question').fill('Who wrote it?');
      await page.locator('#try-context').fill('It was written by Ada Lovelace.');
      await page.locator('form.try .raw summary').click();
      await expect
        .poll(() => page.locator('.answer pre').innerText(), patient)
        .toMatch(/"answers": \[\s+\{\s+"answer"/);
      expect(await page.locator('form.try [data-likeliest] .bar-score').innerText()).toMatch(/%$/);

      await choose(page, await fixtureArchive('pipeline'));
      await expect.poll(() => page.locator('.try > h2').innerText(), patient).toContain('pipeline');
      await page.locator('#record-file').setInputFiles(join(taskFolder, 'pipeline/golden/lights.png'));
      await expect.poll(() => page.locator('.answer pre').innerText(), patient).toMatch(/"colors": \[/);
      await page.locator('#record-file').setInputFiles(join(taskFolder, 'pipeline/inference.json'));
      await expect.poll(() => page.locator('.try .notice').innerText(), patient).toMatch(/not an image/);
    });
  });

  test('has a README that is rendered, and can neither run, nor load, nor lead anywhere but to the web', async () => {
    const readme = [
      '---\nlicense: mit\n---\n# Title\n\n**bold** and [a link](https://example.org/page)',
      '<script>document.title = "run"</script>\n<img src="https://example.org/pixel.png" onerror="document.title=1">',
      '![a picture](https://example.org/picture.png)',
      '[one](javascript:alert(1)) [two](data:text/html,x) [three](//example.org) [four](file:///etc/passwd)',
      '| a | b |\n| - | - |\n| 1 | 2 |',
      '> '.repeat(5000) + 'deep',
    ].join('\n\n');
    await visitDemo(async (page) => {
      await choose(page, await archive({ 'model.onnx': await onnx('every-type'), 'README.md': readme }));
      const shown = page.locator('.readme');
      await shown.waitFor();
      expect(await shown.locator('strong').innerText()).toBe('bold');
      expect(await shown.locator('h3').innerText()).toBe('Title');
      expect(await shown.locator('td').allInnerTexts()).toEqual(['1', '2']);
      expect(await shown.locator('script, img, iframe, style').count()).toBe(0);
      expect(await shown.innerText()).toContain('a picture');
      expect(await shown.innerText()).toContain('<script>');
      const links = await shown
        .locator('a')
        .evaluateAll((all) =>
          all.map((link) => [link.getAttribute('href'), link.getAttribute('rel'), link.getAttribute('target')]),
        );
      expect(links).toEqual([['https://example.org/page', 'noopener noreferrer', '_blank']]);
      // That nothing was asked of another site, `visit` sees.
    });
  });

  test('says what should be known of it, and its model goes when it is closed', async () => {
    await visitDemo(async (page) => {
      await choose(page, await archive({ 'model.onnx': await onnx('every-type'), 'code/inference.py': 'print()' }));
      const warnings = page.locator('.warnings li');
      await expect.poll(() => warnings.allInnerTexts(), patient).toContainEqual(expect.stringMatching(/inference\.py/));
      expect(await warnings.allInnerTexts()).toContainEqual(expect.stringMatching(/golden/));
      await page.locator('nav.rooms').getByRole('link', { name: 'Inside' }).click();
      await page.locator('[data-room=inside] h2', { hasText: 'model.tar.gz' }).waitFor();
      await page.goBack();
      await page.getByRole('button', { name: 'Close it' }).click();
      await expect.poll(() => page.locator('form.try').count()).toBe(0);
      expect(await page.locator('[data-room=inside] h2', { hasText: 'model.tar.gz' }).count()).toBe(0);
      // One of the site's own has all of it.
      await page.locator('.address .chips').getByRole('button', { name: 'penguins' }).click();
      await page.locator('#column-0').waitFor();
      expect(await warnings.count()).toBe(0);
    });
  });

  test('with a table gets a form of its columns, any of which may stay empty', async () => {
    await visitDemo(async (page) => {
      await page.locator('.address .chips').getByRole('button', { name: 'penguins' }).click();
      await page.getByLabel('island').selectOption('Biscoe');
      await page.getByLabel('flipper_length_mm').fill('221');
      expect(await likeliest(page)).toBe('Gentoo');
    });
  });

  test('with a detector gets boxes over the picture, where the objects are', async () => {
    await visitDemo(async (page) => {
      const name = taskFixtures.find((one) => one.startsWith('object-detection'))!;
      await choose(page, await fixtureArchive(name));
      const golden = JSON.parse(await readFile(join(taskFolder, name, 'golden.json'), 'utf8')) as {
        samples: { input: { $file?: string }; answer?: { objects: unknown[] } }[];
      };
      const sample = golden.samples.find(({ input, answer }) => input.$file && (answer?.objects.length ?? 0) > 0)!;
      await page.locator('#image-file').setInputFiles(join(taskFolder, name, sample.input.$file!));
      const overlay = page.locator('canvas.overlay');
      await overlay.waitFor();
      const painted = await overlay.evaluate((canvas) => {
        const { width, height } = canvas as HTMLCanvasElement;
        const { data } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
        return data.filter((value, at) => at % 4 === 3 && value > 0).length;
      });
      expect(painted).toBeGreaterThan(0);
    });
  });

  test('is explained in Korean, with what to do about a wrong one', async () => {
    const work = async (page: Page): Promise<void> => {
      await choose(page, file('photo.tar.gz', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70)));
      const notice = page.locator('#archive-error .notice');
      await expect.poll(() => notice.innerText(), patient).toMatch(/model\.tar\.gz 아카이브가 아닙니다/);
      await choose(page, await colours());
      await page.locator('#image-file').setInputFiles(await picture('green'));
      expect(await likeliest(page)).toBe('green');
      expect(await notice.count()).toBe(0);
    };
    await visitDemo(work, { locale: 'ko' });
  });

  test('that is let go in another room is opened in its own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inpoint-drop-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const dropped = join(folder, 'model.tar.gz');
    await writeFile(dropped, (await colours()).buffer);
    await visit(browser, `${site.url}/#/classify/table`, async (page) => {
      await drop(page, dropped);
      await page.locator('#archive-tree').waitFor();
      await page.locator('#image-file').setInputFiles(await picture('blue'));
      expect(await likeliest(page)).toBe('blue');
    });
  });

  test('that is none, or that is not to be had, is refused in words, and a good one works after all of them', async () => {
    const good = await colours();
    const { promise: hungUp, resolve: hangUp } = withResolvers();
    const drip: Route = async (_, response) => {
      response.on('close', hangUp);
      response.write(good.buffer.subarray(0, good.buffer.length / 2));
      for await (const byte of every(20, '\0')) {
        if (response.closed) return;
        response.write(byte);
      }
    };
    await using server = await serve(demo, { routes: { '/slow/model.tar.gz': drip } });
    const red = await picture('red');
    const bad: [upload: Upload, said: RegExp][] = [
      [file('model.zip', zipSync({ 'model.onnx': await onnx('every-type') })), /not-an-archive.*zip file/s],
      [file('page.tar.gz', strToU8('<!doctype html><title>Sign in</title>')), /not-an-archive.*web page/s],
      [file('cut.tar.gz', good.buffer.subarray(0, good.buffer.length / 2)), /archive-truncated.*cut short/s],
      [file('bare.onnx', await onnx('every-type')), /not-an-archive.*tar czf model\.tar\.gz model\.onnx/s],
      [file('empty.tar.gz', new Uint8Array()), /This file is empty.*Cannot unpack "empty\.tar\.gz"/s],
      [file('red.png', red.buffer), /This is a picture.*Classify a photo instead/s],
      [file('notes.txt', strToU8('Bread, milk, apples')), /This is a text.*Classify a text instead/s],
    ];
    const work = async (page: Page): Promise<void> => {
      const notice = page.locator('#archive-error .notice');
      const status = page.locator('#archive-status');
      const cancel = page.locator('#archive-cancel');
      for (const [upload, said] of bad) {
        await choose(page, upload);
        await expect.poll(() => notice.allInnerTexts(), patient).toEqual([expect.stringMatching(said)]);
        expect(await notice.innerText()).toContain(JSON.stringify(upload.name));
        expect(await page.locator('#archive-tree').count()).toBe(0);
        expect(await cancel.isHidden()).toBe(true);
      }

      await choose(page, await archive({ 'model.pt': 'PK', 'code/inference.py': 'print()' }, 'torch.tar.gz'));
      await page.locator('#archive-tree').waitFor();
      expect(await page.locator('#archive-tree .tree-name').allInnerTexts()).toEqual([
        'code/',
        'inference.py',
        'model.pt',
      ]);
      await expect.poll(() => notice.allInnerTexts(), patient).toEqual([expect.stringMatching(/PyTorch model/)]);
      // Nothing but the command: it is there to be copied into a shell.
      expect(await notice.locator('.code').innerText()).toMatch(/^python -c "import torch;.*"$/);

      await openAddress(page, './nowhere/model.tar.gz');
      await expect.poll(() => notice.allInnerTexts(), patient).toEqual([expect.stringMatching(/404 Not Found/)]);

      await openAddress(page, './slow/model.tar.gz');
      await expect.poll(() => status.innerText(), patient).toContain('Downloading');
      expect(await notice.count()).toBe(0);
      await cancel.click();
      await expect.poll(() => status.innerText(), patient).toBe('Cancelled ./slow/model.tar.gz');
      await hungUp;
      expect(await cancel.isHidden()).toBe(true);
      expect(await notice.count()).toBe(0);

      // One that is chosen while another is on its way has the page.
      await openAddress(page, './slow/model.tar.gz');
      await expect.poll(() => status.innerText(), patient).toContain('Downloading');
      await choose(page, good);
      await page.locator('#image-file').setInputFiles(red);
      expect(await likeliest(page)).toBe('red');
      expect(await notice.count()).toBe(0);
      // And the other rooms are as they were.
      await page.evaluate(() => (location.hash = '#/classify/draw'));
      await ready(page);
      await draw(page, seven);
      expect(await prediction(page)).toBe('7');
    };
    await visit(browser, `${server.url}/#/your-model`, work, { excused: /status of 404/ });
  });

  const known = existsSync(join(shared, 'archives'));
  if (!known) console.log('Skipped: the archives of ../shared in the demo, since ../shared is not there.');

  test.runIf(known)('of ../shared gives its known answer: sentiment.tar.gz, mobilenet_v1_0.5_160.tar.gz', async () => {
    await visitDemo(async (page) => {
      await page.locator('#archive-file').setInputFiles(join(shared, 'archives/sentiment.tar.gz'));
      await page.locator('#try-text').fill('This movie was wonderful, I loved every minute of it.');
      expect(await likeliest(page)).toBe('POSITIVE');
      expect(await page.locator('form.try [data-likeliest] .bar-score').innerText()).toMatch(/^68\.[67]%$/);
      await page.locator('#archive-file').setInputFiles(join(shared, 'archives/mobilenet_v1_0.5_160.tar.gz'));
      await page.locator('#image-file').setInputFiles(join(shared, 'images/goldfish.jpg'));
      expect(await likeliest(page)).toBe('goldfish, Carassius auratus');
    });
  });
});

describe('the room', () => {
  const phone = { width: 320, height: 640 };
  const desk = { width: 1280, height: 900 };
  const long = 'a-name-that-is-longer-than-any-screen-is-wide-'.repeat(4);

  test('fits a phone and a desk, light and dark, with an answer, an archive or an error in it', async () => {
    const full = await archive({ [`${long}/${long}.txt`]: 'x', 'model.onnx': await onnx('every-type') }, `${long}.gz`);
    await visitDemo(async (page) => {
      const looks = async (): Promise<void> => {
        for (const viewport of [phone, desk]) {
          await page.setViewportSize(viewport);
          for (const colorScheme of ['light', 'dark'] as const) {
            await page.emulateMedia({ colorScheme });
            const { scrollWidth, clientWidth, background } = await layout(page);
            expect(scrollWidth, `at ${viewport.width}`).toBeLessThanOrEqual(clientWidth);
            expect(background > 127 ? 'light' : 'dark').toBe(colorScheme);
          }
        }
      };
      await looks();
      await choose(page, full);
      await page.getByRole('button', { name: 'Run' }).click();
      await page.locator('.tensor-output').first().waitFor();
      await looks();
      await choose(page, file(`${long}.tar.gz`, strToU8('<html>')));
      await page.locator('#archive-error .notice').waitFor();
      await looks();
    });
  });
});

/** For what takes a worker's answer, an announcement's pause or a download. */
const patient = { timeout: 10_000 };

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

function file(name: string, bytes: Uint8Array): Upload {
  return { name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) };
}

async function choose(page: Page, upload: Upload): Promise<void> {
  await page.locator('#archive-file').setInputFiles(upload);
}

async function openAddress(page: Page, address: string): Promise<void> {
  await page.locator('#archive-url').fill(address);
  await page.locator('#archive-url').press('Enter');
}

/** The first label of the answer, once there is one. */
function likeliest(page: Page): Promise<string> {
  return page.locator('form.try [data-likeliest] .bar-label').innerText();
}

/** A file dragged in from outside the browser, and let go over the title. */
async function drop(page: Page, path: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const title = page.locator('h1:visible');
  await title.hover();
  const { x, y } = (await title.boundingBox())!;
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    const data = { items: [], files: [path], dragOperationsMask: 1 };
    await session.send('Input.dispatchDragEvent', { type, x: x + 5, y: y + 5, data });
  }
}

/** A PNG of one colour. */
async function picture(colour: string): Promise<Upload> {
  const page = await browser.newPage({ viewport: { width: 40, height: 30 } });
  await page.setContent(`<body style="background: ${colour}">`);
  const buffer = await page.screenshot();
  await page.close();
  return { name: `${colour}.png`, mimeType: 'image/png', buffer };
}

function layout(page: Page): Promise<{ scrollWidth: number; clientWidth: number; background: number }> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const [red] = /\d+/.exec(getComputedStyle(document.documentElement).backgroundColor)!;
    return { scrollWidth, clientWidth, background: Number(red) };
  });
}

/** A folder of test/fixtures/tasks as an archive. */
async function fixtureArchive(name: string): Promise<Upload> {
  const folder = join(taskFolder, name);
  const files = filesOf(folder).map(async (path) => [path, await readFile(join(folder, path))] as const);
  return archive(Object.fromEntries(await Promise.all(files)), `${name}.tar.gz`);
}
